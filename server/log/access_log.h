// The access log: a line for each request of a client that has ended, whoever answered it.
//
// A request's head is copied when it comes and read when it has ended, if it has a line then at
// all. It has ended when its response is sent (http/exchange.h): its connection may have the next
// one by then. Lines are kept until Flush, which is called once for each turn of the loop: what a
// worker that is killed has answered in that turn is missing.
//
// Owns the copies, of which those of ended requests are used again, and the lines. Thread: the
// worker's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "config/schema/access_log.h"
#include "http/handler.h"
#include "server/log/access_line.h"
#include "server/log/log_sink.h"

namespace nano::server {

class AccessLog {
 public:
  // The sink outlives it, and it all exchanges that it was given.
  AccessLog(LogSink& sink, const config::AccessLogSettings& settings, int worker);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // A request that is about to be answered. `app`: whose it is, or nothing.
  void Begin(http::ServerExchange& exchange, const http::RequestHead& head, std::string_view app);
  // One that could not be read as far as that.
  void Add(int status, std::string_view error, std::string_view peer);

  // Gives the sink what there is.
  void Flush();

 private:
  class Record;

  void OnEnded(Record& record, http::Exchange& exchange, http::Ending ending);
  void Free(Record& record);
  // How many requests this one's line stands for; 0: it has none.
  uint64_t Sample(bool failed);
  void Append(const AccessFacts& facts);

  LogSink& sink_;
  const config::AccessLogSettings settings_;
  const int worker_;
  AccessLine line_;
  std::string lines_;
  size_t count_ = 0;  // Of lines_.
  std::deque<Record> records_;
  std::vector<Record*> free_;
  std::minstd_rand random_;
};

}  // namespace nano::server
