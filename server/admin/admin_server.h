// The admin API on its sockets: what `nano serve` opens at its start, and runs in the supervisor.
//
// Sockets are bound in the main process, before it forks; a server runs on the supervisor's loop. A
// process that is forked from that closes its copies of the descriptors, and destroys neither.
// Thread: the loop's own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/http1/listener.h"
#include "server/admin/api.h"
#include "server/admin/listening.h"
#include "server/admin/settings.h"

namespace nano::server::admin {

// Bound sockets, and what their connections are secured by.
struct Sockets {
  Settings settings;
  std::optional<Listening> admin;  // None: off.
  std::vector<Listening> health;
  net::SecureLayerMaker secure{};  // Of the admin's.

  // Those that are there already, as they come from a service manager or a server whose place is
  // taken: the listening socket of "admin" or "health" at an address (Listening::name), the
  // caller's then, or a negative number.
  using Inherit = std::function<int(std::string_view listener, const std::string& address)>;

  static Result<Sockets> Open(Settings settings, const Inherit& inherit = nullptr);
};

class AdminServer {
 public:
  // `sockets`, `deployments` and `log` outlive it.
  AdminServer(uv_loop_t* loop, const Sockets& sockets, Deployments& deployments, Log& log);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // Ends news, but for the log, and begins no more; all else goes on.
  void StopFollowing();
  // Ends news, lets requests under way have their answers for so many milliseconds, then cuts them.
  // `done` is called from the loop or before it returns; then it may be destroyed. Called once.
  void Stop(uint64_t deadline, std::function<void()> done);

 private:
  // An API and who listens for it.
  struct Face;

  void OnEnded();

  std::vector<std::unique_ptr<Face>> faces_;
  size_t ending_ = 0;
  std::function<void()> done_;
};

}  // namespace nano::server::admin
