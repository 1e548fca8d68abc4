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

// Two hexadecimal digits a byte, behind a letter: never an empty word.
std::string WordOf(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string word = "x";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    word += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return word;
}

std::optional<std::string> TextOfWord(std::string_view word) {
  if (!word.starts_with('x') || word.size() % 2 == 0) return std::nullopt;
  std::string text;
  for (size_t at = 1; at < word.size(); at += 2) {
    unsigned byte = 0;
    const char* const end = word.data() + at + 2;
    const auto read = std::from_chars(word.data() + at, end, byte, 16);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    text += static_cast<char>(byte);
  }
  return text;
}

// One line of JSON with an object, which an array is too, or nothing. Behind another line there
// would be header fields that nobody has looked at (runtime/embedder/visitors.h).
bool IsCf(std::string_view text) {
  if (text.empty()) return true;
  const bool is_object = (text.starts_with('{') && text.ends_with('}')) ||
                         (text.starts_with('[') && text.ends_with(']'));
  return is_object &&
         std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
}

// Three words, or none for what is null.
std::optional<std::shared_ptr<const http::ServiceAim>> AimOf(std::string_view words) {
  if (words.empty()) return nullptr;
  const auto entrypoint = TextOfWord(TakeWord(words));
  const auto props = TextOfWord(TakeWord(words));
  const auto method = TextOfWord(TakeWord(words));
  if (!entrypoint || !props || !method || !words.empty()) return std::nullopt;
  return std::make_shared<const http::ServiceAim>(http::ServiceAim{*entrypoint, *props, *method});
}

}  // namespace

std::string ServiceFields(std::string_view app, uint32_t depth, uint32_t calls, uint64_t request_id,
                          std::string_view scheme, const http::ServiceAim* aim,
                          std::string_view cf) {
  std::string fields(kService);
  fields.append(": ").append(app).append(" ").append(std::to_string(depth)).append(" ");
  fields.append(std::to_string(calls)).append(" ");
  fields.append(std::to_string(request_id)).append(" ");
  // An app's object may make anything of itself, by toJSON(): that is no reason to fail its call.
  fields.append(scheme).append(" ").append(WordOf(IsCf(cf) ? cf : std::string_view()));
  if (aim != nullptr) {
    for (const std::string& text : {aim->entrypoint, aim->props, aim->method}) {
      fields.append(" ").append(WordOf(text));
    }
  }
  return fields.append("\r\nconnection: close\r\n");
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
  const std::string_view scheme = TakeWord(service);
  auto cf = TextOfWord(TakeWord(service));
  auto aim = AimOf(service);
  if (head.app.empty() || !depth || !calls || !request_id || scheme.empty() || !cf || !IsCf(*cf) ||
      !aim) {
    return std::nullopt;
  }
  head.depth = *depth;
  head.calls = *calls;
  head.request_id = *request_id;
  head.scheme = scheme == "https" ? "https" : "http";
  head.cf = *std::move(cf);
  head.aim = *std::move(aim);
  // As of a call within one worker (server/outbound/service_call.h).
  head.headers.append(host->line).append(headers);
  return head;
}

}  // namespace nano::server
