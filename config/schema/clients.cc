// The keys of `server.clients`.
#include "config/schema/clients.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/json.h"
#include "config/schema/kinds.h"
#include "config/yaml/json_of.h"

namespace nano::config {
namespace {

using enum ReadBy;
using Settings = ClientSettings;

constexpr std::string_view kNone = "off";
constexpr size_t kMostName = 64;

bool IsFieldName(std::string_view text) {
  return !text.empty() && text.size() <= kMostName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// A header field's name, in lower case.
bool ReadFieldName(Reader& reader, const Node& node, std::string* name) {
  std::string text;
  if (!reader.String(node, &text)) return false;
  std::ranges::transform(text, text.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  if (!IsFieldName(text)) {
    reader.Fail(node.place, "'" + text + "' is not the name of a header field",
                "Such as `x-forwarded-for`.");
    return false;
  }
  *name = std::move(text);
  return true;
}

void ReadTrusted(Reader& reader, const Node& node, std::vector<Network>& networks) {
  networks.clear();
  reader.ListOrItem(node, [&](const Node& item) {
    std::string text;
    if (!reader.Text(item, &text)) return;
    const std::optional<Network> network = Network::Parse(text);
    if (!network) {
      return reader.Fail(item.place, "'" + text + "' is no address and no network",
                         "Such as `192.0.2.7`, `::1` or `10.0.0.0/8`, without bits beyond the "
                         "prefix.");
    }
    networks.push_back(*network);
  });
}

Value<Settings> Trusted() {
  Value<Settings> value = Whole(Type::kList, &Settings::trusted_proxies, ReadTrusted);
  value.show = [](const Settings& settings) {
    std::string text;
    for (const Network& network : settings.trusted_proxies) {
      text += (text.empty() ? "" : ", ") + network.ToString();
    }
    return text;
  };
  return std::move(value).Unset("nobody");
}

void ReadForwardedHeader(Reader& reader, const Node& node, std::string& name) {
  (void)ReadFieldName(reader, node, &name);
}

Value<Settings> ForwardedHeader() {
  Value<Settings> value = Whole(Type::kText, &Settings::forwarded_header, ReadForwardedHeader);
  value.show = [](const Settings& settings) { return settings.forwarded_header; };
  return value;
}

std::string KnownHeaders() {
  std::string text;
  for (const std::string_view name : kClientHeaders) {
    text.append(text.empty() ? "`" : ", `").append(name).append("`");
  }
  return text;
}

void ReadHeaders(Reader& reader, const Node& node, std::vector<std::string>& headers) {
  headers.clear();
  std::string word;
  if (node.kind == Node::Kind::kScalar && reader.Text(node, &word) && word == kNone) return;
  reader.ListOrItem(node, [&](const Node& item) {
    std::string name;
    if (!ReadFieldName(reader, item, &name)) return;
    if (std::ranges::find(kClientHeaders, name) == std::end(kClientHeaders)) {
      return reader.Fail(item.place, "the server has nothing to say in '" + name + "'",
                         "It can fill " + KnownHeaders() + "; `off` is none of them.");
    }
    if (std::ranges::find(headers, name) != headers.end()) {
      return reader.Fail(item.place, "'" + name + "' is listed twice");
    }
    headers.push_back(std::move(name));
  });
}

Value<Settings> Headers() {
  Value<Settings> value = Whole(Type::kList, &Settings::headers, ReadHeaders);
  value.show = [](const Settings& settings) {
    std::string text;
    for (const std::string& name : settings.headers) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? std::string(kNone) : text;
  };
  return value;
}

// A member's name is the app's business, within bounds.
bool CheckMember(Reader& reader, const Node::Entry& entry) {
  if (!entry.key.empty() && entry.key.size() <= kMostName) return true;
  reader.Fail(entry.place, "not a name of up to 64 bytes");
  return false;
}

void ReadCf(Reader& reader, const Node& node, NamedTexts& cf) {
  cf.clear();
  reader.AnyMap(node, [&](const Node::Entry& entry) {
    if (CheckMember(reader, entry)) cf.emplace_back(entry.key, JsonOf(*entry.value).ToString());
  });
}

void ReadCfHeaders(Reader& reader, const Node& node, NamedTexts& headers) {
  headers.clear();
  reader.AnyMap(node, [&](const Node::Entry& entry) {
    std::string name;
    if (!CheckMember(reader, entry) || !ReadFieldName(reader, *entry.value, &name)) return;
    headers.emplace_back(entry.key, std::move(name));
  });
}

Value<Settings> Named(NamedTexts Settings::*member,
                      void (*read)(Reader&, const Node&, NamedTexts&)) {
  Value<Settings> value = Whole(Type::kMap, member, read);
  value.show = [member](const Settings& settings) {
    std::string text;
    for (const auto& [name, shown] : settings.*member) {
      text.append(text.empty() ? "{ " : ", ").append(name).append(": ").append(shown);
    }
    return text.empty() ? text : text + " }";
  };
  return std::move(value).Unset("none");
}

}  // namespace

const Table<Settings>& ClientKeys() {
  static const Table<Settings> keys = {
      {"trusted_proxies", Trusted(), kServe,
       "Peers that are believed what they say of their [clients](clients.md): addresses and "
       "networks, one or a list."},
      {"forwarded_header", ForwardedHeader(), kServe,
       "Where trusted proxies say it: `x-forwarded-for`, `forwarded` (RFC 7239), or any field with "
       "one address, such as `x-real-ip` or `cf-connecting-ip`."},
      {"headers", Headers(), kServe,
       "Header fields that apps get from the server, whatever a client has sent of them: "
       "`cf-connecting-ip`, `true-client-ip`, `x-real-ip`, `x-forwarded-for`, "
       "`x-forwarded-proto`; or `off`."},
      {"cf", Named(&Settings::cf, ReadCf), kServe,
       "What else `request.cf` has, such as `{ colo: FRA }`."},
      {"cf_headers", Named(&Settings::cf_headers, ReadCfHeaders), kServe,
       "The same of what trusted proxies say in header fields: `{ country: cf-ipcountry }`."},
  };
  return keys;
}

}  // namespace nano::config
