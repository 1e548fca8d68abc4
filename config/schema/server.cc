// The keys of `server`.
#include "config/schema/server.h"

#include <algorithm>
#include <string>
#include <utility>

#include "config/schema/kinds.h"
#include "config/schema/kv.h"

namespace nano::config {
namespace {

using namespace std::chrono_literals;
using enum ReadBy;

// The engine, and a few isolates.
constexpr uint64_t kMinMemory = 64 * 1024 * 1024;

void ReadListen(Reader& reader, const Node& node, std::vector<Address>& listen) {
  listen.clear();
  const size_t before = reader.errors().size();
  reader.ListOrItem(node, [&](const Node& item) {
    std::string text;
    if (!reader.Text(item, &text)) return;
    Result<Address> address = ParseAddress(text);
    if (!address.ok()) return reader.Fail(item.place, address.error());
    const bool repeated = std::find(listen.begin(), listen.end(), *address) != listen.end();
    if (repeated && address->port != 0) {
      return reader.Fail(item.place, address->ToString() + " is listed twice");
    }
    listen.push_back(std::move(address).value());
  });
  // What is missing because it is wrong is no mistake of its own.
  if (listen.empty() && reader.errors().size() == before) {
    reader.Fail(node.place, "no address", "Leave the key out, or name one.");
  }
}

Value<ServerSettings> Addresses(std::vector<Address> ServerSettings::*member) {
  Value<ServerSettings> value = Whole(Type::kList, member, ReadListen);
  value.show = [member](const ServerSettings& server) {
    std::string text;
    for (const Address& address : server.*member) {
      text += (text.empty() ? "" : ", ") + address.ToString();
    }
    return text;
  };
  return value;
}

Value<ServerSettings> AccessLog() {
  Value<ServerSettings> value =
      Whole(Type::kMap, &ServerSettings::access_log, ReadAccessLog).Unset("`off`");
  value.show = [](const ServerSettings& server) { return ShowAccessLog(server.access_log); };
  return value;
}

Value<ServerSettings> Admin() {
  Value<ServerSettings> value = Whole(Type::kMap, &ServerSettings::admin, ReadAdmin);
  value.show = [](const ServerSettings& server) { return ShowAdmin(server.admin); };
  return std::move(value).Unset("`nano.sock` beside `dist/`");
}

Value<ServerSettings> State() {
  Value<ServerSettings> value = Whole(Type::kText, &ServerSettings::state, ReadPath);
  value.show = [](const ServerSettings& server) { return ShowPath(server.state); };
  return std::move(value).Unset("`.state` in `dist/`");
}

Value<ServerSettings> KvUrl() {
  Value<ServerSettings> value = Whole(Type::kText, &ServerSettings::kv, ReadKvUrl);
  value.show = [](const ServerSettings& server) { return server.kv.text; };
  return std::move(value).Unset("files in `storage`");
}

Value<ServerSettings> Storage() {
  Value<ServerSettings> value = Whole(Type::kText, &ServerSettings::storage, ReadPath);
  value.show = [](const ServerSettings& server) { return ShowPath(server.storage); };
  return std::move(value).Unset("`.storage` beside `dist/`");
}

}  // namespace

const Table<HttpSettings>& HttpKeys() {
  using Http = HttpSettings;
  static const Table<Http> keys = {
      {"header_bytes", Size(&Http::header_bytes, 256), kServe,
       "All header fields of a request, with its first line; beyond: 431."},
      {"header_count", Count(&Http::header_count, 1, 10'000), kServe,
       "The header fields of a request; beyond: 431."},
      {"target_bytes", Size(&Http::target_bytes, 16), kServe,
       "The path with its query; beyond: 414."},
      {"body_bytes", Size(&Http::body_bytes, 0), kServe,
       "The body of a request; beyond: 413. 0 is no bound."},
      {"idle_timeout", Duration(&Http::idle_timeout, 1ms), kServe,
       "Keep-alive: between two requests of a connection; then it is closed."},
      {"header_timeout", Duration(&Http::header_timeout, 1ms), kServe,
       "For a request's header to arrive, once it has begun; then: 408."},
      {"body_timeout", Duration(&Http::body_timeout, 1ms), kServe,
       "Between two parts of a request's body; then: 408."},
      {"write_timeout", Duration(&Http::write_timeout, 1ms), kServe,
       "For a client that does not read its response; then it is cut off."},
      {"min_receive_rate", Size(&Http::min_receive_rate, 0), kServe,
       "Bytes a second of a request's body that is waited for, on average over `body_timeout`; "
       "below: 408. 0 is no bound: a byte is enough."},
      {"min_send_rate", Size(&Http::min_send_rate, 0), kServe,
       "The same of a response that waits for its client, over `write_timeout`; below, it is cut "
       "off."},
      {"buffer_bytes", Size(&Http::buffer_bytes, 0), kServe,
       "What a worker keeps of bodies that clients do not take, or send, as fast as it could. Near "
       "it the slowest clients of the apps that hold the most are cut off, and large responses of "
       "those get 503. 0 is no bound."},
      {"connections", Count(&Http::connections, 1, 1'000'000), kServe,
       "In each worker; more wait until one is closed."},
  };
  return keys;
}

const Table<ServerSettings>& ServerKeys() {
  using Server = ServerSettings;
  static const Table<Server> keys = Joined<Server>({
      {
          {"listen", Addresses(&Server::listen), kServe,
           "The addresses to listen on: one, or a list."},
          {"workers", Count(&Server::workers, 1, 1024).Unset("one per core"), kServe,
           "Worker processes."},
          {"memory", Size(&Server::memory, kMinMemory).Unset("no bound"), kServe,
           "What one worker may keep in memory, the engine's own included; files that are mapped, "
           "as "
           "snapshots are, do not count. Beyond it, isolates that have nothing under way are given "
           "up, the least recently used first: see [Limits](limits.md#many-apps)."},
      },
      Under("limits", &Server::limits, HttpKeys()),
      {
          {"sandbox", Flag(&Server::sandbox), kServe,
           "Whether workers give up the privileges that they do not need: see "
           "[Running](running.md#the-sandbox)."},
          {"access_log", AccessLog(), kServe,
           "A line in the [log](running.md#the-access-log) for each request: `json`, `combined` or "
           "`off`, or a map of the keys below."},
          {"shutdown_timeout", Duration(&Server::shutdown_timeout, 0ms), kServe,
           "How long requests in flight may go on after SIGTERM or SIGINT."},
          {"admin", Admin(), kServe,
           "The [admin API](admin-api.md): where it listens, or a map of the keys below."},
          {"health", Addresses(&Server::health), kServe,
           "Addresses where `/health`, `/ready` and `/metrics` are answered to everybody who "
           "reaches them: one, or a list. They are where the admin API is as well."},
          {"state", State(), kServe,
           "A folder for what is changed through the admin API, which is kept there across "
           "restarts; relative to the file."},
          {"storage", Storage(), kServe,
           "A folder for what apps keep ([KV](kv.md), [caches](cache.md)); relative to the file. "
           "It is made, for the "
           "server's user alone, when an app has a use for it."},
          {"kv", KvUrl(), kServe,
           "Where namespaces of [KV](kv.md) are that say no `url` of their own: a URL, as those "
           "have it."},
      },
      Under("cache", &Server::cache, CacheKeys()),
      Under("clients", &Server::clients, ClientKeys()),
      {
          {"boot_timeout", Duration(&Server::boot_timeout, 1ms), kServe,
           "For a new version of an app to boot; then the old one stays."},
          {"health_timeout", Duration(&Server::health_timeout, 1ms), kServe,
           "For a new version to answer on its `health` path; then the old one stays."},
          {"drain_timeout", Duration(&Server::drain_timeout, 0ms), kServe,
           "How long what an old version has under way may go on when a new one has taken its "
           "place: requests, streams and `waitUntil`. Also what an old server has, after an "
           "upgrade (SIGUSR2), and a worker that is busy with one app when another changes: that "
           "at least as long as `limits.cpu` of its apps lets one turn take."},
          {"upgrade_timeout", Duration(&Server::upgrade_timeout, 1ms), kServe,
           "For the server of a new program to be able to serve (SIGUSR2); then the old one goes "
           "on."},
      },
  });
  return keys;
}

}  // namespace nano::config
