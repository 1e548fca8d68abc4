// What decides and tells about releases, on the supervisor's loop: the deployer, the scheduler of
// cron triggers and the admin API.
//
// Owns them. Thread: the supervisor's.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/admin/admin_server.h"
#include "server/cron/scheduler.h"
#include "server/deploy/deployer.h"
#include "server/deploy/workers.h"

namespace nano::server {

class ControlPlane final : public WorkersObserver {
 public:
  // `scheduler` is the deployer's. `admin` (or null: there is no admin API) and `log` outlive it.
  // Requests of the API that come before this server is in charge wait, or are another server's.
  ControlPlane(uv_loop_t* loop, std::unique_ptr<CronScheduler> scheduler,
               std::unique_ptr<Deployer> deployer, const admin::Sockets* admin, Log& log);

  // WorkersObserver
  void OnInCharge() override;
  std::shared_ptr<const Release> current() const override { return deployer_->current(); }
  std::vector<ReplacedSite> replaced() const override { return deployer_->replaced(); }
  size_t broken() const override { return deployer_->broken(); }
  bool TriesAgain(size_t slot) const override { return deployer_->TriesAgain(slot); }
  void OnStarted(WorkerLink& worker) override { deployer_->OnStarted(worker); }
  void OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body) override;
  void OnEnded(WorkerLink& worker, const WorkerDeath& death) override {
    deployer_->OnEnded(worker, death);
    scheduler_->OnEnded(worker);
  }
  void OnBlamed(uint32_t version) override { deployer_->OnBlamed(version); }
  void OnReloadSignal(std::function<void(bool failed)> over) override {
    deployer_->OnReloadSignal(std::move(over));
  }
  void OnStopping(bool retires) override;
  void OnWorkersGone() override;
  bool ended() const override { return ended_; }

 private:
  void StopAdmin();

  uv_loop_t* const loop_;
  std::unique_ptr<CronScheduler> scheduler_;
  std::unique_ptr<Deployer> deployer_;
  const admin::Sockets* const sockets_;
  Log& log_;
  std::optional<admin::AdminServer> admin_;
  bool stops_ = false;
  bool ended_ = false;
};

}  // namespace nano::server
