// Containers: what is written is read, and everything else is refused.
#include "snapshot/container.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "snapshot/digest.h"
#include "tests/unit/resident_memory.h"
#include "tests/unit/snapshot/identity.h"
#include "tests/unit/temporary_directory.h"

using namespace nano;
using namespace nano::snapshot;
using Catch::Contains;
using runtime::Identity;
using test::TemporaryDirectory;
using test::TestContainer;
using test::TestIdentity;

namespace {

void CheckRefused(std::string_view bytes, const std::string& message,
                  const Identity& identity = TestIdentity()) {
  const Result<Sections> sections = DecodeContainer(bytes, identity, "x.snap");
  REQUIRE_FALSE(sections.ok());
  CHECK(sections.error().where == "x.snap");
  CHECK_THAT(sections.error().message, Contains(message));
  CHECK_FALSE(sections.error().hint.empty());
}

// The bytes with their digest put right: what only somebody who means harm, or a bug, would write.
std::string Resealed(std::string bytes) {
  const Digest digest = Sha256Of(std::string_view(bytes).substr(0, bytes.size() - 32));
  std::memcpy(bytes.data() + bytes.size() - 32, digest.data(), 32);
  return bytes;
}

}  // namespace

TEST_CASE("SHA-256 is that of the standard") {
  // FIPS 180-4's examples, as published by NIST.
  CHECK(Hex(Sha256Of("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Hex(Sha256Of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Hex(Sha256Of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  Sha256 parts;
  for (int i = 0; i < 1000; ++i) parts.Update(std::string(1000, 'a'));
  CHECK(Hex(parts.Finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("hexadecimal digests are told from other texts") {
  CHECK(IsHexDigest(std::string(64, '0')));
  CHECK(IsHexDigest(Hex(Sha256Of(""))));
  CHECK_FALSE(IsHexDigest(std::string(63, '0')));
  CHECK_FALSE(IsHexDigest(std::string(65, '0')));
  CHECK_FALSE(IsHexDigest(std::string(64, 'A')));
  CHECK_FALSE(IsHexDigest("../" + std::string(61, '0')));
}

TEST_CASE("a container comes back as it was written") {
  TemporaryDirectory root;
  const std::string blob = std::string(5000, 'b') + std::string(3, '\0');
  for (const size_t source_size : {0u, 1u, 4095u, 4096u, 4097u}) {
    for (const size_t map_size : {0u, 9u}) {
      CAPTURE(source_size, map_size);
      const std::string source(source_size, 's');
      const std::string map(map_size, 'm');
      const Result<std::string> digest =
          WriteContainer(root / "x.snap", {blob, source, map}, TestIdentity());
      REQUIRE(digest.ok());
      Result<Container> container = Container::Open(root / "x.snap", TestIdentity());
      if (!container.ok()) FAIL(container.error().ToString());
      CHECK(container->sections().blob == blob);
      CHECK(container->sections().source == source);
      CHECK(container->sections().source_map == map);
      CHECK(container->digest() == *digest);
      CHECK(container->size() == root.Read("x.snap").size());
      // Pages of their own, so that they are shared and need no copy.
      CHECK(reinterpret_cast<uintptr_t>(container->sections().blob.data()) % 4096 == 0);
      CHECK(reinterpret_cast<uintptr_t>(container->sections().source.data()) % 4096 == 0);
      const Container moved = std::move(container).value();
      const runtime::AppImage image = moved.Image("shop");
      CHECK(image.name == "shop");
      CHECK(image.blob == blob);
      CHECK(image.source == source);
      CHECK(image.source_map == map);
    }
  }
}

TEST_CASE("a container knows the app's entry points, or that nobody does") {
  TemporaryDirectory root;
  const std::string path = root / "x.snap";
  const auto names = [&](std::string_view entrypoints) {
    const Sections sections{
        .blob = "b", .source = "s", .source_map = "", .entrypoints = entrypoints};
    REQUIRE(WriteContainer(path, sections, TestIdentity()).ok());
    const Result<Container> container = Container::Open(path, TestIdentity());
    REQUIRE(container.ok());
    std::vector<std::string> copies;
    for (const std::string_view name : container->EntryPoints()) copies.emplace_back(name);
    return copies;
  };
  CHECK(names("").empty());
  CHECK(names("default\n") == std::vector<std::string>{"default"});
  CHECK(names("default\nLedger\nb") == std::vector<std::string>{"default", "Ledger", "b"});
}

TEST_CASE("a container has assets, which can be sent from its copy") {
  TemporaryDirectory root;
  const std::string pack =
      EncodeAssetPack({{.name = "/a", .media_type = "text/plain", .contents = "hello"}}, "")
          .value();
  for (const std::string blob : {"", "blob"}) {
    CAPTURE(blob);
    const std::string path = root / "x.snap";
    REQUIRE(WriteContainer(path, {.blob = blob, .source = "", .source_map = "", .assets = pack},
                           TestIdentity())
                .ok());
    Descriptor copy;
    const Result<Container> opened =
        Container::Open(path, TestIdentity(), CopyPlace::kDisk, kMaxFileBytes, &copy);
    REQUIRE(opened.ok());
    const Result<Container> adopted =
        Container::Adopt(copy, opened->size(), opened->digest(), TestIdentity());
    REQUIRE(adopted.ok());
    // Nobody asks which engine has made the rest, of which nothing can be had.
    const Result<Container> alone = Container::AdoptAssets(copy, opened->size(), opened->digest());
    REQUIRE(alone.ok());
    CHECK(alone->sections().blob.empty());
    CHECK(alone->sections().source.empty());
    copy = Descriptor();
    for (const Container* container : {&*opened, &*adopted, &*alone}) {
      REQUIRE(container->assets() != nullptr);
      const AssetBytes bytes = container->assets()->Find("/a")->contents();
      CHECK(container->assets()->BytesOf(bytes) == "hello");
      char sent[5];
      const auto at = static_cast<off_t>(container->assets_offset() + bytes.offset);
      REQUIRE(pread(container->descriptor(), sent, sizeof sent, at) == 5);
      CHECK(std::string_view(sent, 5) == "hello");
    }
  }
  const std::string path = root / "bad.snap";
  REQUIRE(WriteContainer(path, {.blob = "b", .source = "", .source_map = "", .assets = "none"},
                         TestIdentity())
              .ok());
  CHECK_FALSE(Container::Open(path, TestIdentity()).ok());
}

TEST_CASE("equal sections give equal bytes, and the digest is of what is in front of it") {
  const std::string bytes = TestContainer();
  CHECK(bytes == TestContainer());
  CHECK(bytes != TestContainer(2));
  CHECK(ClaimedDigest(bytes) ==
        Hex(Sha256Of(std::string_view(bytes).substr(0, bytes.size() - 32))));
  CHECK(ClaimedDigest("short").empty());
}

TEST_CASE("any flipped bit is refused") {
  std::string bytes = TestContainer();
  REQUIRE(DecodeContainer(bytes, TestIdentity(), "x.snap").ok());
  // All of the header, its padding's beginning, the sections' borders and the digest; the rest at a
  // step that is prime to every alignment.
  size_t tried = 0;
  for (size_t i = 0; i < bytes.size(); i += i < 600 || i + 64 > bytes.size() ? 1 : 7) {
    for (const unsigned bit : {0u, 7u}) {
      bytes[i] = static_cast<char>(bytes[i] ^ (1u << bit));
      if (DecodeContainer(bytes, TestIdentity(), "x.snap").ok()) FAIL("accepted at byte " << i);
      bytes[i] = static_cast<char>(bytes[i] ^ (1u << bit));
      ++tried;
    }
  }
  CHECK(tried > 3000);
  CHECK(DecodeContainer(bytes, TestIdentity(), "x.snap").ok());
}

TEST_CASE("a file that is cut or grown is refused at any length") {
  const std::string bytes = TestContainer();
  for (size_t size = 0; size < bytes.size();
       size += size < 600 || size + 64 > bytes.size() ? 1 : 5) {
    if (DecodeContainer(std::string_view(bytes).substr(0, size), TestIdentity(), "x.snap").ok()) {
      FAIL("accepted with " << size << " bytes");
    }
  }
  for (const size_t more : {1u, 32u, 4096u}) {
    CheckRefused(bytes + std::string(more, '\0'), "is damaged: it has");
  }
}

TEST_CASE("damage on disk is refused, with the file's name") {
  TemporaryDirectory root;
  std::string bytes = TestContainer();
  bytes[bytes.size() / 2] ^= 1;
  const std::string path = root.Write("x.snap", bytes);
  const Result<Container> container = Container::Open(path, TestIdentity());
  REQUIRE_FALSE(container.ok());
  CHECK(container.error().where == path);
  CHECK_THAT(container.error().message, Contains("SHA-256 does not match"));
  CHECK_FALSE(Container::Open(root / "absent.snap", TestIdentity()).ok());
  CHECK_FALSE(Container::Open(root.path(), TestIdentity()).ok());
  CHECK_FALSE(Container::Open(root.Write("empty.snap", ""), TestIdentity()).ok());
}

TEST_CASE("each kind of failure has its message") {
  const std::string bytes = TestContainer();
  CheckRefused("", "is empty");
  CheckRefused("NANOS", "is truncated: only 5 bytes");
  CheckRefused(std::string_view(bytes).substr(0, 40), "is truncated");
  CheckRefused(std::string_view(bytes).substr(0, bytes.size() - 1), "is truncated");
  CheckRefused("#!/bin/sh", "is not a NANO snapshot");
  CheckRefused(std::string(10'000, '\0'), "is not a NANO snapshot");
  std::string newer = bytes;
  newer[8] = 4;
  CheckRefused(newer, "has format version 4, this program reads 3");
  CheckRefused(Resealed(newer), "has format version 4");
}

TEST_CASE("a snapshot of another engine, table or base is refused") {
  const std::string bytes = TestContainer();
  const auto other = [](std::string Identity::*field) {
    Identity identity = TestIdentity();
    identity.*field = "other";
    return identity;
  };
  CheckRefused(bytes, "made with engine '26.10.0', this program has 'other'",
               other(&Identity::engine_release));
  CheckRefused(bytes, "made with V8 '14.6.202.34-node.34', this program has 'other'",
               other(&Identity::v8_version));
  CheckRefused(bytes, "another table of native functions", other(&Identity::references_hash));
  CheckRefused(bytes, "other Web APIs", other(&Identity::base_hash));
  CheckRefused(bytes, "made with V8 flags '--flag'", other(&Identity::flags));
}

TEST_CASE("a right digest does not make a malformed header trusted") {
  const std::string bytes = TestContainer();
  const auto header_size = static_cast<size_t>(static_cast<unsigned char>(bytes[12])) |
                           static_cast<size_t>(static_cast<unsigned char>(bytes[13])) << 8;
  REQUIRE(header_size > 200);
  REQUIRE(header_size < 600);
  // Whatever a byte of the header is changed to: refused, or no view leaves the file.
  for (size_t i = 0; i < header_size; ++i) {
    for (const unsigned value : {0u, 1u, 0x7Fu, 0xFFu}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(value);
      changed = Resealed(changed);
      const Result<Sections> sections = DecodeContainer(changed, TestIdentity(), "x.snap");
      if (!sections.ok()) continue;
      for (const std::string_view view : {sections->blob, sections->source, sections->source_map,
                                          sections->assets, sections->entrypoints}) {
        REQUIRE(view.data() >= changed.data());
        REQUIRE(view.data() + view.size() <= changed.data() + changed.size() - 32);
      }
    }
  }
  // A section that ends in the digest, and one whose end overflows.
  const size_t last_length = header_size - 8;
  std::string long_names = bytes;
  long_names[last_length] = 20;
  CheckRefused(Resealed(long_names), "header is malformed");
  std::string huge = bytes;
  for (size_t i = 0; i < 8; ++i) huge[last_length + i] = '\xFF';
  CheckRefused(Resealed(huge), "header is malformed");
  std::string no_blob = bytes;
  const size_t blob_length = header_size - 4 * 20 - 8;
  for (size_t i = 0; i < 8; ++i) no_blob[blob_length + i] = 0;
  CheckRefused(Resealed(no_blob), "header is malformed");
}

TEST_CASE("an opened container has been read, and takes no memory until it is used") {
  const TemporaryDirectory directory;
  const std::string path = directory / "app.snap";
  const std::string blob(300'000, 'b');
  REQUIRE(WriteContainer(path, {.blob = blob, .source = "source", .source_map = {}}, TestIdentity())
              .ok());
  const Result<Container> container = Container::Open(path, TestIdentity());
  REQUIRE(container.ok());
  CHECK(test::ResidentBytes(container->sections().blob) == 0);
  CHECK(container->sections().blob == blob);
  CHECK(test::ResidentBytes(container->sections().blob) >= blob.size());
}

namespace {

// A container that was opened, with the descriptor that goes to another process.
struct Passed {
  Result<Container> container;
  Descriptor copy;
};

Passed OpenedToPass(const std::string& path, CopyPlace place) {
  Descriptor copy;
  Result<Container> container = Container::Open(path, TestIdentity(), place, kMaxFileBytes, &copy);
  if (!container.ok()) FAIL(container.error().ToString());
  return {std::move(container), std::move(copy)};
}

}  // namespace

TEST_CASE("a container is adopted from the copy that another process has checked") {
  const TemporaryDirectory root;
  const std::string bytes = TestContainer(1, 300'000);
  for (const CopyPlace place : {CopyPlace::kMemory, CopyPlace::kDisk}) {
    const std::string path = root.Write("x.snap", bytes);
    auto [container, copy] = OpenedToPass(path, place);
    // Whatever becomes of the file, and of who opened it.
    REQUIRE(truncate(path.c_str(), 0) == 0);
    const std::string digest = container->digest();
    const std::string source(container->sections().source);
    container = Error{};
    const Result<Container> adopted = Container::Adopt(copy, bytes.size(), digest, TestIdentity());
    if (!adopted.ok()) FAIL(adopted.error().ToString());
    copy = Descriptor();
    CHECK(adopted->digest() == digest);
    CHECK(adopted->size() == bytes.size());
    CHECK(adopted->in_memory() == (place == CopyPlace::kMemory));
    CHECK(test::ResidentBytes(adopted->sections().blob) == 0);
    CHECK(adopted->sections().source == source);
  }
}

TEST_CASE("nobody can write to a copy by the descriptor that is passed on") {
  const TemporaryDirectory root;
  const std::string path = root.Write("x.snap", TestContainer());
  for (const CopyPlace place : {CopyPlace::kMemory, CopyPlace::kDisk}) {
    const Passed passed = OpenedToPass(path, place);
    CHECK(pwrite(passed.copy.get(), "x", 1, 0) < 0);
    CHECK(ftruncate(passed.copy.get(), 0) != 0);
    CHECK(fcntl(passed.copy.get(), F_GETFD) == FD_CLOEXEC);
  }
}

TEST_CASE("what is told of a copy is not trusted when it is adopted") {
  const TemporaryDirectory root;
  const std::string bytes = TestContainer();
  const Passed passed = OpenedToPass(root.Write("x.snap", bytes), CopyPlace::kDisk);
  const std::string& digest = passed.container->digest();
  const auto refused = [&](const Descriptor& copy, size_t size, const std::string& told,
                           const std::string& message) {
    const Result<Container> adopted = Container::Adopt(copy, size, told, TestIdentity());
    REQUIRE_FALSE(adopted.ok());
    CHECK_THAT(adopted.error().message, Contains(message));
  };
  for (const size_t size :
       {size_t{0}, size_t{10}, bytes.size() - 1, bytes.size() + 1, ~size_t{0}}) {
    refused(passed.copy, size, digest, "no file of " + std::to_string(size) + " bytes");
  }
  refused(passed.copy, bytes.size(), std::string(64, '0'), "another snapshot");
  refused(passed.copy, bytes.size(), "", "another snapshot");
  refused(Descriptor(), bytes.size(), digest, "cannot map it");
  refused(OpenAt(AT_FDCWD, "/dev/zero", O_RDONLY), 0, digest, "no file of 0 bytes");
  refused(OpenAt(AT_FDCWD, root.path(), O_RDONLY), bytes.size(), digest, "no file of");
  refused(OpenAt(AT_FDCWD, root.Write("empty", ""), O_RDONLY), 0, digest, "is empty");
  Identity other = TestIdentity();
  other.flags = "other";
  const Result<Container> foreign = Container::Adopt(passed.copy, bytes.size(), digest, other);
  CHECK_THAT(foreign.error().message, Contains("made with V8 flags"));
  const Result<Container> bare = Container::AdoptAssets(passed.copy, bytes.size(), digest);
  CHECK_THAT(bare.error().message, Contains("has no assets"));
}

TEST_CASE("whatever the bytes of an adopted copy are, no view leaves it") {
  const TemporaryDirectory root;
  const std::string bytes = TestContainer();
  const std::string digest = ClaimedDigest(bytes);
  const Descriptor file = OpenAt(AT_FDCWD, root.Write("x.snap", bytes), O_RDWR);
  size_t adopted = 0;
  // Its header is read though its digest is not computed: each byte of it, and the length's.
  for (size_t i = 0; i < 600; ++i) {
    for (const unsigned value : {0u, 1u, 0x7Fu, 0xFFu}) {
      const char changed = static_cast<char>(value);
      REQUIRE(pwrite(file.get(), &changed, 1, static_cast<off_t>(i)) == 1);
      const Result<Container> container =
          Container::Adopt(file, bytes.size(), digest, TestIdentity());
      if (!container.ok()) continue;
      ++adopted;
      const Sections& sections = container->sections();
      REQUIRE_FALSE(sections.blob.empty());
      const char* end = sections.blob.data() - 4096 + bytes.size() - 32;
      for (const std::string_view view : {sections.blob, sections.source, sections.source_map}) {
        REQUIRE(view.data() >= sections.blob.data());
        REQUIRE(view.data() + view.size() <= end);
      }
    }
    REQUIRE(pwrite(file.get(), &bytes[i], 1, static_cast<off_t>(i)) == 1);
  }
  CHECK(adopted > 0);
  CHECK(adopted < 2400);
}
