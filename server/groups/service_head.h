// What a call of an app of another group says besides what a client would: header fields in front
// of the caller's own, which nobody but the two workers sees. Owns nothing. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/service_aim.h"

namespace nano::server {

struct ServiceHead {
  std::string app;          // That is called.
  uint32_t depth = 0;       // As http::Exchange has it, …
  uint32_t calls = 0;       // … this …
  uint64_t request_id = 0;  // … and this, of the request that has led to the call; 0: not known.
  std::string_view scheme;  // Of the request's URL: "http" or "https"; static text.
  std::string cf;           // As http::CallRequest has it.
  std::shared_ptr<const http::ServiceAim> aim{};  // As http::Exchange has it.
  std::string headers;  // Decoded: the request's, "name\nvalue\n" repeated, without these.
};

// In wire format, to stand behind Host and before all others. Each connection is for one call.
std::string ServiceFields(std::string_view app, uint32_t depth, uint32_t calls, uint64_t request_id,
                          std::string_view scheme, const http::ServiceAim* aim = nullptr,
                          std::string_view cf = {});

// Of a request's header fields, "name\nvalue\n" repeated; none: they do not begin as those above
// do.
std::optional<ServiceHead> ServiceHeadOf(std::string_view headers);

}  // namespace nano::server
