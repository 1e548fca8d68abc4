// Looking up what an app's snapshot says that it exports.
#include "compiler/build/service_check.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "config/schema/outbound.h"
#include "runtime/identity.h"
#include "snapshot/container.h"

namespace nano::compiler {

void CheckServices(const std::vector<config::AppSettings>& apps, std::vector<AppResult>& results) {
  for (size_t i = 0; i < apps.size(); ++i) {
    for (const config::ServiceBinding& binding : apps[i].services) {
      if (binding.entrypoint.empty()) continue;
      const auto callee =
          std::find_if(results.begin(), results.end(),
                       [&](const AppResult& result) { return result.name == binding.app; });
      if (callee == results.end() || !callee->ok()) continue;
      const auto container =
          snapshot::Container::Open(callee->container, runtime::CurrentIdentity());
      // Who writes the dist reads it, too, and says what is wrong.
      if (!container.ok()) continue;
      if (auto lacks = config::LacksEntryPoint(binding, container->EntryPoints())) {
        results[i].warnings.push_back(*std::move(lacks));
      }
    }
  }
}

}  // namespace nano::compiler
