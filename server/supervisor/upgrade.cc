// One successor at a time. See upgrade.h for ownership and threads.
#include "server/supervisor/upgrade.h"

#include <unistd.h>

#include <utility>

namespace nano::server {

Upgrade::Upgrade(uv_loop_t* loop, Options options, Log& log, Callbacks callbacks)
    : loop_(loop),
      options_(std::move(options)),
      log_(log),
      callbacks_(std::move(callbacks)),
      end_(loop, [this] { successor_.reset(); }) {}

std::string Upgrade::Refusal() const {
  if (successor_ != nullptr && !end_.active()) {
    return "one is under way already, by process " + std::to_string(successor_->pid());
  }
  if (getpid() == 1) {
    return "this is process 1, whose end would be the container's; start a container of the new "
           "image instead";
  }
  if (options_.command.empty()) return "it is not known how this server was started";
  return {};
}

void Upgrade::Begin() {
  if (const std::string refusal = Refusal(); !refusal.empty()) {
    return log_.Warn("no upgrade on SIGUSR2: " + refusal);
  }
  end_.Stop();
  successor_.reset();
  Result<Handover> handover = callbacks_.hand_over();
  if (!handover.ok()) return Fail(handover.error());
  auto started =
      Successor::Start(loop_, options_.command, *handover, options_.timeout,
                       {.ready = [this] { callbacks_.ready(*successor_); },
                        .failed =
                            [this](const std::string& why) {
                              log_.Error("the upgrade failed, and this server goes on: " + why);
                              callbacks_.failed();
                              end_.Start(0);
                            }});
  if (!started.ok()) return Fail(started.error());
  successor_ = std::move(started).value();
  log_.Info("upgrading: a new server starts and takes over once it can serve",
            {{"pid", successor_->pid()}, {"program", options_.command.front()}});
}

void Upgrade::Fail(const Error& error) {
  log_.Error("no upgrade: " + error.ToString());
  callbacks_.failed();
}

void Upgrade::Cancel() { successor_.reset(); }

void Upgrade::OnDeath(pid_t pid, int status) {
  if (successor_ != nullptr && successor_->child() == pid) successor_->OnDeath(status);
}

}  // namespace nano::server
