// From an exchange's end to a line. See access_log.h.
#include "server/log/access_log.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <optional>

#include "http/fields.h"
#include "http/trace_context.h"
#include "runtime/watchdog.h"
#include "server/log/request_id.h"

namespace nano::server {
namespace {

// Lines together that are worth a system call before the turn is over.
constexpr size_t kFlushAt = 32 * 1024;
// Memory of a head that was once very large is not kept.
constexpr size_t kMostKept = 4 * 1024;

uint64_t Nanoseconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// The header fields that lines have.
struct Fields {
  std::optional<std::string_view> user_agent, referer;
};

Fields FieldsOf(std::string_view block) {
  Fields fields;
  while (const auto field = http::TakeField(block)) {
    if (field->name == "user-agent") {
      fields.user_agent = field->value;
    } else if (field->name == "referer") {
      fields.referer = field->value;
    }
  }
  return fields;
}

std::string_view WithoutQuery(std::string_view target) {
  return target.substr(0, std::min(target.find('?'), target.size()));
}

}  // namespace

class AccessLog::Record final : public http::ExchangeObserver {
 public:
  explicit Record(AccessLog& log) : log_(log) {}

  void Begin(http::ServerExchange& exchange, const http::RequestHead& head, std::string_view app) {
    exchange.recorder = this;
    // As views of `text_`, which may move before it is complete.
    sizes_ = {app.size(), head.method.size(), head.target.size(), head.authority.size()};
    text_.clear();
    text_.append(app).append(head.method).append(head.target).append(head.authority);
    text_.append(head.headers);
    // Known now, and perhaps not when the connection has ended.
    peer_ = exchange.client();
    protocol_ = exchange.protocol();
  }

  void OnEnded(http::Exchange& exchange, http::Ending ending) override {
    log_.OnEnded(*this, exchange, ending);
  }
  void OnLeft(http::Exchange&) override { log_.Free(*this); }

  AccessFacts Facts() const {
    AccessFacts facts;
    std::string_view rest = text_;
    const auto next = [&rest](size_t size) {
      const std::string_view part = rest.substr(0, size);
      rest.remove_prefix(size);
      return part;
    };
    facts.app = next(sizes_[0]);
    facts.method = next(sizes_[1]);
    facts.target = next(sizes_[2]);
    facts.host = next(sizes_[3]);
    const Fields fields = FieldsOf(rest);
    facts.user_agent = fields.user_agent;
    facts.referer = fields.referer;
    facts.protocol = protocol_;
    facts.peer = peer_;
    return facts;
  }

  void Clear() {
    if (text_.capacity() > kMostKept) text_ = std::string();
  }

 private:
  AccessLog& log_;
  std::array<size_t, 4> sizes_{};
  std::string text_;
  std::string peer_;
  std::string_view protocol_;
};

AccessLog::AccessLog(LogSink& sink, const config::AccessLogSettings& settings, int worker)
    : sink_(sink), settings_(settings), worker_(worker), random_(std::random_device{}()) {}

AccessLog::~AccessLog() { Flush(); }

void AccessLog::Begin(http::ServerExchange& exchange, const http::RequestHead& head,
                      std::string_view app) {
  if (!head.traceparent.empty()) exchange.trace_id = http::TraceIdOf(head.traceparent);
  Record* record = nullptr;
  if (free_.empty()) {
    record = &records_.emplace_back(*this);
  } else {
    record = free_.back();
    free_.pop_back();
  }
  record->Begin(exchange, head, app);
}

void AccessLog::OnEnded(Record& record, http::Exchange& exchange, http::Ending ending) {
  const bool failed =
      exchange.status >= 500 || ending == http::Ending::kCut || exchange.refusal != nullptr;
  if (const uint64_t sample = Sample(failed); sample != 0) {
    AccessFacts facts = record.Facts();
    const std::string request_id = RequestIdOf(exchange);
    const std::string trace_id = http::ToText(exchange.trace_id);
    facts.status = exchange.status;
    facts.ending = ending;
    if (exchange.began != 0) {
      facts.duration_us = (Nanoseconds(CLOCK_MONOTONIC) - exchange.began) / 1000;
    }
    facts.cpu_ms = uint64_t{exchange.cpu_ticks} * runtime::kTickMs;
    facts.bytes_in = exchange.received;
    facts.bytes_out = exchange.sent;
    facts.request_id = request_id;
    facts.trace_id = trace_id;
    if (exchange.refusal != nullptr) facts.reason = exchange.refusal;
    facts.sample = sample;
    if (!settings_.query) {
      facts.target = WithoutQuery(facts.target);
      if (facts.referer) facts.referer = WithoutQuery(*facts.referer);
    }
    Append(facts);
  }
  Free(record);
}

void AccessLog::Free(Record& record) {
  record.Clear();
  free_.push_back(&record);
}

void AccessLog::Add(int status, std::string_view error, std::string_view peer) {
  const uint64_t sample = Sample(/*failed=*/status >= 500);
  if (sample == 0) return;
  const std::string request_id = NewRequestId();
  Append(
      {.peer = peer, .status = status, .request_id = request_id, .error = error, .sample = sample});
}

uint64_t AccessLog::Sample(bool failed) {
  if (settings_.sample == 1 || failed) return 1;
  return random_() % settings_.sample == 0 ? settings_.sample : 0;
}

void AccessLog::Append(const AccessFacts& given) {
  AccessFacts facts = given;
  facts.time_ms = static_cast<int64_t>(Nanoseconds(CLOCK_REALTIME) / 1'000'000);
  facts.worker = worker_;
  if (settings_.format == config::AccessLogFormat::kJson) {
    line_.AppendJson(lines_, facts);
  } else {
    line_.AppendCombined(lines_, facts);
  }
  ++count_;
  if (lines_.size() >= kFlushAt) Flush();
}

void AccessLog::Flush() {
  if (count_ == 0) return;
  sink_.WriteAside(lines_, count_);
  lines_.clear();
  count_ = 0;
}

}  // namespace nano::server
