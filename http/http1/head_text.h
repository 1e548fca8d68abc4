// A request's head as text again, for a parser in another process: what this one understood of it,
// in no more bytes than it came in, so that it passes every limit that it has passed. Owns nothing.
// Thread-safe.
#pragma once

#include <string>

#include "http/http1/parser.h"

namespace nano::http1 {

void AppendRequestHead(std::string& out, const ParsedHead& head);

}  // namespace nano::http1
