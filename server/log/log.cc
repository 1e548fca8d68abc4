// Formats log entries. See log.h for ownership and threads.
#include "server/log/log.h"

#include <time.h>

#include <cstdio>

#include "base/json_text.h"
#include "base/terminal.h"
#include "base/timestamp.h"
#include "server/log/append_number.h"
#include "server/log/cut_text.h"

namespace nano::server {
namespace {

// A line that was once very long does not keep its memory.
constexpr size_t kMaxKeptBuffer = 64 * 1024;

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

Style LevelStyle(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return Style::kDim;
    case LogLevel::kInfo:
      return Style::kGreen;
    case LogLevel::kWarn:
      return Style::kYellow;
    case LogLevel::kError:
      return Style::kRed;
  }
  return Style::kPlain;
}

int64_t NowMs() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
}

// UTC for machines (RFC 3339), the local time of day for people.
void AppendTime(std::string& out, LogFormat format, int64_t time_ms) {
  if (format == LogFormat::kJson) return AppendTimestamp(out, time_ms);
  const time_t seconds = time_ms / 1000;
  tm parts{};
  localtime_r(&seconds, &parts);
  char text[40];
  out.append(text, strftime(text, sizeof text, "%H:%M:%S", &parts));
  const int size = std::snprintf(text, sizeof text, ".%03d", static_cast<int>(time_ms % 1000));
  out.append(text, static_cast<size_t>(size));
}

// C0 controls and DEL as \xNN; the others are left to the terminal's own decoding.
void AppendPrintable(std::string& out, std::string_view text, bool keep_lines) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || (keep_lines && (c == '\n' || c == '\t'))) {
      out += c;
    } else {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      out += escaped;
    }
  }
}

void AppendJson(std::string& out, int64_t time_ms, LogLevel level, int worker, std::string_view app,
                std::string_view message, std::initializer_list<LogField> fields) {
  out += "{\"time\":\"";
  AppendTime(out, LogFormat::kJson, time_ms);
  out += "\",\"level\":\"";
  out += LevelName(level);
  out += '"';
  if (worker == kProbe) {
    out += ",\"probe\":true";
  } else if (worker != 0) {
    out += ",\"worker\":";
    AppendNumber(out, worker);
  }
  if (!app.empty()) {
    out += ",\"app\":";
    AppendJsonString(out, app);
  }
  out += ",\"msg\":";
  AppendJsonString(out, message);
  for (const LogField& field : fields) {
    if (field.is_left_out) continue;
    out += ",\"";
    out += field.name;
    out += "\":";
    if (field.is_number) {
      AppendNumber(out, field.number);
    } else {
      AppendJsonString(out, field.text);
    }
  }
  out += "}\n";
}

void AppendText(std::string& out, bool color, int64_t time_ms, LogLevel level, int worker,
                std::string_view app, std::string_view message,
                std::initializer_list<LogField> fields) {
  AppendTime(out, LogFormat::kText, time_ms);
  out += ' ';
  const std::string_view name = LevelName(level);
  out += Styled(name, LevelStyle(level), color);
  out.append(6 - name.size(), ' ');
  if (!app.empty()) {
    AppendPrintable(out, app, false);
    out += worker == kProbe ? " (probe): " : ": ";
  }
  AppendPrintable(out, message, true);
  for (const LogField& field : fields) {
    if (field.is_left_out) continue;
    out += "  ";
    out += field.name;
    out += '=';
    if (field.is_number) {
      AppendNumber(out, field.number);
    } else {
      AppendPrintable(out, field.text, false);
    }
  }
  out += '\n';
}

}  // namespace

void AppendLogLine(std::string& out, LogFormat format, bool color, int64_t time_ms, LogLevel level,
                   int worker, std::string_view app, std::string_view message,
                   std::initializer_list<LogField> fields) {
  if (format == LogFormat::kJson) {
    AppendJson(out, time_ms, level, worker, app, message, fields);
  } else {
    AppendText(out, color, time_ms, level, worker, app, message, fields);
  }
}

Log::Log(LogSink& sink, LogFormat format, int worker)
    : sink_(sink),
      format_(format),
      color_(format == LogFormat::kText && UseColor(sink.fd())),
      worker_(worker) {
  sink.set_notice(
      [](std::string& out, unsigned long long dropped, bool json) {
        AppendLogLine(out, json ? LogFormat::kJson : LogFormat::kText, false, NowMs(),
                      LogLevel::kWarn, 0, {},
                      "lines were dropped because the reader of the log was too slow",
                      {{"reason", "log-reader"}, {"count", static_cast<int64_t>(dropped)}});
      },
      format == LogFormat::kJson);
}

void Log::Write(LogLevel level, std::string_view app, std::string_view message,
                std::initializer_list<LogField> fields) {
  line_.clear();
  std::string cut;
  if (message.size() > kMaxLoggedText) message = cut = CutText(message, kMaxLoggedText);
  AppendLogLine(line_, format_, color_, NowMs(), level, worker_, app, message, fields);
  sink_.Write(line_, app);
  if (line_.capacity() > kMaxKeptBuffer) line_ = std::string();
}

}  // namespace nano::server
