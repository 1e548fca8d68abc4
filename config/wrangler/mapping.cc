// What is wrong with a value is told by the tables of nano.yaml's keys, which read what comes out:
// here only what cannot be said there.
#include "config/wrangler/mapping.h"

#include <algorithm>
#include <utility>

#include "config/schema/bundle.h"
#include "config/values/host_pattern.h"
#include "config/wrangler/environment.h"
#include "config/wrangler/fields.h"
#include "config/wrangler/globs.h"

namespace nano::config {
namespace {

using NodePtr = std::shared_ptr<const Node>;

std::shared_ptr<const Node> Text(std::string text, const Place& place, bool plain = false) {
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::kScalar;
  node->scalar = std::move(text);
  node->plain = plain;
  node->place = place;
  return node;
}

std::shared_ptr<Node> Map(const Place& place) {
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::kMap;
  node->place = place;
  return node;
}

bool IsText(const Node* node) {
  return node != nullptr && node->kind == Node::Kind::kScalar && !node->plain;
}

const Node* FindValue(const Node& map, std::string_view key) {
  const Node::Entry* entry = FindEntry(map, key);
  return entry == nullptr ? nullptr : entry->value.get();
}

bool IsEmptyList(const Node& node) { return node.kind == Node::Kind::kList && node.items.empty(); }

// A text that is none of nano.yaml's templates: "${" is "$${" there.
std::string Literal(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "${") == 0) out += '$';
    out += text[at];
  }
  return out;
}

}  // namespace

void WranglerMapping::Fail(const Place& place, std::string message, std::string hint) {
  errors_.push_back(ErrorAt(place, std::move(message), std::move(hint)));
}

void WranglerMapping::Remember(const Place& place, std::string text) {
  remarks_.push_back({place, std::move(text)});
}

void WranglerMapping::Put(std::string key, const Place& place, NodePtr value) {
  app_.entries.push_back({std::move(key), place, std::move(value)});
}

void WranglerMapping::PutIn(const std::string& map, std::string key, const Place& place,
                            NodePtr value) {
  auto found = maps_.find(map);
  if (found == maps_.end()) {
    found = maps_.emplace(map, Filled{Map(place), {}}).first;
    Put(map, place, found->second.node);
  }
  // Of what two fields name the first one counts.
  if (!found->second.keys.insert(key).second) return;
  found->second.node->entries.push_back({std::move(key), place, std::move(value)});
}

NodePtr WranglerMapping::Finish(const Place& place) {
  // As with Wrangler: elsewhere a .bin is a Uint8Array.
  if (rules_ == nullptr) rules_ = Map(place);
  if (FindEntry(*rules_, ".bin") == nullptr) {
    rules_->entries.push_back({".bin", place, Text(kDataRule, place)});
  }
  PutIn("bundle", "rules", rules_->place, rules_);
  if (!hosts_.empty()) {
    auto list = std::make_shared<Node>();
    list->kind = Node::Kind::kList;
    list->place = hosts_.front()->place;
    list->items = std::move(hosts_);
    Put("hosts", list->place, list);
  }
  app_.kind = Node::Kind::kMap;
  app_.place = place;
  return std::make_shared<const Node>(std::move(app_));
}

bool WranglerMapping::IsList(const Node::Entry& entry) {
  if (entry.value->kind == Node::Kind::kNull) return false;
  const auto is_map = [](const NodePtr& item) { return item->kind == Node::Kind::kMap; };
  const auto& items = entry.value->items;
  if (entry.value->kind == Node::Kind::kList && std::all_of(items.begin(), items.end(), is_map)) {
    return true;
  }
  Fail(entry.value->place, entry.key + ": expected a list of objects");
  return false;
}

