// `nano ctl kv`: looks into namespaces of KV, and loads them.
#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/base64.h"
#include "base/file.h"
#include "base/json_fields.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "cli/nano/ctl/arguments.h"
#include "cli/nano/ctl/commands.h"
#include "cli/nano/ctl/secret_input.h"
#include "cli/nano/ctl/words.h"

namespace nano::cli::ctl {
namespace {

constexpr char kFooter[] = R"(Examples:
  nano ctl kv namespaces                  which there are
  nano ctl kv list shop-cache --prefix u/ their keys
  nano ctl kv get shop-cache motd         a value, as it is
  nano ctl kv put shop-cache motd hello --ttl 3600
  nano ctl kv put shop-cache logo --file logo.png
  nano ctl kv delete shop-cache motd logo
  nano ctl kv load shop-cache bulk.json   entries as `wrangler kv bulk put` has them
  nano ctl kv dump shop-cache > bulk.json the same the other way)";

// The same as on the store's side.
constexpr size_t kMostValue = size_t{25} << 20;
// Of a file that is loaded.
constexpr size_t kMostFile = size_t{1} << 30;
// Values of one request of a load, about.
constexpr size_t kBatchBytes = size_t{1} << 20;
constexpr size_t kBatchEntries = 500;
// Seconds from now: what expires sooner than in a minute is refused, with all that is sent with it.
constexpr int64_t kLeastExpiration = 65;
// Keys whose values one request asks for: any may be as long as an answer can be.
constexpr size_t kGotAtOnce = 1;

std::string PathOf(const Options& options) {
  return "/admin/kv/" + PercentEncoded(options.kv_namespace);
}

std::optional<Answer> Ask(Api& api, const Options& options, const std::string& what, Json value) {
  const Json body = Json().Set(what, std::move(value));
  return api.Change("POST", PathOf(options), &body);
}

std::string ValueOf(const Json& entry) {
  const std::string text = TextOf(entry, "value");
  return FlagOf(entry, "base64") ? FromBase64(text) : text;
}

int Namespaces(Api& api, const Options& options) {
  const auto answer = api.Get("/admin/kv");
  if (!answer) return api.status();
  if (options.json) {
    std::printf("%s\n", answer->text.c_str());
    return kDone;
  }
  for (const std::string& name : TextsOf(answer->json, "namespaces")) {
    std::printf("%s\n", Printable(name).c_str());
  }
  return kDone;
}

// Calls with each page's entries, of as many as are wanted.
template <typename Use>
int EachPage(Api& api, const Options& options, Use use) {
  constexpr uint64_t kPage = 1000;
  std::string after;
  uint64_t left = options.kv_limit;
  for (;;) {
    Json list = Json::Object();
    list.Set("prefix", options.kv_prefix).Set("after", after);
    list.Set("limit", left == 0 || left > kPage ? kPage : left);
    const auto answer = Ask(api, options, "list", std::move(list));
    if (!answer) return api.status();
    const Json::Array& entries = ListOf(answer->json, "entries");
    if (const int status = use(entries); status != kDone) return status;
    if (FlagOf(answer->json, "complete") || entries.empty()) return kDone;
    if (left != 0 && (left -= entries.size()) == 0) return kDone;
    after = TextOf(entries.back(), "key");
  }
}

int List(Api& api, const Options& options) {
  return EachPage(api, options, [&](const Json::Array& entries) {
    for (const Json& entry : entries) {
      const std::string line = options.json ? entry.ToString() : Printable(TextOf(entry, "key"));
      std::printf("%s\n", line.c_str());
    }
    return static_cast<int>(kDone);
  });
}

int Get(Api& api, const Options& options) {
  const auto answer = Ask(api, options, "get", Json::Array{Json(options.kv_key)});
  if (!answer) return api.status();
  const Json::Array& entries = ListOf(answer->json, "entries");
  if (entries.size() != 1 || !FlagOf(entries.front(), "found")) {
    return api.Fail(
        {"there is no key '" + Printable(options.kv_key) + "' in it", options.kv_namespace, {}},
        kNotAsThought);
  }
  if (options.json) {
    std::printf("%s\n", entries.front().ToString().c_str());
  } else if (options.kv_metadata_only) {
    std::printf("%s\n", MemberOf(entries.front(), "metadata").ToString().c_str());
  } else if (std::fflush(stdout); !WriteAll(STDOUT_FILENO, ValueOf(entries.front()))) {
    return api.Fail({std::strerror(errno), "standard output", {}});
  }
  return kDone;
}

int Put(Api& api, const Options& options) {
  std::string value = options.kv_value;
  if (options.kv_file) {
    Result<std::string> read = *options.kv_file == "-" ? ReadInput("the value", kMostValue)
                                                       : ReadFile(*options.kv_file, kMostValue);
    if (!read.ok()) return api.Fail(read.error());
    value = std::move(read).value();
  }
  Json entry = Json().Set("key", options.kv_key);
  if (IsUtf8(value)) {
    entry.Set("value", std::move(value));
  } else {
    std::string encoded;
    AppendBase64(encoded, value);
    entry.Set("value", std::move(encoded)).Set("base64", true);
  }
  if (options.kv_ttl != 0) entry.Set("expiration_ttl", options.kv_ttl);
  if (options.kv_expiration != 0) entry.Set("expiration", options.kv_expiration);
  if (!options.kv_metadata.empty()) {
    Result<Json> metadata = Json::Parse(options.kv_metadata);
    if (!metadata.ok()) return api.Fail({metadata.error().message, "--metadata", "It is JSON."});
    entry.Set("metadata", std::move(metadata).value());
  }
  const auto answer = Ask(api, options, "put", Json::Array{std::move(entry)});
  return answer ? static_cast<int>(kDone) : api.status();
}

int Delete(Api& api, const Options& options) {
  Json::Array keys;
  for (const std::string& key : options.kv_keys) keys.emplace_back(key);
  return Ask(api, options, "delete", std::move(keys)) ? static_cast<int>(kDone) : api.status();
}

int Load(Api& api, const Options& options) {
  Result<std::string> text = *options.kv_file == "-" ? ReadInput("the entries", kMostFile)
                                                     : ReadFile(*options.kv_file, kMostFile);
  if (!text.ok()) return api.Fail(text.error());
  JsonRules rules = kFileJson;
  rules.file = *options.kv_file;
  Result<Json> json = Json::Parse(*text, rules);
  if (!json.ok()) return api.Fail(json.error());
  if (json->array() == nullptr) {
    return api.Fail(
        {"expected a list of entries", *options.kv_file, R"(Write [{"key": "a", "value": "1"}].)"});
  }
  uint64_t written = 0;
  uint64_t unsure = 0;
  uint64_t expiring = 0;
  Json::Array batch;
  size_t bytes = 0;
  const auto send = [&]() -> bool {
    if (batch.empty()) return true;
    const size_t count = batch.size();
    unsure = count;
    if (!Ask(api, options, "put", std::exchange(batch, {}))) return false;
    unsure = 0;
    written += count;
    bytes = 0;
    return true;
  };
  for (Json& entry : *json->array()) {
    if (const auto when = MemberOf(entry, "expiration").integer();
        when && *when < WallClockMs() / 1000 + kLeastExpiration) {
      ++expiring;
      continue;
    }
    bytes += TextOf(entry, "value").size();
    batch.push_back(std::move(entry));
    if (bytes < kBatchBytes && batch.size() < kBatchEntries) continue;
    if (!send()) break;
  }
  const bool all = unsure == 0 && send();
  std::fprintf(stderr, "Wrote %s.\n", Counted(written, "entry", "entries").c_str());
  if (!all) {
    std::fprintf(stderr, "Of the next %llu some may have been written, too: load the file again.\n",
                 static_cast<unsigned long long>(unsure));
  }
  if (expiring > 0) {
    std::fprintf(stderr, "Left out %s with an `expiration` that is less than 65 s away.\n",
                 Counted(expiring, "entry", "entries").c_str());
  }
  return all ? static_cast<int>(kDone) : api.status();
}

int Dump(Api& api, const Options& options) {
  bool is_first = true;
  std::printf("[");
  const int status = EachPage(api, options, [&](const Json::Array& entries) {
    for (size_t i = 0; i < entries.size(); i += kGotAtOnce) {
      Json::Array keys;
      for (size_t j = i; j < entries.size() && j < i + kGotAtOnce; ++j) {
        keys.emplace_back(TextOf(entries[j], "key"));
      }
      const auto answer = Ask(api, options, "get", std::move(keys));
      if (!answer) return api.status();
      for (Json entry : ListOf(answer->json, "entries")) {
        if (!FlagOf(entry, "found")) continue;  // It has just expired.
        entry.Take("found");
        std::printf("%s\n%s", is_first ? "" : ",", entry.ToString().c_str());
        is_first = false;
      }
    }
    return static_cast<int>(kDone);
  });
  std::printf("\n]\n");
  return status;
}

}  // namespace

