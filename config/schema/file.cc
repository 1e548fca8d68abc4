// The top level of nano.yaml: what stands where.
#include "config/schema/file.h"

#include <string_view>
#include <utility>

#include "config/schema/read_keys.h"
#include "config/yaml/reader.h"
#include "config/yaml/yaml.h"

namespace nano::config {
namespace {

void ReadApps(Reader& reader, const Node& node, std::vector<AppSettings>& apps) {
  const size_t before = reader.errors().size();
  reader.List(node, "Begin each app with a dash: `- path: apps/shop`.", [&](const Node& item) {
    AppSettings& app = apps.emplace_back();
    app.place = item.place;
    ReadKeys(reader, item, AppKeys(AppScope::kEntry), app, app.stated);
    if (!app.stated.Has("path") &&
        (item.kind == Node::Kind::kMap || item.kind == Node::Kind::kNull)) {
      reader.Fail(item.place, "no `path`", "Name the app's directory: `path: apps/shop`.");
    }
  });
  // What is missing because it is wrong is no mistake of its own.
  if (apps.empty() && reader.errors().size() == before) {
    reader.Fail(node.place, "no app", "List one, or leave the key out.");
  }
}

void ReadFile(Reader& reader, const Node& root, FileFields& file) {
  std::vector<std::string_view> names = {"server", "build", "defaults", "apps"};
  const Table<AppSettings>& own = AppKeys(AppScope::kFile);
  for (const std::string_view name : KeyNames(own)) names.push_back(name);
  Stated stated_server;
  AppSettings& defaults = file.defaults;
  reader.Map(root, names, [&](const Node::Entry& entry) {
    const std::string_view name = entry.key;
    const Node& value = *entry.value;
    if (name == "server") {
      ReadKeys(reader, value, ServerKeys(), file.server, stated_server);
    } else if (name == "build") {
      ReadKeys(reader, value, BuildKeys(), file.build, file.stated_build);
    } else if (name == "defaults") {
      ReadKeys(reader, value, AppKeys(AppScope::kDefaults), defaults, defaults.stated);
    } else if (name == "apps") {
      ReadApps(reader, value, file.apps.emplace());
    } else {
      ReadKey(reader, entry, own, file.self, file.self.stated);
    }
  });
  const Place* alone = file.self.stated.FirstBut("path");
  if (file.apps.has_value() && alone != nullptr) {
    reader.Fail(*alone, "keys of a single app beside `apps`",
                "Move them into an entry of `apps`, or under `defaults`.");
  }
}

}  // namespace

FileFields ReadFileFields(const std::shared_ptr<const Source>& source, std::vector<Error>& errors) {
  FileFields file;
  file.source = source;
  file.self.place = Place{source, 0, 0};
  Result<std::shared_ptr<const Node>> root = ParseYaml(source);
  if (!root.ok()) {
    errors.push_back(std::move(root).error());
    return file;
  }
  Reader reader;
  ReadFile(reader, **root, file);
  for (Error& error : reader.TakeErrors()) errors.push_back(std::move(error));
  return file;
}

Result<FileFields> ParseFile(const std::shared_ptr<const Source>& source) {
  std::vector<Error> errors;
  FileFields file = ReadFileFields(source, errors);
  if (!errors.empty()) return Together(std::move(errors));
  return file;
}

}  // namespace nano::config
