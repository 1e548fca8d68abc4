// Fields and `request.cf`. See visitors.h for ownership and threads.
#include "server/visitors/visitors.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "base/ip_address.h"
#include "http/fields.h"

namespace nano::server {
namespace {

constexpr std::string_view kHttp10 = "HTTP/1.0";
constexpr std::string_view kProtocol = "httpProtocol";
// The members of `request.cf` that are numbers, where Workers have them.
constexpr std::string_view kNumbers[] = {"asn", "clientTcpRtt"};
// Digits of a number that a double holds.
constexpr size_t kMostDigits = 15;

// What a configuration has is JSON: it was written by Json.
Json MembersOf(const config::NamedTexts& cf) {
  Json members{Json::Object()};
  for (const auto& [name, text] : cf) {
    if (Result<Json> value = Json::Parse(text); value.ok()) {
      members.Set(name, std::move(value).value());
    }
  }
  return members;
}

// Of a client that speaks for itself.
std::string DirectText(const Json& cf, std::string_view protocol) {
  Json::Object members;
  if (cf.Find(kProtocol) == nullptr) members.push_back({std::string(kProtocol), Json(protocol)});
  for (const Json::Member& member : *cf.object()) members.push_back(member);
  return Json(std::move(members)).ToString();
}

Json ValueOf(std::string_view name, std::string_view text) {
  const bool is_number = std::ranges::find(kNumbers, name) != std::end(kNumbers) && !text.empty() &&
                         text.size() <= kMostDigits &&
                         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) return Json(text);
  uint64_t number = 0;
  for (const char c : text) number = number * 10 + static_cast<uint64_t>(c - '0');
  return Json(number);
}

// Empty for what is no address: of what the server itself asks, and of whoever is not known.
std::string_view AddressOf(http::ServerExchange& exchange) {
  const std::string_view client = exchange.client();
  return IpAddress::Parse(client) ? client : std::string_view();
}

std::string_view SchemeOf(http::ServerExchange& exchange) {
  const http::Visitor* const visitor = exchange.visitor.get();
  return visitor == nullptr || visitor->scheme.empty() ? exchange.scheme() : visitor->scheme;
}

// The value of a field of config::kClientHeaders.
std::string_view ValueOf(std::string_view field, http::ServerExchange& exchange) {
  if (field == "x-forwarded-proto") return SchemeOf(exchange);
  const http::Visitor* const visitor = exchange.visitor.get();
  if (field == "x-forwarded-for" && visitor != nullptr && !visitor->path.empty()) {
    return visitor->path;
  }
  return AddressOf(exchange);
}

}  // namespace

Visitors::Visitors(const config::ClientSettings& settings)
    : proxies_({.networks = settings.trusted_proxies, .field = settings.forwarded_header}),
      headers_(settings.headers),
      cf_headers_(settings.cf_headers),
      cf_(MembersOf(settings.cf)),
      cf_text_behind_(cf_.ToString()),
      cf_text_{DirectText(cf_, kHttp10), DirectText(cf_, "HTTP/1.1")} {}

http::RequestHead Visitors::Find(http::ServerExchange& exchange,
                                 const http::RequestHead& head) const {
  const std::string_view peer = exchange.peer();
  if (!proxies_.Trusts(peer)) return head;
  std::unique_ptr<http::Visitor> visitor = proxies_.Find(peer, head.headers);
  visitor->cf = CfBehindProxy(head);
  http::RequestHead asked = head;
  if (!visitor->scheme.empty()) asked.scheme = visitor->scheme;
  exchange.visitor = std::move(visitor);
  return asked;
}

std::string Visitors::CfBehindProxy(const http::RequestHead& head) const {
  if (cf_headers_.empty()) return cf_text_behind_;
  Json cf = cf_;
  for (const auto& [name, field] : cf_headers_) {
    const std::optional<std::string_view> value = http::FieldValue(head.headers, field);
    if (value && !value->empty()) cf.Set(name, ValueOf(name, *value));
  }
  return cf.ToString();
}

std::string Visitors::Describe(http::ServerExchange* exchange) const {
  std::string text;
  if (exchange != nullptr && exchange->visitor != nullptr) {
    text = exchange->visitor->cf;
  } else if (exchange != nullptr && exchange->depth == 0) {
    text = cf_text_[exchange->protocol() == kHttp10 ? 0 : 1];
  }
  text.push_back('\n');
  if (exchange != nullptr && exchange->depth != 0) return text;
  for (const std::string& name : headers_) {
    text.append(name).push_back('\n');
    if (exchange != nullptr) text.append(ValueOf(name, *exchange));
    text.push_back('\n');
  }
  return text;
}

}  // namespace nano::server
