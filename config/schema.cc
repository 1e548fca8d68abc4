// The keys of nano.yaml and what each of them may hold.
#include "config/schema.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "config/environment.h"
#include "config/host_pattern.h"
#include "config/reader.h"
#include "config/yaml.h"

namespace nano::config {
namespace {

using namespace std::chrono_literals;

constexpr uint32_t kMaxWorkers = 1024;
constexpr uint32_t kMaxHeaders = 10'000;
constexpr uint32_t kMaxConnections = 1'000'000;
constexpr size_t kMaxName = 63;
// An isolate with nothing but the Web APIs takes about 1 MB.
constexpr uint64_t kMinMemory = 4 * 1024 * 1024;

// RFC 9110, section 5.6.2.
bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool HasKey(const Node& map, std::string_view key) {
  return std::any_of(map.entries.begin(), map.entries.end(),
                     [&](const Node::Entry& entry) { return entry.key == key; });
}

class Schema {
 public:
  explicit Schema(FileFields& file) : file_(file) {}

  std::vector<Error> TakeErrors() { return reader_.TakeErrors(); }

  void File(const Node& node) {
    AppFields& self = file_.self;
    std::optional<Place> apps_place;
    reader_.Map(node, {{"server", [&](const Node& value) { Server(value); }},
                       {"build", [&](const Node& value) { Build(value); }},
                       {"defaults", [&](const Node& value) { Defaults(value); }},
                       {"apps",
                        [&](const Node& value) {
                          apps_place = value.place;
                          Apps(value);
                        }},
                       {"name", [&](const Node& value) { Name(value, self); }},
                       {"entry", [&](const Node& value) { Entry(value, self); }},
                       {"hosts", [&](const Node& value) { Hosts(value, self); }},
                       {"default", [&](const Node& value) { Default(value, self); }},
                       {"env", [&](const Node& value) { Env(value, self); }},
                       {"limits", [&](const Node& value) { Limits(value, self); }},
                       {"warmup", [&](const Node& value) { Warmup(value, self); }}});
    if (apps_place.has_value() && self.first_other.has_value()) {
      reader_.Fail(*self.first_other, "keys of a single app beside `apps`",
                   "Move them into an entry of `apps`, or under `defaults`.");
    }
  }

 private:
  // Whether something that was read since there were `before` errors is wrong: then what is missing
  // is no mistake of its own.
  bool FailedSince(size_t before) const { return reader_.errors().size() > before; }

  void Server(const Node& node) {
    ServerSettings& server = file_.server;
    reader_.Map(
        node,
        {{"listen", [&](const Node& value) { Listen(value); }},
         {"workers",
          [&](const Node& value) { reader_.Integer(value, 1, kMaxWorkers, &server.workers); }},
         {"limits", [&](const Node& value) { ServerLimits(value); }},
         {"shutdown_timeout",
          [&](const Node& value) { reader_.Duration(value, 0ms, &server.shutdown_timeout); }}});
  }

  void Listen(const Node& node) {
    std::vector<Address>& listen = file_.server.listen;
    listen.clear();
    const size_t before = reader_.errors().size();
    reader_.ListOrItem(node, [&](const Node& item) {
      std::string text;
      if (!reader_.Text(item, &text)) return;
      Result<Address> address = ParseAddress(text);
      if (!address.ok()) return reader_.Fail(item.place, address.error());
      const bool repeated = std::find(listen.begin(), listen.end(), *address) != listen.end();
      if (repeated && address->port != 0) {
        return reader_.Fail(item.place, address->ToString() + " is listed twice");
      }
      listen.push_back(std::move(address).value());
    });
    if (listen.empty() && !FailedSince(before)) {
      reader_.Fail(node.place, "no address", "Leave the key out, or name one.");
    }
  }

  void ServerLimits(const Node& node) {
    HttpSettings& limits = file_.server.limits;
    const auto size = [this](uint64_t min, uint64_t* out) {
      return [this, min, out](const Node& value) { reader_.Size(value, min, out); };
    };
    const auto count = [this](uint32_t max, uint32_t* out) {
      return [this, max, out](const Node& value) { reader_.Integer(value, 1, max, out); };
    };
    const auto duration = [this](milliseconds* out) {
      return [this, out](const Node& value) { reader_.Duration(value, 1ms, out); };
    };
    reader_.Map(node, {{"header_bytes", size(256, &limits.header_bytes)},
                       {"header_count", count(kMaxHeaders, &limits.header_count)},
                       {"target_bytes", size(16, &limits.target_bytes)},
                       {"body_bytes", size(0, &limits.body_bytes)},
                       {"idle_timeout", duration(&limits.idle_timeout)},
                       {"header_timeout", duration(&limits.header_timeout)},
                       {"body_timeout", duration(&limits.body_timeout)},
                       {"write_timeout", duration(&limits.write_timeout)},
                       {"connections", count(kMaxConnections, &limits.connections)}});
  }

