// What becomes of the server, as the service manager gets to know it: that it serves, what it
// serves, that it reads its files again, that it stops; and now and then that it is alive.
//
// Owns the way to the service manager and the watchdog's timer. Says nothing before the server
// serves for the first time, as a server that takes the place of another is not the service's main
// process until then. Thread: the supervisor's loop.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <cstddef>
#include <optional>
#include <string>

#include "net/handles.h"
#include "server/log/log.h"
#include "server/release/release.h"
#include "server/supervisor/service_manager.h"

namespace nano::server {

class ServiceReports {
 public:
  // `workers` is their number; the log outlives the reports.
  ServiceReports(uv_loop_t* loop, ServiceManager manager, size_t workers, Log& log);
  ServiceReports(const ServiceReports&) = delete;
  ServiceReports& operator=(const ServiceReports&) = delete;

  // Every worker serves the release, of which `broken` apps were found not to boot. Once.
  void Serving(const Release* release, size_t broken);
  // What is served now; told if it is something else than before.
  void Update(const Release* release, size_t broken);
  void Reloading();
  // The reload is over; `failed`: nothing, or not all, has changed.
  void Reloaded(const Release* release, size_t broken, bool failed);
  void Stopping();
  // The process of another supervisor is the service from now on. The last that is said.
  void HandedOver(pid_t successor);

 private:
  void Check(const Result<void>& told);
  std::string StatusOf(const Release* release) const;

  ServiceManager manager_;
  const size_t workers_;
  Log& log_;
  std::optional<net::Timer> watchdog_;
  uint64_t told_release_ = 0;
  size_t told_broken_ = 0;
  bool serving_ = false;
  bool over_ = false;
  bool complained_ = false;
  bool reload_failed_ = false;
};

}  // namespace nano::server
