// `outbound` of an app in nano.yaml: whom it may call, through which proxies, whom it trusts, and
// within which bounds. And `services`: which apps of the same server it may call by a name.
//
// Several places of an app say some of it each (config/schema/app.h): the settings know which keys
// were said, and are merged key by key. Owns its values; immutable after loading, hence safe to
// share between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/host_rule.h"
#include "base/result.h"
#include "config/schema/key.h"
#include "config/schema/placed_text.h"
#include "config/schema/stated.h"
#include "config/yaml/place.h"

namespace nano::config {

// URLs and lists of hosts, which are templates (config/values/template.h): the proxies' credentials
// are in the server's environment, and in no file.
struct ProxySettings {
  PlacedText http, https;  // Empty: none.
  std::vector<PlacedText> no_proxy;

  Stated stated;
};

// 0: no bound.
struct OutboundTimeouts {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds first_byte{60'000};
  std::chrono::milliseconds idle{0};
  std::chrono::milliseconds total{0};
};

struct OutboundSettings {
  bool none = false;  // Nobody may be called; all else is of no use.
  std::vector<HostRule> allow, deny;
  ProxySettings proxy;
  PlacedText ca;  // A file, relative to the one that says it; empty: none.
  uint32_t connections = 128;
  bool trace = true;
  OutboundTimeouts timeouts;

  Stated stated;
};

// The name in `env` of an app of the same server.
struct ServiceBinding {
  std::string name;
  std::string app;
  std::string entrypoint{};  // One of the app's exports; empty: the default one.
  std::string props{};       // JSON, an object; empty: none.
  Place place;               // The app's name.
  // What is said of it, but for its name.
  Stated stated{};
};

// That the app of a binding exports no entry point of that name, with those that it has, `names`;
// none if it does, or nobody knows: there are no names.
std::optional<Error> LacksEntryPoint(const ServiceBinding& binding,
                                     const std::vector<std::string_view>& names);

// The keys of a service that is more than the app's name.
const Table<ServiceBinding>& ServiceKeys();

// The keys below `outbound`, and those below `proxy` in there.
const Table<OutboundSettings>& OutboundKeys();
const Table<ProxySettings>& ProxyKeys();

// All of `outbound`: a map, or `none`.
void ReadOutbound(Reader& reader, const Node& node, OutboundSettings& outbound);
// The keys that `from` says win; what says `none` and what says anything else replace each other.
void TakeOutbound(const OutboundSettings& from, OutboundSettings& to);

void ReadServices(Reader& reader, const Node& node, std::vector<ServiceBinding>& services);
// Those of `from` win over those of the same names.
void TakeServices(const std::vector<ServiceBinding>& from, std::vector<ServiceBinding>& to);

}  // namespace nano::config