  void Build(const Node& node) {
    BuildSettings& build = file_.build;
    reader_.Map(node, {{"out",
                        [&](const Node& value) {
                          std::string out;
                          if (!reader_.String(value, &out)) return;
                          if (out.empty()) return reader_.Fail(value.place, "an empty path");
                          file_.out = std::move(out);
                        }},
                       {"timeout",
                        [&](const Node& value) { reader_.Duration(value, 1ms, &build.timeout); }}});
  }

  void Defaults(const Node& node) {
    AppFields& defaults = file_.defaults;
    reader_.Map(node, {{"env", [&](const Node& value) { Env(value, defaults); }},
                       {"limits", [&](const Node& value) { Limits(value, defaults); }},
                       {"warmup", [&](const Node& value) { Warmup(value, defaults); }}});
  }

  void Apps(const Node& node) {
    std::vector<AppFields>& apps = file_.apps.emplace();
    const size_t before = reader_.errors().size();
    reader_.List(node, "Begin each app with a dash: `- path: apps/shop`.", [&](const Node& item) {
      AppFields& app = apps.emplace_back();
      app.place = item.place;
      reader_.Map(item, {{"path", [&](const Node& value) { Path(value, app); }},
                         {"name", [&](const Node& value) { Name(value, app); }},
                         {"entry", [&](const Node& value) { Entry(value, app); }},
                         {"hosts", [&](const Node& value) { Hosts(value, app); }},
                         {"default", [&](const Node& value) { Default(value, app); }},
                         {"env", [&](const Node& value) { Env(value, app); }},
                         {"limits", [&](const Node& value) { Limits(value, app); }},
                         {"warmup", [&](const Node& value) { Warmup(value, app); }}});
      if (!app.path.has_value() && !HasKey(item, "path") &&
          (item.kind == Node::Kind::kMap || item.kind == Node::Kind::kNull)) {
        reader_.Fail(item.place, "no `path`", "Name the app's directory: `path: apps/shop`.");
      }
    });
    if (apps.empty() && !FailedSince(before)) {
      reader_.Fail(node.place, "no app", "List one, or leave the key out.");
    }
  }

  static void Touch(const Node& node, AppFields& app) {
    if (!app.first_other.has_value()) app.first_other = node.place;
  }

  void Path(const Node& node, AppFields& app) {
    std::string path;
    if (!reader_.String(node, &path)) return;
    if (path.empty()) return reader_.Fail(node.place, "an empty path", "Write '.' for this one.");
    app.path = std::move(path);
    app.path_place = node.place;
  }

  void Name(const Node& node, AppFields& app) {
    Touch(node, app);
    app.name_place = node.place;
    std::string name;
    if (!reader_.String(node, &name)) return;
    if (!IsAppName(name)) {
      return reader_.Fail(node.place, "'" + name + "' cannot be an app's name",
                          "Use up to 63 letters, digits, '.', '_' and '-'.");
    }
    app.name = std::move(name);
  }

  void Entry(const Node& node, AppFields& app) {
    Touch(node, app);
    std::string entry;
    if (!reader_.String(node, &entry)) return;
    if (entry.empty() || entry.front() == '/') {
      return reader_.Fail(node.place, "expected a file relative to the app's directory");
    }
    app.entry = std::move(entry);
    app.entry_place = node.place;
  }

  void Hosts(const Node& node, AppFields& app) {
    Touch(node, app);
    std::vector<std::string>& hosts = app.hosts.emplace();
    reader_.ListOrItem(node, [&](const Node& item) {
      std::string text;
      if (!reader_.String(item, &text)) return;
      Result<std::string> host = ParseHostPattern(text);
      if (!host.ok()) return reader_.Fail(item.place, host.error());
      if (std::find(hosts.begin(), hosts.end(), *host) != hosts.end()) {
        return reader_.Fail(item.place, "host '" + *host + "' is listed twice");
      }
      hosts.push_back(std::move(host).value());
      app.host_places.push_back(item.place);
    });
  }

  void Default(const Node& node, AppFields& app) {
    Touch(node, app);
    bool value = false;
    if (!reader_.Boolean(node, &value)) return;
    app.is_default = value;
    app.default_place = node.place;
  }