void Arguments::DeclareKv(CLI::App& ctl) {
  using enum Options::Kv;
  CLI::App& kv =
      CommandLine::AddCommand(ctl, "kv", "Look into namespaces of KV, and load them", kFooter);
  const auto add = [&](Options::Kv what, const char* name, const char* description) -> CLI::App& {
    CLI::App& added = Add(kv, Command::kKv, name, description, "");
    added.callback([this, what] {
      options_.command = Command::kKv;
      options_.kv = what;
      written_ = true;
    });
    if (what != kNamespaces) {
      added.add_option("NAMESPACE", options_.kv_namespace, "Which namespace")
          ->type_name("")
          ->required();
    }
    return added;
  };
  add(kNamespaces, "namespaces", "Those that apps have, and those that have had entries");
  CLI::App& list = add(kList, "list", "The keys of a namespace, in their order");
  list.add_option("--prefix", options_.kv_prefix, "Those that begin so")->type_name("TEXT");
  list.add_option("--limit", options_.kv_limit, "So many of them (default: all)")->type_name("N");
  CLI::App& get = add(kGet, "get", "Print a value, as it is");
  get.add_option("KEY", options_.kv_key, "Whose")->type_name("")->required();
  get.add_flag("--metadata", options_.kv_metadata_only, "Print its metadata instead");
  CLI::App& put = add(kPut, "put", "Give a key a value");
  put.add_option("KEY", options_.kv_key, "Which key")->type_name("")->required();
  CLI::Option* value =
      put.add_option("VALUE", options_.kv_value, "The value, unless --file has it")->type_name("");
  put.add_option("--file", options_.kv_file, "A file with the value; - is standard input")
      ->type_name("FILE")
      ->excludes(value);
  CLI::Option* ttl =
      put.add_option("--ttl", options_.kv_ttl, "Seconds until it expires, 60 at least")
          ->type_name("N");
  put.add_option("--expiration", options_.kv_expiration, "When it expires, in seconds since 1970")
      ->type_name("N")
      ->excludes(ttl);
  put.add_option("--metadata", options_.kv_metadata, "JSON that goes with it")->type_name("JSON");
  CLI::App& remove = add(kDelete, "delete", "Take keys away");
  remove.add_option("KEY", options_.kv_keys, "Which keys, up to 100")->type_name("")->required();
  CLI::App& load =
      add(kLoad, "load", "Write the entries of a file, as `wrangler kv bulk put` has them");
  load.add_option("FILE", options_.kv_file, "JSON; - is standard input")->type_name("")->required();
  CLI::App& dump = add(kDump, "dump", "Print all entries, as `load` takes them");
  dump.add_option("--prefix", options_.kv_prefix, "Those that begin so")->type_name("TEXT");
}

int Kv(Api& api, const Options& options) {
  using enum Options::Kv;
  switch (options.kv) {
    case kNamespaces:
      return Namespaces(api, options);
    case kList:
      return List(api, options);
    case kGet:
      return Get(api, options);
    case kPut:
      return Put(api, options);
    case kDelete:
      return Delete(api, options);
    case kLoad:
      return Load(api, options);
    case kDump:
      break;
  }
  return Dump(api, options);
}

}  // namespace nano::cli::ctl