bool WranglerMapping::IsTexts(const Node& node, const std::string& path) {
  const auto is_text = [](const NodePtr& item) { return IsText(item.get()); };
  if (node.kind == Node::Kind::kList &&
      std::all_of(node.items.begin(), node.items.end(), is_text)) {
    return true;
  }
  Fail(node.place, path + ": expected a list of texts");
  return false;
}

const Node* WranglerMapping::OptionalText(const Node& map, const std::string& section,
                                          const char* key) {
  const Node* value = FindValue(map, key);
  if (value == nullptr || value->kind == Node::Kind::kNull) return nullptr;
  if (IsText(value)) return value;
  Fail(value->place, section + "." + key + ": expected a text");
  return nullptr;
}

void WranglerMapping::Take(const Node::Entry& entry) {
  const std::string& key = entry.key;
  const Node& value = *entry.value;
  if (value.kind == Node::Kind::kNull || key == "$schema") return;
  if (key == "name") return Put("name", entry.place, entry.value);
  if (key == "main") return Put("entry", entry.place, entry.value);
  if (key == "vars") return TakeVars(entry);
  if (key == "secrets") return TakeSecrets(entry);
  if (key == "kv_namespaces") return TakeKv(entry);
  if (key == "services") return TakeServices(entry);
  if (key == "assets") return TakeAssets(entry);
  if (key == "route" || key == "routes") return TakeRoutes(value);
  if (key == "rules") return TakeRules(entry);
  if (key == "version_metadata") return TakeMetadata(entry);
  if (key == "compatibility_flags") return TakeFlags(entry);
  if (key == "triggers" || key == "limits" || key == "build") return TakeParts(entry, key);
  if (key == "define" || key == "alias" || key == "tsconfig" || key.starts_with("jsx_")) {
    const bool is_empty = value.kind == Node::Kind::kMap && value.entries.empty();
    if (!is_empty) PutIn("bundle", key, entry.place, entry.value);
  }
}

void WranglerMapping::TakeVars(const Node::Entry& entry) {
  if (entry.value->kind != Node::Kind::kMap) return Fail(entry.place, "vars: expected an object");
  for (const Node::Entry& variable : entry.value->entries) {
    if (IsText(variable.value.get())) {
      PutIn("env", variable.key, variable.place,
            Text(Literal(variable.value->scalar), variable.value->place));
    } else {
      auto json = Map(variable.value->place);
      json->entries.push_back({"json", variable.place, variable.value});
      PutIn("env", variable.key, variable.place, std::move(json));
    }
  }
}

// From the server's own environment, by the same names.
void WranglerMapping::TakeSecrets(const Node::Entry& entry) {
  if (entry.value->kind != Node::Kind::kMap) {
    return Fail(entry.place, "secrets: expected an object",
                "Write \"secrets\": { \"required\": [\"API_KEY\"] }.");
  }
  const Node* required = FindValue(*entry.value, "required");
  if (required == nullptr || required->kind == Node::Kind::kNull) return;
  if (!IsTexts(*required, "secrets.required")) return;
  for (const NodePtr& name : required->items) {
    PutIn("env", name->scalar, name->place, Text("${" + name->scalar + "}", name->place));
  }
}

void WranglerMapping::TakeKv(const Node::Entry& entry) {
  if (!IsList(entry)) return;
  for (const NodePtr& item : entry.value->items) {
    const Node* binding = FindValue(*item, "binding");
    const Node* id = OptionalText(*item, "kv_namespaces", "id");
    if (!IsText(binding)) {
      Fail(item->place, "kv_namespaces: no `binding`", "Name it: \"binding\": \"CACHE\".");
    } else {
      PutIn("kv", binding->scalar, binding->place,
            id != nullptr ? Text(id->scalar, id->place) : Text(binding->scalar, binding->place));
    }
  }
}

