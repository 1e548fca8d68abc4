// What answers one request that is not answered at once: it may read a body, wait for the deployer,
// or go on for as long as the client does.
//
// Owned by the API until the request is answered or given up, and by whatever it waits for. Thread:
// the loop's own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/handler.h"
#include "server/admin/access.h"
#include "server/admin/form_input.h"
#include "server/admin/route.h"
#include "server/deploy/feed.h"

namespace nano::server::admin {

class Api;

class Task : public http::Responder, public std::enable_shared_from_this<Task> {
 public:
  Task(Api& api, http::ServerExchange& exchange, const Route& route, Request request,
       Identity identity);
  virtual ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // Inside OnRequest.
  virtual void Start() = 0;
  // The server is about to stop: what goes on by itself ends, if `all`, or if it is no log, which
  // workers may write to until they have ended.
  virtual void OnStopping(bool /*all*/) {}
  // From time to time, while nothing else happens.
  virtual void OnBeat() {}
  // The API is gone: nothing is answered any more.
  void Detach() { api_ = nullptr; }

  void OnBody(http::ServerExchange& exchange, std::string_view part, bool last) override {}
  void OnBodyError(http::ServerExchange& exchange, std::string_view reason) override {}
  void OnDrain(http::ServerExchange& exchange) override {}
  void OnAborted(http::ServerExchange& exchange) override;

 protected:
  // Answers, if there is still somebody to answer, and is done.
  void Send(const Reply& reply);
  // The exchange has ended: the API lets go of this.
  void Retire();

  Api* api_;                        // Null: it is gone.
  http::ServerExchange* exchange_;  // Null: it has ended.
  const Route& route_;
  const Request request_;
  const Identity identity_;
};

// Reads what the route takes, and has its handler answer.
class ActTask final : public Task {
 public:
  using Task::Task;

  void Start() override;
  void OnBody(http::ServerExchange& exchange, std::string_view part, bool last) override;
  void OnDrain(http::ServerExchange& exchange) override;
  void OnAborted(http::ServerExchange& exchange) override;

 private:
  void Pump();
  // A reply is what is wrong.
  std::optional<Reply> CheckKey();
  std::optional<Reply> CheckPrecondition();
  std::optional<Reply> CheckBody();
  std::optional<Reply> TakePart(std::string_view part, bool last);
  void Run();
  // The answer to a key that was used before; none: it is a new one.
  std::optional<Reply> Replayed();
  void OnReply(Reply reply);

  Input input_;
  std::string text_;                 // Of a JSON body.
  std::unique_ptr<FormInput> form_;  // Of a form.
  std::string key_;                  // Idempotency-Key; empty: none.
  bool keeps_answer_ = false;
  std::shared_ptr<std::function<void()>> on_left_;
  std::shared_ptr<Download> download_;  // That is being sent.
};

// Sends the news of a feed, as long as the client takes them.
class FollowTask final : public Task, private Feed::Follower {
 public:
  FollowTask(Api& api, http::ServerExchange& exchange, const Route& route, Request request,
             Identity identity);
  ~FollowTask() override;

  void Start() override;
  void OnStopping(bool all) override;
  void OnBeat() override;
  void OnDrain(http::ServerExchange& exchange) override;
  void OnAborted(http::ServerExchange& exchange) override;

 private:
  void OnNews() override;
  void Pump();
  void Write(std::string_view text);
  void Finish();
  void LeaveFeed();
  std::optional<Reply> FindBeginning();

  Feed& feed_;
  const bool is_log_;
  const bool events_;  // As server-sent events; else lines.
  std::string app_;    // Whose alone; empty: all.
  uint64_t at_ = 0;    // The last entry that was sent, or passed over.
  bool follows_ = true;
  bool waiting_ = false;  // For the client to take what it has.
  bool ending_ = false;   // When it has taken that.
  bool following_ = false;
};

// The log's last lines, or an app's, as text.
std::string LastLines(Feed& feed, std::string_view app, size_t count);

}  // namespace nano::server::admin
