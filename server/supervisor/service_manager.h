// The service manager that started the server (systemd, or whatever speaks its protocol), and what
// it is told: sd_notify(3), lines of text in datagrams to the socket that NOTIFY_SOCKET names.
//
// Owns a socket. Without a service manager nothing is told to nobody. Thread: the supervisor's.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace nano::server {

class ServiceManager {
 public:
  // There is none.
  ServiceManager() = default;

  // The one that the environment names, or none. What is wrong there is an error.
  static Result<ServiceManager> FromEnvironment();
  // `address` is as in NOTIFY_SOCKET: a path, or "@" and a name in the abstract namespace.
  static Result<ServiceManager> At(std::string_view address);

  bool present() const { return socket_.get() >= 0; }

  // How often it wants to hear of a living server at least; half of the time after which it takes
  // the server for dead.
  std::optional<std::chrono::milliseconds> watchdog() const { return watchdog_; }

  // The server serves, after its start or after a reload.
  Result<void> Ready(std::string_view status);
  Result<void> Status(std::string_view status);
  // It reads its files again; Ready says when it is done with that.
  Result<void> Reloading();
  Result<void> Stopping(std::string_view status);
  // Another process is the service's main one from now on.
  Result<void> MainProcess(pid_t pid, std::string_view status);
  Result<void> Alive();

 private:
  Result<void> Send(std::string_view message);

  std::string address_;  // As sockaddr_un has it.
  std::optional<std::chrono::milliseconds> watchdog_;
  Descriptor socket_;
};

}  // namespace nano::server
