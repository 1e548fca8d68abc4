// Ends in the right order. See control_plane.h for ownership and threads.
#include "server/control_plane.h"

#include <utility>

namespace nano::server {
namespace {

// For answers of the admin API that are under way when the server is to end.
constexpr uint64_t kAnswersMs = 1'000;

}  // namespace

ControlPlane::ControlPlane(uv_loop_t* loop, std::unique_ptr<CronScheduler> scheduler,
                           std::unique_ptr<Deployer> deployer, const admin::Sockets* admin,
                           Log& log)
    : loop_(loop),
      scheduler_(std::move(scheduler)),
      deployer_(std::move(deployer)),
      sockets_(admin),
      log_(log) {}

void ControlPlane::OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body) {
  if (kind == MessageKind::kRunEnded) {
    const Result<RunEnd> end = Decode<RunEnd>(body);
    if (end.ok()) scheduler_->OnMessage(worker, *end);
    return;
  }
  deployer_->OnMessage(worker, kind, body);
  if (kind == MessageKind::kCommitted) scheduler_->OnRelease();
}

void ControlPlane::OnInCharge() {
  deployer_->OnInCharge();
  scheduler_->Start();
  if (sockets_ != nullptr) admin_.emplace(loop_, *sockets_, *deployer_, log_);
}

// While the workers finish what they have, the server can still be asked, unless another one
// answers for it now.
void ControlPlane::OnStopping(bool retires) {
  deployer_->OnStopping(retires);
  scheduler_->OnStopping(retires);
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
