// The keys of what runs an app besides requests.
#include "config/schema/triggers.h"

#include <algorithm>
#include <utility>

#include "config/schema/kinds.h"

namespace nano::config {
namespace {

void ReadCrons(Reader& reader, const Node& node, std::vector<CronExpression>& crons) {
  reader.List(node, "Write it as [\"*/5 * * * *\"].", [&](const Node& item) {
    std::string text;
    if (!reader.String(item, &text)) return;
    Result<CronExpression> cron = CronExpression::Parse(text);
    if (!cron.ok()) return reader.Fail(item.place, cron.error());
    if (std::find(crons.begin(), crons.end(), *cron) != crons.end()) {
      return reader.Fail(item.place, "'" + cron->text() + "' is listed twice");
    }
    crons.push_back(std::move(cron).value());
  });
}

}  // namespace

const Table<TriggerSettings>& TriggerKeys() {
  using Settings = TriggerSettings;
  static const Table<Settings> keys = {
      {"crons", Whole(Type::kList, &Settings::crons, ReadCrons), ReadBy::kBoth,
       "When the app's `scheduled` is called: cron expressions, in UTC, such as `*/5 * * * *`. See "
       "[cron.md](cron.md)."},
  };
  return keys;
}

std::vector<std::string> TextsOf(const std::vector<CronExpression>& crons) {
  std::vector<std::string> texts;
  for (const CronExpression& cron : crons) texts.push_back(cron.text());
  return texts;
}

}  // namespace nano::config
