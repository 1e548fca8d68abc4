// Ends in the right order. See control_plane.h for ownership and threads.
#include "server/control_plane.h"

#include <utility>

namespace nano::server {
namespace {

// For answers of the admin API that are under way when the server is to end.
constexpr uint64_t kAnswersMs = 1'000;

}  // namespace

ControlPlane::ControlPlane(uv_loop_t* loop, std::unique_ptr<Deployer> deployer,
                           const admin::Sockets* admin, Log& log)
    : loop_(loop), deployer_(std::move(deployer)), sockets_(admin), log_(log) {}

void ControlPlane::OnInCharge() {
  deployer_->OnInCharge();
  if (sockets_ != nullptr) admin_.emplace(loop_, *sockets_, *deployer_, log_);
}

// While the workers finish what they have, the server can still be asked, unless another one
// answers for it now.
void ControlPlane::OnStopping(bool retires) {
  deployer_->OnStopping(retires);
  if (retires) {
    StopAdmin();
  } else if (admin_) {
    admin_->StopFollowing();
  }
}

void ControlPlane::OnWorkersGone() { StopAdmin(); }

void ControlPlane::StopAdmin() {
  if (std::exchange(stops_, true)) return;
  if (!admin_) {
    ended_ = true;
    return;
  }
  admin_->Stop(kAnswersMs, [this] { ended_ = true; });
}

}  // namespace nano::server
