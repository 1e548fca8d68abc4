// Two fields, one of which HTTP knows. See service_head.h.
#include "server/groups/service_head.h"

#include <charconv>

#include "http/fields.h"

namespace nano::server {
namespace {

constexpr std::string_view kService = "nano-service";

}  // namespace

std::string ServiceFields(std::string_view app, uint32_t depth, std::string_view scheme) {
  std::string fields(kService);
  fields.append(": ").append(app).append(" ").append(std::to_string(depth)).append(" ");
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
  const std::string_view service = words->value;
  ServiceHead head;
  const size_t app_end = service.find(' ');
  const size_t depth_end = service.find(' ', app_end + 1);
  if (app_end == std::string_view::npos || depth_end == std::string_view::npos) return std::nullopt;
  head.app = service.substr(0, app_end);
  const char* const end = service.data() + depth_end;
  const auto depth = std::from_chars(service.data() + app_end + 1, end, head.depth);
  if (depth.ec != std::errc() || depth.ptr != end) return std::nullopt;
  head.scheme = service.substr(depth_end + 1) == "https" ? "https" : "http";
  // As of a call within one worker (server/outbound/service_call.h).
  head.headers.append(host->line).append(headers);
  return head;
}

}  // namespace nano::server
