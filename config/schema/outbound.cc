// The keys of `outbound` and of what is in it.
#include "config/schema/outbound.h"

#include <algorithm>
#include <utility>

#include "base/named.h"
#include "config/schema/app.h"
#include "config/schema/kinds.h"
#include "config/schema/read_keys.h"
#include "config/values/template.h"
#include "config/yaml/json_of.h"
#include "config/yaml/suggest.h"

namespace nano::config {
namespace {

// Where the bound on an app's calls once was.
constexpr std::string_view kMovedKey = "subrequests";

using namespace std::chrono_literals;
using enum ReadBy;
using Outbound = OutboundSettings;

constexpr char kNone[] = "none";
constexpr size_t kMostEntrypoint = 255;

void ReadRules(Reader& reader, const Node& node, std::vector<HostRule>& rules) {
  reader.ListOrItem(node, [&](const Node& item) {
    std::string text;
    if (!reader.Text(item, &text)) return;
    Result<HostRule> rule = HostRule::Parse(text, HostRule::Bare::kExact);
    if (!rule.ok()) return reader.Fail(item.place, rule.error());
    rules.push_back(std::move(rule).value());
  });
}

// An empty list would mean everybody, and be taken for nobody.
void ReadAllow(Reader& reader, const Node& node, std::vector<HostRule>& rules) {
  if (node.kind == Node::Kind::kList && node.items.empty()) {
    return reader.Fail(node.place, "a list of nobody",
                       "Write \"*\" for everybody, or `outbound: none` for nobody.");
  }
  ReadRules(reader, node, rules);
}

void ReadProxyUrl(Reader& reader, const Node& node, PlacedText& url) {
  if (ReadTemplate(reader, node, url) && url.text == kNone) url.text.clear();
}

void ReadNoProxy(Reader& reader, const Node& node, std::vector<PlacedText>& lists) {
  reader.ListOrItem(node, [&](const Node& item) {
    PlacedText list;
    if (!ReadTemplate(reader, item, list)) return;
    // What is from the environment is known when the app is served.
    if (list.text.find("${") == std::string::npos) {
      const auto rules = HostRule::ParseList(list.text, HostRule::Bare::kWithBelow);
      if (!rules.ok()) return reader.Fail(item.place, rules.error());
    }
    lists.push_back(std::move(list));
  });
}

template <typename S>
void TakeStated(const Table<S>& table, const S& from, S& to) {
  for (const Key<S>& key : table) {
    if (!from.stated.Has(key.path)) continue;
    key.value.take(from, to);
    to.stated.Add(key.path, from.stated.PlaceOf(key.path));
  }
}

// A URL alone, or `none`, is for both schemes.
void ReadProxy(Reader& reader, const Node& node, ProxySettings& proxy) {
  if (node.kind != Node::Kind::kScalar) {
    return ReadKeys(reader, node, ProxyKeys(), proxy, proxy.stated);
  }
  ReadProxyUrl(reader, node, proxy.http);
  proxy.https = proxy.http;
  for (const char* key : {"http", "https"}) proxy.stated.Add(key, node.place);
}

Value<Outbound> Proxy() {
  Value<Outbound> value = Whole(Type::kMap, &Outbound::proxy, ReadProxy);
  value.take = [](const Outbound& from, Outbound& to) {
    TakeStated(ProxyKeys(), from.proxy, to.proxy);
  };
  value.unset = kNone;
  return value;
}

const Table<OutboundTimeouts>& TimeoutKeys() {
  using Timeouts = OutboundTimeouts;
  static const Table<Timeouts> keys = {
      {"connect", Duration(&Timeouts::connect, 1ms), kServe,
       "Until there is a connection: waiting for room, name look-up, TCP and TLS."},
      {"first_byte", Duration(&Timeouts::first_byte, 0ms), kServe,
       "From there to the response's first byte, while nothing of the request goes. 0 is no "
       "bound."},
      {"idle", Duration(&Timeouts::idle, 0ms), kServe,
       "Between two parts of the response. 0 is no bound: events may be rare."},
      {"total", Duration(&Timeouts::total, 0ms), kServe,
       "Of the whole call, its body included. 0 is no bound."},
  };
  return keys;
}

Result<void> CheckServiceApp(const std::string& app) {
  if (IsAppName(app)) return {};
  return Error{"'" + app + "' cannot be an app's name", "", "Name an app of this server."};
}

// An export's name, as it can be written in a script.
Result<void> CheckEntrypoint(const std::string& name) {
  if (!name.empty() && name.size() <= kMostEntrypoint &&
      name.find_first_of(" \t\r\n\"'`.,;:/\\(){}[]<>#") == std::string::npos) {
    return {};
  }
  return Error{"'" + name + "' cannot be the name of an export", "",
               "Write the name by which the app exports it: `entrypoint: Checkout`."};
}

void ReadProps(Reader& reader, const Node& node, std::string& props) {
  if (node.kind == Node::Kind::kNull) return;
  if (node.kind != Node::Kind::kMap) {
    return reader.Fail(node.place, "expected a map", "Write `props: { region: eu }`.");
  }
  props = JsonOf(node).ToString();
}

}  // namespace

std::optional<Error> LacksEntryPoint(const ServiceBinding& binding,
                                     const std::vector<std::string_view>& names) {
  const std::string& wanted = binding.entrypoint;
  if (wanted.empty() || names.empty()) return std::nullopt;
  if (std::find(names.begin(), names.end(), wanted) != names.end()) return std::nullopt;
  std::string has;
  for (const std::string_view name : names) {
    has.append(has.empty() ? "'" : ", '").append(name).push_back('\'');
  }
  std::string hint = "The entry points of '" + binding.app + "': " + has + ".";
  // Else it lists them again.
  if (const std::string meant = Suggest(wanted, names); meant.starts_with("Did you mean")) {
    hint += " " + meant;
  }
  return ErrorAt(binding.place,
                 "services." + binding.name + ": the app '" + binding.app +
                     "' has no entry point '" + wanted + "', and calls of it will fail",
                 hint);
}

const Table<ProxySettings>& ProxyKeys() {
  using Settings = ProxySettings;
  static const Table<Settings> keys = {
      {"http", Whole(Type::kText, &Settings::http, ReadProxyUrl).Unset(kNone), kServe,
       "The URL of the proxy for calls by http: `http://HOST:PORT` or `https://HOST:PORT`, with "
       "`${NAME}` as in `env` for its credentials."},
      {"https", Whole(Type::kText, &Settings::https, ReadProxyUrl).Unset(kNone), kServe,
       "The same for calls by https."},
      {"no_proxy", Whole(Type::kList, &Settings::no_proxy, ReadNoProxy), kServe,
       "Who is called without: names, which mean those below them as well, addresses, networks, "
       "`*`, each with `:PORT` if need be; `${no_proxy}` has a list with commas."},
  };
  return keys;
}

const Table<OutboundSettings>& OutboundKeys() {
  static const Table<Outbound> keys = Joined<Outbound>({
      {
          {"allow", Whole(Type::kList, &Outbound::allow, ReadAllow).Unset("everybody"), kServe,
           "Who may be called: `example.com`, `*.example.com` (those below it), `*`, `10.0.0.0/8`, "
           "`[2001:db8::]/32`, each with `:PORT` if need be. Link-local addresses and those of "
           "clouds' metadata need a rule of their own."},
          {"deny", Whole(Type::kList, &Outbound::deny, ReadRules), kServe,
           "Who may not, though `allow` has them."},
          {"proxy", Proxy(), kServe,
           "The URL of a proxy for all calls, `none`, or a map of the keys below."},
          {"ca", Whole(Type::kText, &Outbound::ca, ReadPath), kServe,
           "A PEM file of certificate authorities that are trusted besides the system's, relative "
           "to the file that names it. Revocation lists in it are heeded."},
          {"connections", Count(&Outbound::connections, 1, 10'000), kServe,
           "Open at once, in each isolate; further calls wait."},
          {"trace", Flag(&Outbound::trace), kServe,
           "Whether calls carry on the trace (`traceparent`, `tracestate`) of the request that "
           "they are made for, unless they have those fields. To `services` they always do."},
      },
      Under("timeouts", &Outbound::timeouts, TimeoutKeys()),
  });
  return keys;
}

void ReadOutbound(Reader& reader, const Node& node, OutboundSettings& outbound) {
  if (node.kind != Node::Kind::kScalar) {
    std::vector<std::string_view> names = KeyNames(OutboundKeys());
    for (const Node::Entry& entry : node.entries) {
      if (entry.key == kMovedKey) names.push_back(kMovedKey);
    }
    return reader.Map(node, names, [&](const Node::Entry& entry) {
      if (entry.key != kMovedKey) {
        return ReadKey(reader, entry, OutboundKeys(), outbound, outbound.stated);
      }
      reader.Fail(entry.place, "the key has moved to `limits`",
                  "Write `limits: { subrequests: 1000 }`, beside `outbound`.");
    });
  }
  std::string word;
  if (!reader.Text(node, &word)) return;
  if (word != kNone) {
    return reader.Fail(node.place, "expected a map, or `none`, found '" + word + "'",
                       "Write `outbound: none`, or `outbound: { allow: [\"*.example.com\"] }`.");
  }
  outbound.none = true;
}

void TakeOutbound(const OutboundSettings& from, OutboundSettings& to) {
  if (from.none || to.none) {
    to = from;
  } else {
    TakeStated(OutboundKeys(), from, to);
  }
}

const Table<ServiceBinding>& ServiceKeys() {
  using Binding = ServiceBinding;
  static const Table<Binding> keys = {
      {"app", Text(&Binding::app, CheckServiceApp).Unset("needed"), kServe,
       "The app that is called, of this server."},
      {"entrypoint", Text(&Binding::entrypoint, CheckEntrypoint).Unset("the default export"),
       kServe,
       "One of the app's exports: a class that extends WorkerEntrypoint, or an object with "
       "`fetch`."},
      {"props", Whole(Type::kMap, &Binding::props, ReadProps), kServe,
       "Values that the entry point finds in `ctx.props`: whatever JSON has."},
  };
  return keys;
}

void ReadServices(Reader& reader, const Node& node, std::vector<ServiceBinding>& services) {
  reader.AnyMap(node, [&](const Node::Entry& entry) {
    ServiceBinding service{.name = entry.key, .app = "", .place = entry.value->place};
    if (!IsEnvironmentName(entry.key)) {
      return reader.Fail(entry.place, "not a name that a service can have in `env`",
                         "Use letters, digits and '_', not beginning with a digit.");
    }
    if (entry.value->kind == Node::Kind::kMap) {
      ReadKeys(reader, *entry.value, ServiceKeys(), service, service.stated);
      if (!service.stated.Has("app")) {
        return reader.Fail(entry.value->place, "no `app`", "Name an app of this server.");
      }
      if (service.app.empty()) return;  // It was wrong.
      service.place = service.stated.PlaceOf("app");
    } else {
      if (!reader.Text(*entry.value, &service.app)) return;
      if (const Result<void> checked = CheckServiceApp(service.app); !checked.ok()) {
        return reader.Fail(entry.value->place, checked.error().message,
                           "Name an app of this server: `" + entry.key + ": orders`.");
      }
    }
    services.push_back(std::move(service));
  });
}

void TakeServices(const std::vector<ServiceBinding>& from, std::vector<ServiceBinding>& to) {
  for (const ServiceBinding& service : from) {
    if (ServiceBinding* known = FindNamed(to, service.name); known != nullptr) {
      *known = service;
    } else {
      to.push_back(service);
    }
  }
}

}  // namespace nano::config
