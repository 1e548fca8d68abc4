// Strings as JSON text, for log lines and other output that is written without a JSON library.
//
// Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace nano {

// Appends `text` as a JSON string with its quotes (RFC 8259, section 7). The result is valid UTF-8
// without control characters whatever the input: malformed bytes become U+FFFD. Line separators
// (U+2028, U+2029) are escaped too, so that the result is also a JavaScript literal of any edition
// and stays one line for every reader.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace nano
