// The trace that a request is part of: the header field traceparent (W3C Trace Context). NANO makes
// no spans of its own: it forwards traces, as the specification calls it, and names them in its
// log.
//
// Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace nano::http {

// "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", or the same of a later version, which
// may go on after another dash (section 3.2). Where there are several such fields there is none.
bool IsTraceparent(std::string_view value);

// The one in "name\nvalue\n" pairs, names in lower case; empty if there is none that is valid.
std::string_view FindTraceparent(std::string_view block);

// The trace's name in one, or in nothing: 32 hex digits, or nothing.
std::string_view TraceIdIn(std::string_view traceparent);

// The same as bytes, and back; all zeros are no trace.
using TraceId = std::array<uint8_t, 16>;
TraceId TraceIdOf(std::string_view traceparent);
std::string ToText(const TraceId& id);

}  // namespace nano::http