void WranglerMapping::TakeServices(const Node::Entry& entry) {
  if (!IsList(entry)) return;
  for (const NodePtr& item : entry.value->items) {
    const Node* binding = FindValue(*item, "binding");
    const Node* service = FindValue(*item, "service");
    if (!IsText(binding) || !IsText(service)) {
      Fail(item->place, "services: expected a `binding` and a `service`");
      continue;
    }
    auto target = Map(item->place);
    const Node* environment = OptionalText(*item, "services", "environment");
    target->entries.push_back(
        {"app", service->place,
         Text(service->scalar + (environment != nullptr ? "-" + environment->scalar : ""),
              service->place)});
    for (const char* part : {"entrypoint", "props"}) {
      const Node::Entry* said = FindEntry(*item, part);
      if (said != nullptr && said->value->kind != Node::Kind::kNull)
        target->entries.push_back(*said);
    }
    PutIn("services", binding->scalar, binding->place, std::move(target));
  }
}

void WranglerMapping::TakeAssets(const Node::Entry& entry) {
  if (entry.value->kind != Node::Kind::kMap) return Fail(entry.place, "assets: expected an object");
  if (FindEntry(*entry.value, "directory") == nullptr) {
    return Fail(entry.place, "assets: no `directory`",
                "A framework's build names it in .wrangler/deploy/config.json: run that first (npm "
                "run build). Or write it: \"directory\": \"./public\".");
  }
  auto assets = Map(entry.value->place);
  bool has_binding = false;
  for (const Node::Entry& part : entry.value->entries) {
    if (FindWranglerField("assets." + part.key) == nullptr) continue;
    has_binding = has_binding || part.key == "binding";
    assets->entries.push_back(part);
  }
  if (!has_binding) assets->entries.push_back({"binding", entry.place, Text("", entry.place)});
  Put("assets", entry.place, std::move(assets));
}

void WranglerMapping::TakeRoutes(const Node& node) {
  if (node.kind != Node::Kind::kList) return TakeRoute(node);
  for (const NodePtr& item : node.items) TakeRoute(*item);
}

void WranglerMapping::TakeRoute(const Node& node) {
  const Node* pattern = node.kind == Node::Kind::kMap ? FindValue(node, "pattern") : &node;
  if (!IsText(pattern))
    return Fail(node.place, "expected a route: a pattern, or an object with one");
  const Node* enabled = FindValue(node, "enabled");
  if (enabled != nullptr && enabled->plain && enabled->scalar == "false") return;
  std::string text = pattern->scalar;
  if (const size_t scheme = text.find("://"); scheme != std::string::npos)
    text.erase(0, scheme + 3);
  const size_t slash = text.find('/');
  const std::string path = slash == std::string::npos ? "" : text.substr(slash);
  std::string host = text.substr(0, slash);
  std::vector<std::string> hosts{host};
  // "*example.com" is the domain and all that is below it.
  if (host.starts_with('*') && !host.starts_with("*.") && host.size() > 1) {
    hosts = {host.substr(1), "*." + host.substr(1)};
  }
  for (const std::string& one : hosts) {
    Result<std::string> canonical = ParseHostPattern(one);
    if (!canonical.ok()) {
      return Remember(pattern->place,
                      "the route " + pattern->scalar + " is ignored: " + canonical.error().message);
    }
    const auto is_same = [&](const NodePtr& known) { return known->scalar == *canonical; };
    if (std::any_of(hosts_.begin(), hosts_.end(), is_same)) continue;
    hosts_.push_back(Text(*canonical, pattern->place));
  }
  if (path.empty() || path == "/" || path == "/*" || path == "*") return;
  Remember(pattern->place,
           "the path of the route " + pattern->scalar + " is ignored: an app has all of a host");
}

void WranglerMapping::TakeRules(const Node::Entry& entry) {
  if (!IsList(entry)) return;
  for (const NodePtr& rule : entry.value->items) TakeRule(*rule);
}

