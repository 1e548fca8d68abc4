// `triggers` of an app in nano.yaml, by Cloudflare's names: what runs it besides requests. Also in
// a dist's manifest, by the texts.
//
// Owns its values. Thread-safe as any value type.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/schema/key.h"
#include "config/values/cron.h"

namespace nano::config {

struct TriggerSettings {
  std::vector<CronExpression> crons;  // When its `scheduled` is called; none twice.

  bool operator==(const TriggerSettings&) const = default;
};

const Table<TriggerSettings>& TriggerKeys();

std::vector<std::string> TextsOf(const std::vector<CronExpression>& crons);

}  // namespace nano::config
