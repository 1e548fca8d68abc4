// The keys of `kv`.
#include "config/schema/kv.h"

#include <algorithm>
#include <utility>

#include "base/named.h"
#include "config/schema/app.h"
#include "config/schema/kinds.h"
#include "config/schema/read_keys.h"
#include "config/values/template.h"

namespace nano::config {
namespace {

using enum ReadBy;

// A namespace's name is a file's; an app's name has the same bounds.
Result<void> CheckSpace(const std::string& space) {
  if (IsAppName(space)) return {};
  return Error{"'" + space + "' cannot be a namespace's name", "",
               "Use up to 63 letters, digits, '.', '_' and '-'."};
}

}  // namespace

Result<void> CheckKvUrl(const std::string& url) {
  if (url.starts_with("redis://")) return {};
  if (url.starts_with("rediss://")) {
    return Error{"there is no TLS to a server for KV yet", "",
                 "Write redis://, and let the connection go through a tunnel, or a network that is "
                 "yours."};
  }
  // What it is may be a secret.
  return Error{"this is no URL of a server for KV", "",
               "Write redis://USER:PASSWORD@HOST:PORT/DATABASE, of which HOST is needed."};
}

void ReadKvUrl(Reader& reader, const Node& node, PlacedText& url) {
  if (!ReadTemplate(reader, node, url)) return;
  // What is from the environment is known when the app is served.
  if (url.text.starts_with("${")) return;
  if (const Result<void> checked = CheckKvUrl(url.text); !checked.ok()) {
    reader.Fail(node.place, checked.error());
  }
}

const Table<KvSettings>& KvKeys() {
  static const Table<KvSettings> keys = {
      {"namespace", Text(&KvSettings::space, CheckSpace).Unset("needed"), kBoth,
       "The namespace: apps that name the same one share its entries."},
      {"url", Whole(Type::kText, &KvSettings::url, ReadKvUrl).Unset("`server.kv`"), kServe,
       "A server of Redis or Valkey that keeps it, for several machines: "
       "`redis://USER:PASSWORD@HOST:PORT/DATABASE`; `${NAME}` is a variable of the server's own "
       "environment."},
  };
  return keys;
}

void ReadKv(Reader& reader, const Node& node, std::vector<KvSettings>& kv) {
  reader.AnyMap(node, [&](const Node::Entry& entry) {
    KvSettings binding{.name = entry.key, .space = "", .place = entry.value->place};
    if (!IsEnvironmentName(entry.key)) {
      return reader.Fail(entry.place, "not a name that a namespace can have in `env`",
                         "Use letters, digits and '_', not beginning with a digit.");
    }
    if (entry.value->kind == Node::Kind::kMap) {
      ReadKeys(reader, *entry.value, KvKeys(), binding, binding.stated);
      if (!binding.stated.Has("namespace")) {
        return reader.Fail(entry.value->place, "no `namespace`", "Name one.");
      }
      if (binding.space.empty()) return;  // It was wrong.
    } else {
      if (!reader.Text(*entry.value, &binding.space)) return;
      if (const Result<void> checked = CheckSpace(binding.space); !checked.ok()) {
        return reader.Fail(entry.value->place, checked.error());
      }
    }
    kv.push_back(std::move(binding));
  });
}

void TakeKv(const std::vector<KvSettings>& from, std::vector<KvSettings>& to) {
  for (const KvSettings& binding : from) {
    if (KvSettings* known = FindNamed(to, binding.name); known != nullptr) {
      *known = binding;
    } else {
      to.push_back(binding);
    }
  }
}

}  // namespace nano::config
