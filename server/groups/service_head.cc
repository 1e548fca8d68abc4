// Two fields, one of which HTTP knows. See service_head.h.
#include "server/groups/service_head.h"

#include <charconv>

namespace nano::server {
namespace {

constexpr std::string_view kService = "nano-service";

// Takes the first field off; false unless it has this name.
bool TakeField(std::string_view& headers, std::string_view name, std::string_view* value) {
  if (!headers.starts_with(name) || headers.substr(name.size(), 1) != "\n") return false;
  headers.remove_prefix(name.size() + 1);
  const size_t end = headers.find('\n');
  if (end == std::string_view::npos) return false;
  *value = headers.substr(0, end);
  headers.remove_prefix(end + 1);
  return true;
}

}  // namespace

std::string ServiceFields(std::string_view app, uint32_t depth, std::string_view scheme) {
  std::string fields(kService);
  fields.append(": ").append(app).append(" ").append(std::to_string(depth)).append(" ");
  return fields.append(scheme).append("\r\nconnection: close\r\n");
}

std::optional<ServiceHead> ServiceHeadOf(std::string_view headers) {
  std::string_view host, service, connection;
  if (!TakeField(headers, "host", &host) || !TakeField(headers, kService, &service) ||
      !TakeField(headers, "connection", &connection)) {
    return std::nullopt;
  }
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
  head.headers.append("host\n").append(host).append("\n").append(headers);
  return head;
}

}  // namespace nano::server
