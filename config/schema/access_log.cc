// The keys of `server.access_log`.
#include "config/schema/access_log.h"

#include <string>

#include "config/schema/kinds.h"
#include "config/schema/read_keys.h"

namespace nano::config {
namespace {

using enum ReadBy;
using Settings = AccessLogSettings;

constexpr AccessLogFormat kFormats[] = {AccessLogFormat::kOff, AccessLogFormat::kJson,
                                        AccessLogFormat::kCombined};

void ReadFormat(Reader& reader, const Node& node, AccessLogFormat& format) {
  std::string word;
  // `off` is a boolean to some readers of YAML, and no text that has to be in quotes.
  if (!reader.Text(node, &word)) return;
  for (const AccessLogFormat each : kFormats) {
    if (NameOf(each) != word) continue;
    format = each;
    return;
  }
  reader.Fail(node.place, "'" + word + "' is no format of the access log",
              "It can be `json`, `combined` or `off`.");
}

Value<Settings> Format() {
  Value<Settings> value = Whole(Type::kText, &Settings::format, ReadFormat);
  value.show = [](const Settings& settings) { return std::string(NameOf(settings.format)); };
  return value;
}

}  // namespace

std::string_view NameOf(AccessLogFormat format) {
  switch (format) {
    case AccessLogFormat::kOff:
      return "off";
    case AccessLogFormat::kJson:
      return "json";
    case AccessLogFormat::kCombined:
      return "combined";
  }
  return "off";
}

const Table<Settings>& AccessLogKeys() {
  static const Table<Settings> keys = {
      {"format", Format(), kServe,
       "`json`: lines like those of the server's log; `combined`: those of Apache and nginx; "
       "`off`: none."},
      {"sample", Count(&Settings::sample, 1, 1'000'000), kServe,
       "One in so many requests has a line, chosen at random. Those that failed (5xx, limits, cut "
       "responses) all have."},
      {"query", Flag(&Settings::query), kServe,
       "Whether lines have what is behind `?` in paths and referers, where secrets may be."},
  };
  return keys;
}

void ReadAccessLog(Reader& reader, const Node& node, Settings& settings) {
  if (node.kind == Node::Kind::kScalar) return ReadFormat(reader, node, settings.format);
  Stated stated;
  ReadKeys(reader, node, AccessLogKeys(), settings, stated);
}

std::string ShowAccessLog(const Settings& settings) {
  std::string text;
  for (const Key<Settings>& key : AccessLogKeys()) {
    text += (text.empty() ? "" : ", ") + key.path + ": " + key.value.show(settings);
  }
  return "{ " + text + " }";
}

}  // namespace nano::config
