// Two fields, one of which HTTP knows. See service_head.h.
#include "server/groups/service_head.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "http/fields.h"

namespace nano::server {
namespace {

constexpr std::string_view kService = "nano-service";

// The number that a text is.
template <typename Number>
std::optional<Number> NumberOf(std::string_view text) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

// Takes a text's first word, and the space behind it.
std::string_view TakeWord(std::string_view& text) {
  const size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

}  // namespace

std::string ServiceFields(std::string_view app, uint32_t depth, uint32_t calls, uint64_t request_id,
                          std::string_view scheme) {
  std::string fields(kService);
  fields.append(": ").append(app).append(" ").append(std::to_string(depth)).append(" ");
  fields.append(std::to_string(calls)).append(" ");
  fields.append(std::to_string(request_id)).append(" ");
  return fields.append(scheme).append("\r\nconnection: close\r\n");
}

std::optional<ServiceHead> ServiceHeadOf(std::string_view headers) {
  const auto host = http::TakeField(headers);
  const auto words = http::TakeField(headers);
  const auto connection = http::TakeField(headers);
  if (!connection || host->name != "host" || words->name != kService ||
      connection->name != "connection") {
    return std::nullopt;
  }
  std::string_view service = words->value;
  ServiceHead head;
  head.app = TakeWord(service);
  const auto depth = NumberOf<uint32_t>(TakeWord(service));
  const auto calls = NumberOf<uint32_t>(TakeWord(service));
  const auto request_id = NumberOf<uint64_t>(TakeWord(service));
  if (head.app.empty() || !depth || !calls || !request_id || service.empty()) return std::nullopt;
  head.depth = *depth;
  head.calls = *calls;
  head.request_id = *request_id;
  head.scheme = service == "https" ? "https" : "http";
  // As of a call within one worker (server/outbound/service_call.h).
  head.headers.append(host->line).append(headers);
  return head;
}

}  // namespace nano::server