void WranglerMapping::TakeRule(const Node& rule) {
  const Node* type = FindValue(rule, "type");
  const Node* globs = FindValue(rule, "globs");
  if (!IsText(type) || globs == nullptr) {
    return Fail(rule.place, "rules: expected a `type` and `globs`");
  }
  const bool is_text = type->scalar == "Text";
  if (!is_text && type->scalar != "Data") {
    // Those are told apart, and bundled, by what they are.
    for (const char* bundled : {"ESModule", "CommonJS", "CompiledWasm"}) {
      if (type->scalar == bundled) return;
    }
    return Remember(type->place, "rules.type " + type->scalar +
                                     " is ignored: NANO runs JavaScript and WebAssembly");
  }
  if (!IsTexts(*globs, "rules.globs")) return;
  for (const NodePtr& glob : globs->items) {
    const std::vector<std::string> extensions = ExtensionsOf(glob->scalar);
    if (extensions.empty()) {
      Fail(glob->place, "rules: '" + glob->scalar + "' does not end in an extension",
           "NANO tells imported files by those: write **/*.md.");
    }
    for (const std::string& extension : extensions) {
      if (NamesMore(glob->scalar)) {
        Remember(glob->place,
                 "rules: " + glob->scalar + " holds for all files that end in " + extension);
      }
      if (rules_ == nullptr) rules_ = Map(glob->place);
      if (FindEntry(*rules_, extension) != nullptr) continue;  // The first rule counts.
      rules_->entries.push_back(
          {extension, glob->place, Text(is_text ? kTextRule : kDataRule, glob->place)});
    }
  }
}

void WranglerMapping::TakeParts(const Node::Entry& entry, std::string_view section) {
  if (entry.value->kind != Node::Kind::kMap) {
    return Fail(entry.place, std::string(section) + ": expected an object");
  }
  for (const Node::Entry& part : entry.value->entries) {
    if (part.value->kind == Node::Kind::kNull) continue;
    const std::string path = std::string(section) + "." + part.key;
    if (path == "limits.cpu_ms") {
      const bool is_number = part.value->plain && part.value->scalar.find_first_not_of(
                                                      "0123456789") == std::string::npos;
      if (!is_number) {
        Fail(part.value->place, path + ": expected a whole number of milliseconds");
        continue;
      }
      PutIn("limits", "cpu", part.place, Text(part.value->scalar + "ms", part.value->place, true));
    } else if (path == "limits.subrequests") {
      PutIn("limits", "subrequests", part.place, part.value);
    } else if (path == "build.command" || path == "build.cwd") {
      PutIn("bundle", part.key, part.place, part.value);
    } else if (path == "triggers.crons" && !IsEmptyList(*part.value)) {
      PutIn("triggers", "crons", part.place, part.value);
    }
  }
}

void WranglerMapping::TakeFlags(const Node::Entry& entry) {
  if (!IsTexts(*entry.value, entry.key)) return;
  for (const NodePtr& flag : entry.value->items) {
    const std::string_view* meaning = FindCompatibilityFlag(flag->scalar);
    if (meaning == nullptr) {
      Remember(flag->place,
               "the compatibility flag " + flag->scalar + " is ignored: NANO does not know it");
    } else if (!meaning->empty()) {
      Remember(flag->place, "the compatibility flag " + flag->scalar +
                                " changes nothing: " + std::string(*meaning));
    }
  }
}

// Of a version nothing is known while the app is built.
void WranglerMapping::TakeMetadata(const Node::Entry& entry) {
  const Node* binding = FindValue(*entry.value, "binding");
  if (!IsText(binding)) return Fail(entry.place, "version_metadata: no `binding`");
  auto texts = Map(entry.place);
  for (const char* name : {"id", "tag", "timestamp"}) {
    texts->entries.push_back({name, entry.place, Text("", entry.place)});
  }
  auto json = Map(entry.place);
  json->entries.push_back({"json", entry.place, std::move(texts)});
  PutIn("env", binding->scalar, binding->place, std::move(json));
}

}  // namespace nano::config
