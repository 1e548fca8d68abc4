// The checks of an installation's base snapshot.
#include "compiler/evaluate/base_snapshot.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/file.h"
#include "runtime/identity.h"
#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

using Catch::Contains;

Error Refusal(const std::string& path) {
  const Result<snapshot::Container> opened = OpenBaseSnapshot(path);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().where == path);
  CHECK_THAT(opened.error().hint, Contains("Install NANO again") && Contains("make build"));
  return opened.error();
}

TEST_CASE("the build's own base snapshot passes its checks") {
  const Result<snapshot::Container> opened = OpenBaseSnapshot(BaseSnapshotPath());
  REQUIRE(opened.ok());
  CHECK_FALSE(opened->sections().blob.empty());
  // The names of what apps cannot have while they are built on it.
  CHECK(opened->sections().source.find("WebAssembly\n") != std::string_view::npos);
}

TEST_CASE("a base snapshot that does not fit is refused in words") {
  const test::TemporaryDirectory directory;
  const std::string path = directory / "base.snapshot";
  Result<std::string> whole = ReadFile(BaseSnapshotPath());
  REQUIRE(whole.ok());
  std::string bytes = *whole;

  SECTION("missing") {
    CHECK(Refusal(path).message == "the installation is incomplete: its base snapshot is missing");
  }
  SECTION("truncated") {
    directory.Write("base.snapshot", bytes.substr(0, bytes.size() / 2));
    CHECK_THAT(Refusal(path).message, Contains("base snapshot") && Contains("truncated"));
  }
  SECTION("one bit flipped") {
    bytes[bytes.size() / 2] ^= 1;
    directory.Write("base.snapshot", bytes);
    CHECK_THAT(Refusal(path).message, Contains("base snapshot") && Contains("damaged"));
  }
  SECTION("the engine's raw bytes, as they come without a container") {
    const Result<snapshot::Container> opened = OpenBaseSnapshot(BaseSnapshotPath());
    REQUIRE(opened.ok());
    directory.Write("base.snapshot", std::string(opened->sections().blob));
    CHECK_THAT(Refusal(path).message, Contains("base snapshot") && Contains("not a NANO snapshot"));
  }
  SECTION("of another version") {
    const Result<snapshot::Container> opened = OpenBaseSnapshot(BaseSnapshotPath());
    REQUIRE(opened.ok());
    runtime::Identity other = runtime::CurrentIdentity();
    other.references_hash = "0123456789abcdef";
    REQUIRE(snapshot::WriteContainer(path, opened->sections(), other).ok());
    CHECK_THAT(Refusal(path).message,
               Contains("base snapshot") && Contains("another table of native functions"));
  }
}

}  // namespace
}  // namespace nano::compiler
