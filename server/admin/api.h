// The admin API: takes requests, checks who asks for what, and has them answered by the table of
// routes.
//
// Owns the tasks under way and the answers that are kept. Thread: the loop's own. Destroy it only
// when no connection that it answers is left.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "config/schema/admin.h"
#include "http/handler.h"
#include "net/handles.h"
#include "net/later.h"
#include "server/admin/access.h"
#include "server/admin/idempotency.h"
#include "server/admin/route.h"
#include "server/admin/strangers.h"
#include "server/log/log.h"

namespace nano::server::admin {

class Task;

class Api final : public http::Handler {
 public:
  struct Options {
    uint64_t max_upload = config::AdminSettings().max_upload;
    bool open_only = false;     // For everybody, and nothing but the open routes.
    uint64_t beat_ms = 15'000;  // Between signs of life to those who follow.
    size_t most_tasks = 256;
    size_t most_followers = 64;
  };

  // `deployments` and `log` outlive it, but for what tasks of its own still wait for then.
  Api(uv_loop_t* loop, Access access, Deployments& deployments, Log& log, Options options);
  ~Api() override;
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // Ends what would go on for ever, and begins no more of it. Unless `all`, who follows the log
  // does so until that is called: workers that are to end may have something to say.
  void StopFollowing(bool all);

  // http::Handler
  void OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) override;
  void OnProtocolError(const http::ProtocolError& error) override;

  // For the tasks.
  Deployments& deployments() const { return deployments_; }
  Idempotency& idempotency() { return idempotency_; }
  uint64_t max_upload() const { return options_.max_upload; }
  uint64_t now() const { return uv_now(loop_); }
  bool stopping() const { return stopping_; }
  bool MayFollow();
  // An answer to a GET: with its tag, and without its body if the client has that.
  Reply Conditional(const Request& request, Reply reply) const;
  void Report(const Request& request, const Route& route, const Identity& identity, int status);
  void Enter(Task& task) { tasks_.insert(&task); }
  void Leave(Task& task) { tasks_.erase(&task); }
  // The task's exchange has ended: lets go of it, in the loop's next turn.
  void Retire(Task& task);

 private:
  // The answer, or none if a task has begun.
  std::optional<Reply> Answer(http::ServerExchange& exchange, const http::RequestHead& head);
  // Who asks, or what whoever is not known is answered with.
  std::variant<Identity, Reply> Identify(const Request& request);
  void LogRefusal(int status, std::string_view reason, std::string_view peer);
  std::optional<Reply> Dispatch(http::ServerExchange& exchange, const Route& route, Request request,
                                Identity identity);
  // Whom the request is about.
  std::string AppOf(const Route& route, const Request& request) const;

  uv_loop_t* const loop_;
  const Access access_;
  Deployments& deployments_;
  Log& log_;
  const Options options_;
  Idempotency idempotency_;
  Strangers strangers_;
  net::Later later_;
  net::Timer beat_;
  bool stopping_ = false;
  std::set<Task*> tasks_;                                  // All that there are …
  std::unordered_map<Task*, std::shared_ptr<Task>> held_;  // … and those with an exchange.
};

// 412, with the app's present tag, if there is one.
Reply StaleReply(const std::optional<AppView>& app);

}  // namespace nano::server::admin