  void Env(const Node& node, AppFields& app) {
    Touch(node, app);
    reader_.AnyMap(node, [&](const Node::Entry& entry) {
      if (!IsEnvironmentName(entry.key)) {
        return reader_.Fail(entry.place, "not the name of a variable",
                            "Use letters, digits and '_', not beginning with a digit.");
      }
      EnvironmentVariable variable{entry.key, "", entry.value->place};
      if (!reader_.Text(*entry.value, &variable.value)) return;
      if (Result<void> checked = CheckTemplate(variable.value); !checked.ok()) {
        return reader_.Fail(entry.value->place, checked.error());
      }
      app.env.push_back(std::move(variable));
    });
  }

  void Limits(const Node& node, AppFields& app) {
    Touch(node, app);
    reader_.Map(node, {{"memory", [&](const Node& value) {
                          uint64_t memory = 0;
                          if (reader_.Size(value, kMinMemory, &memory)) app.memory = memory;
                        }}});
  }

  void Warmup(const Node& node, AppFields& app) {
    Touch(node, app);
    std::vector<WarmupRequest>& warmup = app.warmup.emplace();
    reader_.List(node, "Write it as [\"/\", \"/users/1\"].", [&](const Node& item) {
      WarmupRequest request;
      request.place = item.place;
      if (item.kind == Node::Kind::kMap) {
        Request(item, request);
      } else {
        Target(item, request);
      }
      warmup.push_back(std::move(request));
    });
  }

  void Target(const Node& node, WarmupRequest& request) {
    if (!reader_.String(node, &request.path)) return;
    const std::string& path = request.path;
    const bool printable = std::all_of(path.begin(), path.end(),
                                       [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
    if (!path.starts_with('/') || !printable) {
      reader_.Fail(node.place, "'" + path + "' is not the path of a request",
                   "It starts with '/'; encode spaces and characters beyond ASCII: /caf%C3%A9.");
    }
  }

  void Request(const Node& node, WarmupRequest& request) {
    std::optional<Place> body_place;
    reader_.Map(node, {{"path", [&](const Node& value) { Target(value, request); }},
                       {"method", [&](const Node& value) { Method(value, request); }},
                       {"headers", [&](const Node& value) { Headers(value, request); }},
                       {"body", [&](const Node& value) {
                          body_place = value.place;
                          reader_.Text(value, &request.body);
                        }}});
    if (!HasKey(node, "path")) reader_.Fail(node.place, "no `path`", "Write `path: /`.");
    if (body_place.has_value() && (request.method == "GET" || request.method == "HEAD")) {
      reader_.Fail(*body_place, "a " + request.method + " request has no body",
                   "Set `method`, as in `method: POST`.");
    }
  }

  void Method(const Node& node, WarmupRequest& request) {
    if (!reader_.String(node, &request.method)) return;
    // Fetch, section 2.2.1: no Request can have the methods that are excluded.
    const std::string& method = request.method;
    if (!IsToken(method) || method == "CONNECT" || method == "TRACE" || method == "TRACK") {
      reader_.Fail(node.place, "'" + method + "' is not a method", "Use GET, POST, PUT and so on.");
    }
  }

  void Headers(const Node& node, WarmupRequest& request) {
    reader_.AnyMap(node, [&](const Node::Entry& entry) {
      std::string value;
      if (!reader_.Text(*entry.value, &value)) return;
      if (!IsToken(entry.key)) return reader_.Fail(entry.place, "not the name of a header");
      if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
        return reader_.Fail(entry.value->place, "a line break or zero byte in a header");
      }
      request.headers.emplace_back(entry.key, std::move(value));
    });
  }

  FileFields& file_;
  Reader reader_;
};

}  // namespace

bool IsAppName(std::string_view name) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= kMaxName && alphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

FileFields ReadFileFields(const std::shared_ptr<const Source>& source, std::vector<Error>& errors) {
  FileFields file;
  file.source = source;
  file.self.place = Place{source, 0, 0};
  Result<std::shared_ptr<const Node>> root = ParseYaml(source);
  if (!root.ok()) {
    errors.push_back(std::move(root).error());
    return file;
  }
  Schema schema(file);
  schema.File(**root);
  for (Error& error : schema.TakeErrors()) errors.push_back(std::move(error));
  return file;
}

Result<FileFields> ParseFile(const std::shared_ptr<const Source>& source) {
  std::vector<Error> errors;
  FileFields file = ReadFileFields(source, errors);
  if (!errors.empty()) return Together(std::move(errors));
  return file;
}

}  // namespace nano::config
