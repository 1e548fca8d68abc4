// Prints addresses, URLs and curl lines. See startup_report.h for ownership and threads.
#include "server/supervisor/startup_report.h"

#include "base/terminal.h"
#include "base/version.h"

namespace nano::server {
namespace {

// How many apps a person wants to see listed.
constexpr size_t kMaxListed = 40;

// An address that a client on this machine can connect to.
config::Address Reachable(config::Address address) {
  if (address.host.empty() || address.host == "0.0.0.0") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

bool IsLoopback(const config::Address& address) {
  return address.host.starts_with("127.") || address.host == "::1";
}

// curl and browsers resolve these to the loopback addresses by themselves (RFC 6761, section 6.3).
bool IsLocalhostName(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

std::string PortSuffix(const config::Address& address) {
  return address.port == 80 ? "" : ":" + std::to_string(address.port);
}

// For a shell and for curl, both of which give brackets a meaning.
std::string Quoted(const std::string& url) {
  return url.find('[') == std::string::npos ? url : "-g '" + url + "'";
}

std::string Count(size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string_view FirstHost(const ServedApp& app) {
  return app.is_default || app.hosts.empty() ? std::string_view() : app.hosts.front();
}

void ReportText(Log& log, const StartupFacts& facts, const Release& release) {
  const bool color = UseColor(log.sink().fd());
  std::string out = Styled("nano", Style::kBold, color) + " " + std::string(Version()) +
                    " serves " + Count(release.apps().size(), "app") + " of " + facts.dist +
                    " with " + Count(facts.workers, "worker") + " on";
  for (const config::Address& address : facts.addresses) out += " " + UrlOf(address);
  out += "\n\n";
  Table table({"app", "url", "try it"});
  size_t listed = 0;
  for (const ServedApp& app : release.apps()) {
    if (listed++ == kMaxListed) break;
    const AppAccess access = AccessOf(facts.addresses.front(), FirstHost(app));
    std::string url = access.url;
    if (app.hosts.size() > 1) url += " (of " + Count(app.hosts.size(), "host") + ")";
    table.AddRow(
        {app.name(), url,
         app.version->refusal.empty() ? access.curl : Styled("not served", Style::kRed, color)});
  }
  out += table.ToString(color);
  if (listed > kMaxListed) {
    out += "and " + Count(release.apps().size() - kMaxListed, "more app") + "\n";
  }
  out += '\n';
  log.sink().Write(out);
}

void ReportEntries(Log& log, const StartupFacts& facts, const Release& release) {
  for (const config::Address& address : facts.addresses) {
    log.Info("listening", {{"address", address.ToString()},
                           {"url", UrlOf(address)},
                           {"workers", static_cast<int64_t>(facts.workers)},
                           {"apps", static_cast<int64_t>(release.apps().size())},
                           {"dist", facts.dist},
                           {"version", Version()}});
  }
  for (const ServedApp& app : release.apps()) {
    if (!app.version->refusal.empty()) continue;
    const AppAccess access = AccessOf(facts.addresses.front(), FirstHost(app));
    log.Write(LogLevel::kInfo, app.name(), "serving", {{"url", access.url}, {"try", access.curl}});
  }
}

}  // namespace

std::string UrlOf(const config::Address& address) {
  const config::Address reachable = Reachable(address);
  std::string text = "http://" + reachable.ToString();
  if (reachable.port == 80) text.resize(text.size() - 3);
  return text + "/";
}

AppAccess AccessOf(const config::Address& address, std::string_view host) {
  const config::Address reachable = Reachable(address);
  std::string name(host);
  if (name.starts_with("*.")) name.replace(0, 1, "any");
  const bool literal = name == reachable.host || name == "[" + reachable.host + "]";
  const std::string direct = UrlOf(reachable);
  if (name.empty() || literal) return {.url = direct, .curl = "curl " + Quoted(direct)};
  const std::string url = "http://" + name + PortSuffix(reachable) + "/";
  if (IsLocalhostName(name) && IsLoopback(reachable)) return {.url = url, .curl = "curl " + url};
  return {.url = url, .curl = "curl -H 'Host: " + name + "' " + Quoted(direct)};
}

void ReportStartup(Log& log, const StartupFacts& facts, const Release& release) {
  if (log.format() == LogFormat::kText) {
    ReportText(log, facts, release);
  } else {
    ReportEntries(log, facts, release);
  }
}

}  // namespace nano::server
