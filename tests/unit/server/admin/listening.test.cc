// The admin API's socket: whose it is, what it replaces, what it leaves.
#include "server/admin/listening.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "tests/unit/temporary_directory.h"

namespace nano::server::admin {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

bool Connects(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const Descriptor fd(socket(AF_UNIX, SOCK_STREAM, 0));
  return connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

TEST_CASE("a Unix socket is its owner's, and gone at the end", "[admin]") {
  const test::TemporaryDirectory folder;
  const std::string path = folder / "nano.sock";
  const mode_t mask = umask(0);
  {
    const Result<Listening> listening = Listening::OnSocket(path);
    umask(mask);
    REQUIRE(listening.ok());
    CHECK(listening->name() == "unix:" + path);
    struct stat entry {};
    REQUIRE(lstat(path.c_str(), &entry) == 0);
    CHECK(S_ISSOCK(entry.st_mode));
    CHECK((entry.st_mode & 0777) == 0600);
    CHECK(Connects(path));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("the socket of a dead server is replaced, a live one's is not", "[admin]") {
  const test::TemporaryDirectory folder;
  const std::string path = folder / "nano.sock";
  Result<Listening> dead = Listening::OnSocket(path);
  REQUIRE(dead.ok());
  const Result<Listening> second = Listening::OnSocket(path);
  REQUIRE_FALSE(second.ok());
  CHECK_THAT(second.error().message, Contains("another server does"));
  CHECK(Connects(path));
  dead->LeaveFile();
  { const Listening gone = std::move(dead).value(); }
  CHECK(fs::exists(path));
  CHECK_FALSE(Connects(path));
  const Result<Listening> next = Listening::OnSocket(path);
  REQUIRE(next.ok());
  CHECK(Connects(path));
}

TEST_CASE("what is no socket stays where it is", "[admin]") {
  const test::TemporaryDirectory folder;
  const std::string path = folder.Write("nano.sock", "precious");
  const Result<Listening> listening = Listening::OnSocket(path);
  REQUIRE_FALSE(listening.ok());
  CHECK_THAT(listening.error().hint, Contains("no socket"));
  CHECK(fs::file_size(path) == 8);
  // Neither is a link followed to whatever is at its end.
  fs::create_symlink(path, folder / "link");
  CHECK_FALSE(Listening::OnSocket(folder / "link").ok());
}

TEST_CASE("a socket that is another's by now is left alone", "[admin]") {
  const test::TemporaryDirectory folder;
  const std::string path = folder / "nano.sock";
  Result<Listening> first = Listening::OnSocket(path);
  REQUIRE(first.ok());
  fs::remove(path);
  Result<Listening> second = Listening::OnSocket(path);
  REQUIRE(second.ok());
  { const Listening gone = std::move(first).value(); }
  CHECK(Connects(path));
  // Nor does a forked process remove it.
  const pid_t pid = fork();
  if (pid == 0) {
    { const Listening copy = std::move(second).value(); }
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  CHECK(Connects(path));
}

TEST_CASE("a socket that cannot be", "[admin]") {
  const test::TemporaryDirectory folder;
  const std::string longest = folder / std::string(107 - folder.path().size() - 1, 'x');
  CHECK(Listening::OnSocket(longest).ok());
  const Result<Listening> longer = Listening::OnSocket(longest + "x");
  REQUIRE_FALSE(longer.ok());
  CHECK_THAT(longer.error().message, Contains("108 bytes"));
  CHECK_THAT(longer.error().hint, Contains("shorter"));
  CHECK_FALSE(Listening::OnSocket(folder / "none/nano.sock").ok());
}

TEST_CASE("addresses of TCP", "[admin]") {
  const Result<Listening> any = Listening::OnAddress({"127.0.0.1", 0});
  REQUIRE(any.ok());
  CHECK_THAT(any->name(), Catch::StartsWith("127.0.0.1:"));
  CHECK(any->name() != "127.0.0.1:0");
  // Whoever goes on with it asks for port 0 too, and says which one that has become.
  CHECK(any->asked() == "127.0.0.1:0");
  const Listening handed = Listening::Inherited(any->Copy(), any->asked(), "");
  CHECK(handed.name() == any->name());
  CHECK(handed.asked() == any->asked());
  const auto port = static_cast<uint16_t>(std::stoi(any->name().substr(10)));
  const Result<Listening> taken = Listening::OnAddress({"127.0.0.1", port});
  REQUIRE_FALSE(taken.ok());
  CHECK_THAT(taken.error().hint, Contains("ss -ltnp"));
}

}  // namespace
}  // namespace nano::server::admin
