// `server.access_log` in nano.yaml: whether and how each request has a line in the log. Owns its
// values; immutable after loading, hence safe to share between threads.
#pragma once

#include <cstdint>
#include <string_view>

#include "config/schema/key.h"

namespace nano::config {

enum class AccessLogFormat : uint8_t { kOff, kJson, kCombined };

std::string_view NameOf(AccessLogFormat format);

struct AccessLogSettings {
  AccessLogFormat format = AccessLogFormat::kOff;
  uint32_t sample = 1;  // One in so many requests.
  bool query = true;    // With what is behind "?" in targets.
};

const Table<AccessLogSettings>& AccessLogKeys();

// All of `server.access_log`: a map of the keys, or what `format` can be.
void ReadAccessLog(Reader& reader, const Node& node, AccessLogSettings& settings);

// As a file could have it.
std::string ShowAccessLog(const AccessLogSettings& settings);

}  // namespace nano::config
