// Field by field, by the table.
#include "config/wrangler/settings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "config/schema/app.h"
#include "config/wrangler/environment.h"
#include "config/wrangler/fields.h"
#include "config/wrangler/mapping.h"
#include "config/yaml/suggest.h"

namespace nano::config {
namespace {

using Fate = WranglerField::Fate;

// Says nothing: what Wrangler writes for a field that is not used.
bool IsEmpty(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return true;
    case Node::Kind::kScalar:
      return false;
    case Node::Kind::kList:
      return std::all_of(node.items.begin(), node.items.end(),
                         [](const auto& item) { return IsEmpty(*item); });
    case Node::Kind::kMap:
      break;
  }
  return std::all_of(node.entries.begin(), node.entries.end(),
                     [](const Node::Entry& entry) { return IsEmpty(*entry.value); });
}

// Whether a field makes something that the app finds in `env`.
bool HasBindings(std::string_view field, const Node& node) {
  const char* part = field == "queues" ? "producers" : field == "unsafe" ? "bindings" : nullptr;
  if (part == nullptr) return true;
  const Node::Entry* entry = FindEntry(node, part);
  return entry != nullptr && !IsEmpty(*entry->value);
}

// The names that are said in there, for a message: "DB, CACHE".
void AddNames(const Node& node, std::string& names) {
  for (const auto& item : node.items) AddNames(*item, names);
  const Node::Entry* name = FindEntry(node, "binding");
  if (name == nullptr) name = FindEntry(node, "name");
  if (name != nullptr && name->value->kind == Node::Kind::kScalar) {
    names += (names.empty() ? "" : ", ") + name->value->scalar;
    return;
  }
  for (const Node::Entry& entry : node.entries) AddNames(*entry.value, names);
}

std::vector<std::string_view> KnownNames() {
  std::vector<std::string_view> names;
  for (const WranglerField& field : WranglerFields()) {
    names.push_back(field.path.substr(0, field.path.find('.')));
  }
  return names;
}

class Translator {
 public:
  explicit Translator(const WranglerOptions& options) : options_(options) {}

  WranglerSettings Translate(const Node& root) {
    if (root.kind != Node::Kind::kMap) {
      settings_.errors.push_back(ErrorAt(root.place, "expected an object with fields"));
      return Finish(root);
    }
    auto fields = FieldsOf(root, options_.environment, settings_.remarks);
    if (!fields.ok()) {
      settings_.errors.push_back(std::move(fields).error());
      return Finish(root);
    }
    for (const Node::Entry& entry : *fields) Take(entry);
    return Finish(root);
  }

 private:
  WranglerSettings Finish(const Node& root) {
    settings_.app = mapping_.Finish(root.place);
    return std::move(settings_);
  }

  void Remember(const Place& place, std::string text) {
    settings_.remarks.push_back({place, std::move(text)});
  }

  void Take(const Node::Entry& entry) {
    const WranglerField* field = FindWranglerField(entry.key);
    const bool has_parts = field == nullptr && IsSection(entry.key);
    if (field == nullptr && !has_parts) return Unknown(entry);
    if (has_parts || field->fate == Fate::kMapped) {
      if (has_parts) TellParts(entry.key, *entry.value);
      return mapping_.Take(entry);
    }
    if (IsEmpty(*entry.value)) return;
    if (field->fate == Fate::kRefused && HasBindings(entry.key, *entry.value)) {
      return Refuse(entry, *field);
    }
    Ignore(entry.place, entry.key,
           field->fate == Fate::kRefused ? "it binds nothing" : field->says);
  }

  bool IsSection(std::string_view name) const {
    const std::string prefix = std::string(name) + ".";
    const auto& fields = WranglerFields();
    return std::any_of(fields.begin(), fields.end(),
                       [&](const WranglerField& field) { return field.path.starts_with(prefix); });
  }

  // Of a section's own fields, those that are ignored or unknown.
  void TellParts(const std::string& section, const Node& node) {
    for (const auto& item : node.items) TellParts(section, *item);
    for (const Node::Entry& entry : node.entries) {
      const std::string path = section + "." + entry.key;
      const WranglerField* field = FindWranglerField(path);
      if (field == nullptr) {
        Remember(entry.place,
                 path + " is ignored: Wrangler has no such field, as far as NANO knows");
      } else if (field->fate == Fate::kIgnored) {
        Ignore(entry.place, path, field->says);
      }
    }
  }

  void Ignore(const Place& place, const std::string& path, std::string_view why) {
    if (options_.is_generated) return;
    Remember(place, path + " is ignored: " + std::string(why));
  }

  void Unknown(const Node::Entry& entry) {
    const std::string_view near = Nearest(entry.key, KnownNames());
    Remember(entry.place, entry.key +
                              " is ignored: Wrangler has no such field, as far as NANO knows" +
                              (near.empty() ? "" : "; did you mean " + std::string(near) + "?"));
  }

  void Refuse(const Node::Entry& entry, const WranglerField& field) {
    std::string names;
    AddNames(*entry.value, names);
    const std::string what = entry.key + (names.empty() ? "" : " (" + names + ")");
    if (options_.allows_missing) {
      return Remember(entry.place, what + " is missing from `env`: " + std::string(field.says));
    }
    std::string why(field.says);
    why.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(why.front())));
    settings_.errors.push_back(ErrorAt(entry.place, what + " is a binding that NANO does not have",
                                       why +
                                           ". Or build without it, by --allow-missing-bindings: " +
                                           "the app does not find it in `env` then."));
  }

  const WranglerOptions& options_;
  WranglerSettings settings_;
  WranglerMapping mapping_{settings_.remarks, settings_.errors};
};

}  // namespace

WranglerSettings SettingsOf(const Node& root, const WranglerOptions& options) {
  return Translator(options).Translate(root);
}

}  // namespace nano::config
