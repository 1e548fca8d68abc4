// Expands URLs, and gives each a text that stands for it. See kv_bindings.h.
#include "server/release/kv_bindings.h"

#include <sys/random.h>

#include <array>
#include <string>
#include <utility>

#include "snapshot/digest.h"
#include "storage/redis/connection.h"

namespace nano::server {
namespace {

// Equal for equal URLs of one server, and of no use for finding out a password: the salt is in this
// process alone.
std::string TagOf(const std::string& url) {
  static const std::string salt = [] {
    std::string bytes(32, '\0');
    NANO_CHECK(getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    return bytes;
  }();
  return snapshot::Hex(snapshot::Sha256Of(salt + url)).substr(0, 16);
}

}  // namespace

Result<std::vector<KvBinding>> KvBindingsOf(const config::AppSettings& settings,
                                            const config::ServerSettings& server,
                                            const config::EnvironmentLookup& lookup) {
  std::vector<KvBinding> bindings;
  for (const config::KvSettings& said : settings.kv) {
    KvBinding binding{.name = said.name, .space = said.space};
    const config::PlacedText& url = said.url.text.empty() ? server.kv : said.url;
    if (!url.text.empty()) {
      const auto fail = [&](const Error& error) {
        return config::ErrorAt(
            url.place, "app '" + settings.name + "', kv." + said.name + ": " + error.message,
            error.hint);
      };
      Result<std::string> expanded = config::ExpandEnvironment(url.text, lookup);
      if (!expanded.ok()) return fail(expanded.error());
      if (const Result<void> checked = config::CheckKvUrl(*expanded); !checked.ok()) {
        return fail(checked.error());
      }
      if (const auto address = redis::Address::Parse(*expanded); !address.ok()) {
        return fail(address.error());
      }
      binding.url = std::move(expanded).value();
      binding.url_tag = TagOf(binding.url);
    }
    bindings.push_back(std::move(binding));
  }
  return bindings;
}

}  // namespace nano::server
