// Expands, reads and checks what is under `outbound`.
#include "server/outbound/client_settings.h"

#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/host_rule.h"
#include "net/tls/client_context.h"
#include "net/tls/trust_store.h"
#include "snapshot/digest.h"

namespace nano::server {
namespace {

using config::PlacedText;

uint64_t Milliseconds(std::chrono::milliseconds duration) {
  return static_cast<uint64_t>(duration.count());
}

std::vector<std::string> TextsOf(const std::vector<HostRule>& rules) {
  std::vector<std::string> texts;
  for (const HostRule& rule : rules) texts.push_back(rule.text());
  return texts;
}

Result<std::vector<HostRule>> RulesOf(const std::vector<std::string>& texts, HostRule::Bare bare) {
  std::vector<HostRule> rules;
  for (const std::string& text : texts) rules.push_back(TRY(HostRule::Parse(text, bare)));
  return rules;
}

Result<std::optional<http::Proxy>> ProxyOf(const std::string& url) {
  if (url.empty()) return std::optional<http::Proxy>();
  return std::optional<http::Proxy>(TRY(http::ParseProxy(url)));
}

// The one that there is of a text with that digest; null: none.
std::shared_ptr<const std::string> HeldOnce(const std::string& digest, std::string_view text) {
  if (text.empty()) return nullptr;
  static std::unordered_map<std::string, std::weak_ptr<const std::string>> held;
  std::erase_if(held, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<const std::string>& known = held[digest];
  std::shared_ptr<const std::string> all = known.lock();
  if (all == nullptr) known = all = std::make_shared<const std::string>(text);
  return all;
}

// Settings whose numbers are still to be filled in.
Result<ClientSettings> FromWords(ClientWords words) {
  ClientSettings settings;
  settings.policy = words.none
                        ? http::OutboundPolicy::Nobody()
                        : http::OutboundPolicy(TRY(RulesOf(words.allow, HostRule::Bare::kExact)),
                                               TRY(RulesOf(words.deny, HostRule::Bare::kExact)));
  std::optional<http::Proxy> http = TRY(ProxyOf(words.http_proxy));
  std::optional<http::Proxy> https = TRY(ProxyOf(words.https_proxy));
  settings.proxies = http::ProxyRules(std::move(http), std::move(https),
                                      TRY(RulesOf(words.no_proxy, HostRule::Bare::kWithBelow)));
  settings.authorities = words.authorities;
  settings.words = std::move(words);
  return settings;
}

// What both directions of the wire have in common: the order of the fields.
template <typename Texts, typename Text, typename Number>
void Visit(ClientSettings& settings, Texts texts, Text text, Number number) {
  ClientWords& words = settings.words;
  texts(words.allow);
  texts(words.deny);
  texts(words.no_proxy);
  text(words.http_proxy);
  text(words.https_proxy);
  text(words.authorities);
  text(words.authorities_digest);
  number(settings.connections);
  number(settings.timeouts.connect);
  number(settings.timeouts.first_byte);
  number(settings.timeouts.idle);
  number(settings.timeouts.total);
}

// Goes on after what is wrong, so that all of it can be told at once.
class Maker {
 public:
  Maker(const config::AppSettings& app, const config::EnvironmentLookup& lookup)
      : app_(app), outbound_(app.outbound), lookup_(lookup) {}

  Result<ClientSettings> Make() {
    ClientWords words;
    words.none = outbound_.none;
    words.allow = TextsOf(outbound_.allow);
    words.deny = TextsOf(outbound_.deny);
    words.http_proxy = ProxyAt("http", outbound_.proxy.http);
    words.https_proxy = ProxyAt("https", outbound_.proxy.https);
    words.no_proxy = Direct();
    std::string authorities;
    words.authorities = Authorities(authorities);
    if (!authorities.empty()) {
      words.authorities_digest = snapshot::Hex(snapshot::Sha256Of(authorities));
    }
    if (!errors_.empty()) return Together(std::move(errors_));
    ClientSettings settings = TRY(FromWords(std::move(words)));
    settings.authorities_text = HeldOnce(settings.words.authorities_digest, authorities);
    settings.connections = outbound_.connections;
    settings.trace = outbound_.trace;
    settings.timeouts = {.connect = Milliseconds(outbound_.timeouts.connect),
                         .first_byte = Milliseconds(outbound_.timeouts.first_byte),
                         .idle = Milliseconds(outbound_.timeouts.idle),
                         .total = Milliseconds(outbound_.timeouts.total)};
    return settings;
  }

 private:
  // Without the lines of the file, where somebody may have written credentials.
  void Fail(const PlacedText& text, const std::string& key, const Error& error) {
    errors_.push_back({"app '" + app_.name + "', outbound." + key + ": " + error.message,
                       text.place.ToString(), error.hint});
  }

  // Nothing, also of what is wrong.
  std::optional<std::string> Expand(const PlacedText& text, const std::string& key) {
    Result<std::string> expanded = config::ExpandEnvironment(text.text, lookup_);
    if (expanded.ok()) return std::move(expanded).value();
    Fail(text, key, expanded.error());
    return std::nullopt;
  }

  std::string ProxyAt(const std::string& scheme, const PlacedText& url) {
    const std::string key = "proxy." + scheme;
    std::optional<std::string> expanded = Expand(url, key);
    if (!expanded || expanded->empty()) return {};
    if (auto proxy = http::ParseProxy(*expanded); !proxy.ok()) Fail(url, key, proxy.error());
    return *std::move(expanded);
  }

  std::vector<std::string> Direct() {
    std::vector<std::string> all;
    for (const PlacedText& text : outbound_.proxy.no_proxy) {
      const std::optional<std::string> expanded = Expand(text, "proxy.no_proxy");
      if (!expanded) continue;
      auto rules = HostRule::ParseList(*expanded, HostRule::Bare::kWithBelow);
      if (rules.ok()) {
        for (const HostRule& rule : *rules) all.push_back(rule.text());
      } else {
        Fail(text, "proxy.no_proxy", rules.error());
      }
    }
    return all;
  }

  // The file's path; `text` gets what it holds.
  std::string Authorities(std::string& text) {
    const PlacedText& ca = outbound_.ca;
    if (ca.text.empty()) return {};
    std::string path = config::PathOf(ca);
    Result<std::string> file = ReadFile(path);
    const Result<void> checked =
        file.ok() ? net::TrustStore::Check(*file, path) : Result<void>(file.error());
    if (checked.ok()) {
      text = std::move(file).value();
    } else {
      const Error& error = checked.error();
      Fail(ca, "ca", {error.where + ": " + error.message, {}, error.hint});
    }
    return path;
  }

  const config::AppSettings& app_;
  const config::OutboundSettings& outbound_;
  const config::EnvironmentLookup& lookup_;
  std::vector<Error> errors_;
};

}  // namespace

Result<ClientSettings> ClientSettings::Make(const config::AppSettings& app,
                                            const config::EnvironmentLookup& lookup) {
  return Maker(app, lookup).Make();
}

void ClientSettings::Encode(ByteWriter& out) const {
  ClientSettings copy = *this;
  out.Flag(words.none);
  out.Flag(trace);
  Visit(
      copy,
      [&out](const std::vector<std::string>& texts) {
        out.Each(texts, [&out](const std::string& text) { out.Text(text); });
      },
      [&out](const std::string& text) { out.Text(text); },
      [&out](const auto& number) { out.Number(number); });
  out.Text(authorities_text == nullptr ? std::string_view() : *authorities_text);
}

Result<ClientSettings> ClientSettings::Decode(ByteReader& in) {
  ClientSettings read;
  read.words.none = in.Flag();
  read.trace = in.Flag();
  Visit(
      read,
      [&in](std::vector<std::string>& texts) { in.Each([&] { texts.emplace_back(in.Text()); }); },
      [&in](std::string& text) { text = in.Text(); },
      [&in](auto& number) { number = in.Number<std::remove_reference_t<decltype(number)>>(); });
  const std::string_view authorities = in.Text();
  ClientSettings settings = TRY(FromWords(std::move(read.words)));
  settings.authorities_text = HeldOnce(settings.words.authorities_digest, authorities);
  settings.connections = read.connections;
  settings.trace = read.trace;
  settings.timeouts = read.timeouts;
  return settings;
}

http::Pool::Settings ClientSettings::ForPool() const {
  using Context = std::shared_ptr<net::TlsClientContext>;
  http::Pool::Settings pool;
  pool.connections = connections;
  pool.timeouts = timeouts;
  pool.policy = policy;
  pool.tls = [file = authorities, text = authorities_text,
              context = Context()]() mutable -> Result<Context> {
    if (!context) {
      context = TRY(text == nullptr ? net::TlsClientContext::Make("")
                                    : net::TlsClientContext::MakeOf(*text, file));
    }
    return context;
  };
  return pool;
}

}  // namespace nano::server
