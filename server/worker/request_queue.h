// Requests that wait until their app answers fewer others: the oldest goes first, one that has
// waited for too long is given up, and one whose client leaves is forgotten.
//
// Owns copies of the requests' heads; their bodies stay with whoever sends them. Thread: the
// worker's loop.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "base/function_ref.h"
#include "http/handler.h"
#include "net/handles.h"

namespace nano::server {

class RequestQueue final : private http::Responder {
 public:
  using Answer = FunctionRef<void(http::ServerExchange&, const http::RequestHead&)>;

  // `on_late` ends an exchange that has waited for `timeout`; 0: none ever has.
  RequestQueue(uv_loop_t* loop, std::chrono::milliseconds timeout,
               std::function<void(http::ServerExchange&)> on_late);
  // Another one, also for those that wait. Does not call `on_late`.
  void SetTimeout(std::chrono::milliseconds timeout);
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

  size_t size() const { return waiting_.size(); }
  bool empty() const { return waiting_.empty(); }

  void Add(http::ServerExchange& exchange, const http::RequestHead& head);
  // Takes the oldest, which `answer` ends or finds a responder for. There is one.
  void Next(Answer answer);
  // Takes all that wait in another one, with the time that they have waited there: the oldest goes
  // first, wherever it came. `visit` is told of each.
  void TakeOver(RequestQueue& other, FunctionRef<void(http::ServerExchange&)> visit);
  // Gives up all, oldest first: `end` ends each.
  void EndAll(FunctionRef<void(http::ServerExchange&)> end);

 private:
  struct Waiting {
    http::ServerExchange* exchange;
    uint64_t since;    // By the loop's clock.
    std::string text;  // What the head's views are of.
    http::RequestHead head;
  };

  // http::Responder. Nobody reads a body yet, or writes one.
  void OnBody(http::ServerExchange&, std::string_view, bool) override {}
  void OnBodyError(http::ServerExchange&, std::string_view) override {}
  void OnDrain(http::ServerExchange&) override {}
  void OnAborted(http::ServerExchange& exchange) override;

  void Arm();
  void Expire();

  uv_loop_t* const loop_;
  uint64_t timeout_;
  const std::function<void(http::ServerExchange&)> on_late_;
  std::list<Waiting> waiting_;  // The oldest first.
  net::Timer expiry_;
};

}  // namespace nano::server
