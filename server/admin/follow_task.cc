// News as server-sent events (HTML, section 9.2), or as lines.
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "server/admin/api.h"
#include "server/admin/task.h"

namespace nano::server::admin {
namespace {

constexpr size_t kLines = 100;  // Unless the client says how many.
constexpr size_t kMostLines = 10'000;

std::optional<uint64_t> NumberOf(std::string_view text) {
  uint64_t number = 0;
  const auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || status != std::errc() || rest != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::string AsEvent(const Feed::Entry& entry) {
  return "id: " + std::to_string(entry.id) + "\nevent: " + entry.name + "\ndata: " + entry.data +
         "\n\n";
}

// Whether a media type is among those that the client asks for by name.
bool Takes(const Request& request, std::string_view type) {
  return request.Field("accept").value_or("").find(type) != std::string::npos;
}

bool IsFor(const Feed::Entry& entry, std::string_view app) {
  return app.empty() || entry.app == app || entry.name == Feed::kGap;
}

// The number after which there are `count` entries about the app, or all that are kept.
uint64_t BeforeLast(Feed& feed, std::string_view app, size_t count) {
  if (app.empty()) return feed.Before(count);
  std::vector<uint64_t> numbers;
  const uint64_t begin = feed.Before(SIZE_MAX);
  for (const Feed::Entry* entry = feed.After(begin); entry != nullptr;
       entry = feed.After(entry->id)) {
    if (IsFor(*entry, app)) numbers.push_back(entry->id);
  }
  if (count == 0) return feed.last();
  return numbers.size() <= count ? begin : numbers[numbers.size() - count] - 1;
}

}  // namespace

std::string LastLines(Feed& feed, std::string_view app, size_t count) {
  std::string lines;
  for (const Feed::Entry* entry = feed.After(BeforeLast(feed, app, count)); entry != nullptr;
       entry = feed.After(entry->id)) {
    if (IsFor(*entry, app)) lines += entry->data + "\n";
  }
  return lines;
}

FollowTask::FollowTask(Api& api, http::ServerExchange& exchange, const Route& route,
                       Request request, Identity identity)
    : Task(api, exchange, route, std::move(request), std::move(identity)),
      feed_((api.deployments().*std::get<Follow>(route.handler).feed)()),
      is_log_(!std::get<Follow>(route.handler).events),
      events_(!is_log_ || Takes(request_, "text/event-stream")),
      app_(request_.Query("app").value_or("")) {}

FollowTask::~FollowTask() { LeaveFeed(); }

void FollowTask::LeaveFeed() {
  if (std::exchange(following_, false)) feed_.Leave(*this);
}

void FollowTask::OnAborted(http::ServerExchange& exchange) {
  LeaveFeed();
  Task::OnAborted(exchange);
}

// Where to begin; a reply is what is wrong with what the client says about it.
std::optional<Reply> FollowTask::FindBeginning() {
  at_ = feed_.last();
  const std::optional<std::string> last = request_.Field("last-event-id");
  if (events_ && last.has_value() && !last->empty()) {
    const std::optional<uint64_t> number = NumberOf(*last);
    if (!number.has_value()) {
      return Problem(Wrong::kMalformed, "Last-Event-ID is none of this server's.");
    }
    at_ = *number;
    return std::nullopt;
  }
  if (!is_log_) return std::nullopt;
  follows_ = events_ || request_.Query("follow").value_or("0") == "1";
  const std::optional<std::string> lines = request_.Query("lines");
  size_t count = kLines;
  if (lines.has_value()) {
    const std::optional<uint64_t> number = NumberOf(*lines);
    if (!number.has_value() || *number > kMostLines) {
      return Problem(Wrong::kMalformed, "`lines` can be 0 to " + std::to_string(kMostLines) + ".");
    }
    count = static_cast<size_t>(*number);
  }
  if (!follows_) {
    Reply reply{.type = "text/plain; charset=utf-8", .body = LastLines(feed_, app_, count)};
    return api_->Conditional(request_, std::move(reply));
  }
  at_ = BeforeLast(feed_, app_, count);
  return std::nullopt;
}

void FollowTask::Start() {
  if (std::optional<Reply> reply = FindBeginning()) return Send(*reply);
  if (api_->stopping()) {
    return Send(Problem(Wrong::kStopping, "The server is stopping: there will be no more news."));
  }
  if (!api_->MayFollow()) {
    return Send(Problem(Wrong::kBusy, "Too many clients follow the news already."));
  }
  // A proxy in between must not gather what is to be seen at once.
  const std::string headers =
      std::string("content-type: ") +
      (events_ ? "text/event-stream" : "text/plain; charset=utf-8") +
      "\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\nx-accel-buffering: no\r\n";
  exchange_->StartBody({.headers = headers}, std::nullopt);
  if (request_.method == "HEAD") return Finish();
  following_ = true;
  feed_.Follow(*this);
  if (events_ && !feed_.Reaches(at_)) {
    // Of another life of the server, or too long ago: what was between is lost, and all that is
    // kept follows.
    at_ = feed_.Before(SIZE_MAX);
    Write("event: gap\ndata: {}\n\n");
  } else if (events_) {
    Write(": following\n\n");
  }
  Pump();
}

// Sends what there is, until the client has to take it first.
void FollowTask::Pump() {
  while (exchange_ != nullptr && !waiting_) {
    const Feed::Entry* entry = feed_.After(at_);
    if (entry == nullptr) return;
    at_ = entry->id;
    if (IsFor(*entry, app_)) Write(events_ ? AsEvent(*entry) : entry->data + "\n");
  }
}

void FollowTask::Write(std::string_view text) { waiting_ = !exchange_->WriteBody(text); }

void FollowTask::OnNews() {
  if (exchange_ == nullptr) return;
  if (!waiting_) return Pump();
  // Who reads so slowly that news were dropped meanwhile is cut off, and may come back with the
  // number of the last one it has.
  if (feed_.Reaches(at_)) return;
  LeaveFeed();
  http::ServerExchange& exchange = *std::exchange(exchange_, nullptr);
  exchange.Fail();
  Retire();
}

void FollowTask::OnDrain(http::ServerExchange&) {
  waiting_ = false;
  Pump();
  if (ending_ && exchange_ != nullptr && !waiting_) Finish();
}

void FollowTask::OnBeat() {
  if (events_ && exchange_ != nullptr && !waiting_) Write(":\n\n");
}

// With the last of what there is.
void FollowTask::OnStopping(bool all) {
  if (exchange_ == nullptr || !following_ || (is_log_ && !all)) return;
  if (is_log_) (void)api_->deployments().log_lines();  // Which fetches them.
  ending_ = true;
  if (!waiting_) Pump();
  if (!waiting_ && exchange_ != nullptr) Finish();
}

void FollowTask::Finish() {
  LeaveFeed();
  http::ServerExchange& exchange = *std::exchange(exchange_, nullptr);
  exchange.EndBody();
  Retire();
}

}  // namespace nano::server::admin
