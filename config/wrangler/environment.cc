// Inheritance as Wrangler has it.
#include "config/wrangler/environment.h"

#include <string_view>
#include <utility>

#include "config/wrangler/fields.h"

namespace nano::config {
namespace {

using Reach = WranglerField::Reach;

// Of a field at the top of a level. Fields that nobody knows are inherited.
Reach ReachOf(std::string_view name) {
  for (const WranglerField& field : WranglerFields()) {
    if (field.path.substr(0, field.path.find('.')) == name) return field.reach;
  }
  return Reach::kInherited;
}

// `route` and `routes` are two ways to say the same.
bool Says(const Node& environment, std::string_view name) {
  if (name == "route" || name == "routes") {
    return FindEntry(environment, "route") != nullptr ||
           FindEntry(environment, "routes") != nullptr;
  }
  return FindEntry(environment, name) != nullptr;
}

std::string NamesOf(const Node& environments) {
  std::string names;
  for (const Node::Entry& entry : environments.entries) {
    names += (names.empty() ? "" : ", ") + entry.key;
  }
  return names;
}

// "shop" is "shop-staging", for an environment that has no name of its own.
Node::Entry NamedFor(const Node::Entry& name, const std::string& environment) {
  auto value = std::make_shared<Node>(*name.value);
  value->scalar += "-" + environment;
  return {name.key, name.place, std::move(value)};
}

// Whichever is chosen: a list, or a text, is a mistake in any case.
Result<void> CheckEnvironments(const Node& environments) {
  const auto is_map = [](const Node& node) {
    return node.kind == Node::Kind::kMap || node.kind == Node::Kind::kNull;
  };
  if (!is_map(environments)) {
    return ErrorAt(environments.place, "env: expected an object of environments by their names",
                   "Variables are `vars`; an environment has fields of its own: "
                   "\"env\": { \"staging\": { \"vars\": { … } } }.");
  }
  for (const Node::Entry& environment : environments.entries) {
    if (is_map(*environment.value)) continue;
    return ErrorAt(environment.value->place,
                   "env." + environment.key + ": expected an object with the environment's fields",
                   "Variables are `vars`, at the top or in an environment.");
  }
  return {};
}

}  // namespace

const Node::Entry* FindEntry(const Node& map, std::string_view key) {
  for (const Node::Entry& entry : map.entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Result<std::vector<Node::Entry>> FieldsOf(const Node& root, const std::string& environment,
                                          std::vector<Remark>& remarks) {
  const Node::Entry* environments = FindEntry(root, "env");
  if (environments != nullptr) TRY(CheckEnvironments(*environments->value));
  static const Node none;
  const Node* chosen = &none;
  if (!environment.empty()) {
    const bool has_any = environments != nullptr && !environments->value->entries.empty();
    const Node::Entry* found = has_any ? FindEntry(*environments->value, environment) : nullptr;
    if (has_any && found == nullptr) {
      return ErrorAt(environments->place, "there is no environment '" + environment + "'",
                     "It can be: " + NamesOf(*environments->value) + ".");
    }
    if (found != nullptr) chosen = found->value.get();
    if (!has_any) {
      remarks.push_back({root.place, "there are no environments: `--env " + environment +
                                         "` changes nothing but the app's name"});
    }
  }
  std::vector<Node::Entry> fields;
  for (const Node::Entry& entry : root.entries) {
    if (entry.key == "env") continue;
    const Reach reach = ReachOf(entry.key);
    if (chosen == &none || reach == Reach::kTop) {
      const bool is_name =
          entry.key == "name" && !environment.empty() && entry.value->kind == Node::Kind::kScalar;
      fields.push_back(is_name ? NamedFor(entry, environment) : entry);
    } else if (Says(*chosen, entry.key)) {
      continue;
    } else if (reach == Reach::kInherited) {
      const bool is_name = entry.key == "name" && entry.value->kind == Node::Kind::kScalar;
      fields.push_back(is_name ? NamedFor(entry, environment) : entry);
    } else {
      remarks.push_back({entry.place, entry.key + " is not inherited by env." + environment +
                                          ", which does not say it"});
    }
  }
  for (const Node::Entry& entry : chosen->entries) {
    if (ReachOf(entry.key) == Reach::kTop) {
      remarks.push_back(
          {entry.place,
           entry.key + " is ignored: an environment cannot have it, as with Wrangler"});
    } else {
      fields.push_back(entry);
    }
  }
  return fields;
}

}  // namespace nano::config
