// The keys below `bundle`.
#include "config/schema/bundle.h"

#include <utility>

#include "config/schema/kinds.h"

namespace nano::config {
namespace {

using enum ReadBy;
using Settings = BundleSettings;
using Pairs = Settings::Pairs;

Result<void> CheckPath(const std::string& path) {
  if (!path.empty() && path.front() != '/') return {};
  return Error{"expected a path relative to the app's directory", "", ""};
}

Result<void> CheckAny(const std::string& text) {
  if (!text.empty()) return {};
  return Error{"it is empty", "", "Leave the key out."};
}

void ReadPairs(Reader& reader, const Node& node, Pairs& pairs) {
  reader.AnyMap(node, [&](const Node::Entry& entry) {
    std::string text;
    if (reader.String(*entry.value, &text)) pairs.emplace_back(entry.key, std::move(text));
  });
}

void ReadRules(Reader& reader, const Node& node, Pairs& rules) {
  reader.AnyMap(node, [&](const Node::Entry& entry) {
    if (!entry.key.starts_with('.') || entry.key.find_first_of("*/=") != std::string::npos) {
      return reader.Fail(entry.place, "expected an extension, as in `.md: text`");
    }
    std::string type;
    if (!reader.String(*entry.value, &type)) return;
    if (type != kTextRule && type != kDataRule) {
      return reader.Fail(entry.value->place, "'" + type + "' is none of its values",
                         "It can be `text`, a string, or `data`, an ArrayBuffer.");
    }
    rules.emplace_back(entry.key, std::move(type));
  });
}

Value<Settings> Map(Pairs Settings::*member, void (*read)(Reader&, const Node&, Pairs&)) {
  return Whole(Type::kMap, member, read);
}

}  // namespace

const Table<BundleSettings>& BundleKeys() {
  static const Table<Settings> keys = {
      {"command", Text(&Settings::command, CheckAny), kBuild,
       "A command of the shell that runs before the app is bundled, each time: it may make the "
       "entry and the assets. The build fails if it does."},
      {"cwd", Text(&Settings::cwd, CheckPath).Unset("the app's directory"), kBuild,
       "Where that runs, relative to `path`."},
      {"define", Map(&Settings::define, ReadPairs), kBuild,
       "Expressions by the names in the sources that they replace: `VERSION: '\"1.2\"'`."},
      {"alias", Map(&Settings::alias, ReadPairs), kBuild,
       "Modules by the names that imports of others have for them: `old-package: ./src/new.ts`."},
      {"tsconfig", Text(&Settings::tsconfig, CheckPath).Unset("the next tsconfig.json upwards"),
       kBuild, "The tsconfig.json that holds for all sources, relative to `path`."},
      {"jsx_factory", Text(&Settings::jsx_factory, CheckAny).Unset("by the packages there are"),
       kBuild, "The function that JSX calls, as `h`."},
      {"jsx_fragment", Text(&Settings::jsx_fragment, CheckAny).Unset("by the packages there are"),
       kBuild, "What it calls for a fragment, as `Fragment`."},
      {"rules", Map(&Settings::rules, ReadRules), kBuild,
       "What an import of a file gives, by extensions: `text`, a string, or `data`, an "
       "ArrayBuffer."},
  };
  return keys;
}

}  // namespace nano::config
