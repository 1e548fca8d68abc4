// Fields, one after another. See access_line.h.
#include "server/log/access_line.h"

#include <time.h>

#include "base/json_text.h"
#include "base/timestamp.h"
#include "server/log/append_number.h"
#include "server/log/cut_text.h"

namespace nano::server {
namespace {

// What nginx writes of a client that left before there was a response.
constexpr int kClientLeft = 499;

bool IsPlain(std::string_view text, unsigned char last) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > last || byte == '"' || byte == '\\') return false;
  }
  return true;
}

void AppendJsonText(std::string& out, std::string_view text) {
  std::string cut;
  if (text.size() > kMaxAccessText) text = cut = CutText(text, kMaxAccessText);
  if (IsPlain(text, 0x7e)) [[likely]] {
    out.append(1, '"').append(text).append(1, '"');
  } else {
    AppendJsonString(out, text);
  }
}

void AppendTextField(std::string& out, std::string_view name, std::string_view text) {
  out.append(name);
  AppendJsonText(out, text);
}

void AppendNumberField(std::string& out, std::string_view name, uint64_t number) {
  out.append(name);
  AppendNumber(out, number);
}

// As nginx's default escape: quotes, backslashes, and all that is not printable ASCII, as \xNN.
void AppendEscaped(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  text = text.substr(0, kMaxAccessText);
  if (IsPlain(text, 0x7e)) [[likely]] {
    out.append(text);
    return;
  }
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsPlain({&c, 1}, 0x7e)) {
      out += c;
    } else {
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
}

void AppendQuoted(std::string& out, const std::optional<std::string_view>& text) {
  out += '"';
  if (text) {
    AppendEscaped(out, *text);
  } else {
    out += '-';
  }
  out += '"';
}

// As Apache has it, in the local time zone.
std::string LocalTime(int64_t second) {
  const time_t time = second;
  tm parts{};
  localtime_r(&time, &parts);
  char text[64];
  return {text, strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S %z", &parts)};
}

std::string_view EndingName(http::Ending ending) {
  switch (ending) {
    case http::Ending::kWhole:
      return "whole";
    case http::Ending::kCut:
      return "cut";
    case http::Ending::kAborted:
      return "aborted";
  }
  return "whole";
}

// Three digits after the point.
void AppendMilliseconds(std::string& out, uint64_t us) {
  AppendNumber(out, us / 1000);
  const auto rest = static_cast<int>(us % 1000);
  const char digits[] = {'.', static_cast<char>('0' + rest / 100),
                         static_cast<char>('0' + rest / 10 % 10),
                         static_cast<char>('0' + rest % 10)};
  out.append(digits, sizeof digits);
}

}  // namespace

void AccessLine::AppendJson(std::string& out, const AccessFacts& facts) {
  if (facts.time_ms != utc_ms_) {
    utc_ms_ = facts.time_ms;
    utc_ = Timestamp(utc_ms_);
  }
  out.append("{\"time\":\"").append(utc_).append("\",\"level\":\"info\",\"worker\":");
  AppendNumber(out, facts.worker);
  if (!facts.app.empty()) AppendTextField(out, ",\"app\":", facts.app);
  out.append(",\"msg\":\"request\"");
  AppendTextField(out, ",\"request_id\":", facts.request_id);
  if (!facts.trace_id.empty()) AppendTextField(out, ",\"trace_id\":", facts.trace_id);
  AppendTextField(out, ",\"peer\":", facts.peer);
  if (!facts.method.empty()) {
    AppendTextField(out, ",\"method\":", facts.method);
    AppendTextField(out, ",\"host\":", facts.host);
    AppendTextField(out, ",\"target\":", facts.target);
    AppendTextField(out, ",\"protocol\":", facts.protocol);
  }
  if (facts.status != 0) AppendNumberField(out, ",\"status\":", uint64_t(facts.status));
  if (facts.ending != http::Ending::kWhole) {
    AppendTextField(out, ",\"ended\":", EndingName(facts.ending));
  }
  if (!facts.reason.empty()) AppendTextField(out, ",\"reason\":", facts.reason);
  if (!facts.error.empty()) AppendTextField(out, ",\"error\":", facts.error);
  out.append(",\"duration_ms\":");
  AppendMilliseconds(out, facts.duration_us);
  AppendNumberField(out, ",\"cpu_ms\":", facts.cpu_ms);
  AppendNumberField(out, ",\"bytes_in\":", facts.bytes_in);
  AppendNumberField(out, ",\"bytes_out\":", facts.bytes_out);
  if (facts.user_agent) AppendTextField(out, ",\"user_agent\":", *facts.user_agent);
  if (facts.referer) AppendTextField(out, ",\"referer\":", *facts.referer);
  if (facts.sample != 1) AppendNumberField(out, ",\"sample\":", facts.sample);
  out.append("}\n");
}

void AccessLine::AppendCombined(std::string& out, const AccessFacts& facts) {
  if (const int64_t second = facts.time_ms / 1000; second != local_second_) {
    local_second_ = second;
    local_ = LocalTime(second);
  }
  if (facts.peer.empty()) {
    out += '-';
  } else {
    AppendEscaped(out, facts.peer);
  }
  out.append(" - - [").append(local_).append("] \"");
  if (facts.method.empty()) {
    out += '-';
  } else {
    AppendEscaped(out, facts.method);
    out += ' ';
    AppendEscaped(out, facts.target);
    out.append(1, ' ').append(facts.protocol);
  }
  out.append("\" ");
  AppendNumber(out, facts.status == 0 ? kClientLeft : facts.status);
  out += ' ';
  AppendNumber(out, facts.bytes_out);
  out += ' ';
  AppendQuoted(out, facts.referer);
  out += ' ';
  AppendQuoted(out, facts.user_agent);
  out += ' ';
  if (facts.app.empty()) {
    out += '-';
  } else {
    AppendEscaped(out, facts.app);
  }
  out.append(1, ' ').append(facts.request_id.empty() ? "-" : facts.request_id).append(1, ' ');
  AppendMilliseconds(out, facts.duration_us);
  out += ' ';
  AppendNumber(out, facts.cpu_ms);
  out.append(1, ' ').append(EndingName(facts.ending)).append(1, '\n');
}

}  // namespace nano::server
