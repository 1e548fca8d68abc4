// server/supervisor/service_manager.h, with a socket of the test's in the service manager's place.
#include "server/supervisor/service_manager.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <string>

#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

// What the environment is while a test runs.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

class Receiver {
 public:
  // `address` as in NOTIFY_SOCKET.
  explicit Receiver(const std::string& address) : socket_(socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    std::memcpy(own.sun_path, address.data(), address.size());
    if (address[0] == '@') own.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
    REQUIRE(bind(socket_.get(), reinterpret_cast<sockaddr*>(&own), size) == 0);
  }

  std::string Next() {
    char text[1024];
    const ssize_t size = recv(socket_.get(), text, sizeof text, MSG_DONTWAIT);
    return {text, size < 0 ? 0 : static_cast<size_t>(size)};
  }

 private:
  Descriptor socket_;
};

std::string AbstractAddress() { return "@nano-test-" + std::to_string(getpid()); }

TEST_CASE("without a service manager nothing is told, and nothing fails") {
  unsetenv("NOTIFY_SOCKET");
  auto manager = ServiceManager::FromEnvironment();
  REQUIRE(manager.ok());
  CHECK_FALSE(manager->present());
  CHECK_FALSE(manager->watchdog().has_value());
  CHECK(manager->Ready("Serving").ok());
}

TEST_CASE("the service manager is told in its own words, over both kinds of sockets") {
  const test::TemporaryDirectory folder;
  for (const std::string& address : {std::string(folder.path()) + "/notify", AbstractAddress()}) {
    CAPTURE(address);
    Receiver receiver(address);
    const Variable variable("NOTIFY_SOCKET", address);
    auto manager = ServiceManager::FromEnvironment();
    REQUIRE(manager.ok());
    REQUIRE(manager->Ready("Serving release 1").ok());
    CHECK(receiver.Next() == "READY=1\nSTATUS=Serving release 1");
    REQUIRE(manager->Status("two\nlines\nREADY=1").ok());
    CHECK(receiver.Next() == "STATUS=two lines READY=1");
    REQUIRE(manager->Stopping("Stopping").ok());
    CHECK(receiver.Next() == "STOPPING=1\nSTATUS=Stopping");
    REQUIRE(manager->MainProcess(4711, "New").ok());
    CHECK(receiver.Next() == "MAINPID=4711\nSTATUS=New");
    REQUIRE(manager->Alive().ok());
    CHECK(receiver.Next() == "WATCHDOG=1");
    CHECK(receiver.Next().empty());
  }
}

TEST_CASE("a reload is told with the time of the monotonic clock") {
  Receiver receiver(AbstractAddress());
  auto manager = ServiceManager::At(AbstractAddress());
  REQUIRE(manager.ok());
  const auto now = [] {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000LL + time.tv_nsec / 1000;
  };
  const long long before = now();
  REQUIRE(manager->Reloading().ok());
  const std::string text = receiver.Next();
  const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
  REQUIRE(text.starts_with(head));
  const long long told = std::stoll(text.substr(head.size()));
  CHECK(told >= before);
  CHECK(told <= now());
}

TEST_CASE("a service manager that is gone is an error that names the variable") {
  auto manager = ServiceManager::At(AbstractAddress());
  REQUIRE(manager.ok());
  const Result<void> told = manager->Alive();
  REQUIRE_FALSE(told.ok());
  CHECK(told.error().message.find("NOTIFY_SOCKET") != std::string::npos);
}

TEST_CASE("addresses that are none are refused") {
  for (const std::string& address :
       {std::string("relative"), std::string("vsock:2:1234"), std::string("/"), std::string("@"),
        std::string(), "/" + std::string(200, 'x')}) {
    CAPTURE(address);
    CHECK_FALSE(ServiceManager::At(address).ok());
  }
}

TEST_CASE("the watchdog is heeded at half of its time, if it means this process") {
  const Variable socket("NOTIFY_SOCKET", AbstractAddress());
  const Variable time("WATCHDOG_USEC", "3000000");
  SECTION("of any process") {
    auto manager = ServiceManager::FromEnvironment();
    REQUIRE(manager.ok());
    CHECK(manager->watchdog() == std::chrono::milliseconds(1500));
  }
  SECTION("of this one") {
    const Variable pid("WATCHDOG_PID", std::to_string(getpid()));
    auto manager = ServiceManager::FromEnvironment();
    REQUIRE(manager.ok());
    CHECK(manager->watchdog() == std::chrono::milliseconds(1500));
  }
  SECTION("of another one") {
    const Variable pid("WATCHDOG_PID", std::to_string(getppid()));
    auto manager = ServiceManager::FromEnvironment();
    REQUIRE(manager.ok());
    CHECK_FALSE(manager->watchdog().has_value());
  }
  SECTION("of no length") {
    for (const char* text : {"", "0", "-1", "10s", "99999999999999999999999"}) {
      CAPTURE(text);
      const Variable wrong("WATCHDOG_USEC", text);
      const auto manager = ServiceManager::FromEnvironment();
      REQUIRE_FALSE(manager.ok());
      CHECK(manager.error().message.find("WATCHDOG_USEC") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace nano::server
