// How a body of unknown length is framed: the chunked transfer coding (RFC 9112, section 7.1). A
// chunk is its size line, its data, and its end. Reading it is llhttp's. Pure functions; any
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/http1/number.h"

namespace nano::http1 {

inline constexpr std::string_view kChunkedField = "transfer-encoding: chunked\r\n";

// May be sent ahead of any chunk's size, whatever that will be; the next size line goes on from it.
inline constexpr char kChunkLeadingZero = '0';

inline void AppendChunkBegin(std::string& out, size_t size) {
  AppendNumber(out, size, 16);
  out.append("\r\n");
}

inline void AppendChunkEnd(std::string& out) { out.append("\r\n"); }

// Ends the body, without trailers.
inline void AppendLastChunk(std::string& out) { out.append("0\r\n\r\n"); }

}  // namespace nano::http1
