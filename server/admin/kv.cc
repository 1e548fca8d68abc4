// Namespaces of KV: what is in them, and changes of many entries at once.
#include <cmath>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/json_fields.h"
#include "base/utf8.h"
#include "server/admin/members.h"
#include "server/admin/resources.h"
#include "storage/kv/messages.h"

namespace nano::server::admin {
namespace {

// Whether base64 is shorter than a text of JSON, in which control characters take up to six bytes:
// whatever a value is, what is read of it can be sent back (kMostJson in routes.cc).
bool IsShorterInBase64(std::string_view bytes) {
  size_t escaped = 0;
  for (const char c : bytes) {
    if (c == '"' || c == '\\' || c == '\n' || c == '\t' || c == '\r')
      escaped += 1;
    else if (static_cast<unsigned char>(c) < 0x20)
      escaped += 5;
  }
  return escaped > bytes.size() / 3 + 4;
}

// A text, or else base64.
void SetBytes(Json& json, std::string_view name, std::string_view bytes) {
  if (IsUtf8(bytes) && !IsShorterInBase64(bytes)) {
    json.Set(name, bytes);
    return;
  }
  std::string encoded;
  AppendBase64(encoded, bytes);
  json.Set(name, std::move(encoded)).Set("base64", true);
}

Json EntryJson(const kv::Entry& entry, bool has_value) {
  Json json;
  json.Set("key", std::string_view(entry.key));
  if (has_value) {
    json.Set("found", entry.found);
    if (entry.found) SetBytes(json, "value", entry.value);
  }
  if (entry.expiration != 0) json.Set("expiration", entry.expiration);
  if (entry.metadata) {
    Result<Json> metadata = Json::Parse(*entry.metadata);
    json.Set("metadata", metadata.ok() ? std::move(metadata).value() : Json(*entry.metadata));
  }
  return json;
}

// What the store has said, if it is no answer to pass on: a problem.
std::optional<Reply> ProblemOf(const Result<std::string_view>& told, Result<kv::Answer>& answer) {
  if (!told.ok()) return Problem(Wrong::kFailed, told.error().message);
  answer = kv::DecodeAnswer(*told);
  if (!answer.ok()) return Problem(Wrong::kFailed, answer.error().message);
  if (answer->outcome == kv::Outcome::kDone) return std::nullopt;
  const Wrong wrong = answer->outcome == kv::Outcome::kRefused ? Wrong::kInvalid : Wrong::kFailed;
  return Problem(wrong, answer->text);
}

Result<kv::Answer> NoAnswer() { return Error{}; }

void Read(const kv::Request& request, Deployments& deployments, Respond respond) {
  const bool has_values = request.operation != kv::Operation::kList;
  deployments.AskStore(
      StoreService::kKv, kv::Encode(request),
      [has_values, respond = std::move(respond)](const auto& told) {
        Result<kv::Answer> answer = NoAnswer();
        if (auto problem = ProblemOf(told, answer)) return respond(*problem);
        Json::Array entries;
        for (const kv::Entry& entry : answer->entries) {
          entries.push_back(EntryJson(entry, has_values));
        }
        respond(JsonReply(
            200, Json().Set("complete", answer->complete).Set("entries", std::move(entries))));
      });
}

// Writes that go together, and are answered when the last of them is done.
struct Writing {
  size_t left = 0;
  size_t written = 0;
  std::optional<Reply> problem;
  Respond respond;

  void Done(const Result<std::string_view>& told) {
    Result<kv::Answer> answer = NoAnswer();
    if (auto wrong = ProblemOf(told, answer)) {
      if (!problem) problem = std::move(wrong);
    } else {
      ++written;
    }
    if (--left > 0) return;
    respond(problem ? *problem : JsonReply(200, Json().Set("written", uint64_t{written})));
  }
};

void WriteAll(const std::vector<std::string>& messages, Deployments& deployments, Respond respond) {
  auto writing = std::make_shared<Writing>();
  writing->left = messages.size();
  writing->respond = std::move(respond);
  if (messages.empty()) return writing->respond(JsonReply(200, Json().Set("written", 0)));
  for (const std::string& message : messages) {
    deployments.AskStore(StoreService::kKv, message,
                         [writing](const auto& told) { writing->Done(told); });
  }
}

// Of "put": an entry as `wrangler kv bulk put` has it. None, and answered, if it is wrong.
std::optional<std::string> PutOf(const std::string& space, const Json& item, size_t index,
                                 const Respond& respond) {
  const std::string at = "put[" + std::to_string(index) + "]";
  const auto refuse = [&](std::string_view what) -> std::optional<std::string> {
    RefuseMember(at, std::string(what), respond);
    return std::nullopt;
  };
  if (item.object() == nullptr) return refuse("an entry is an object with `key` and `value`");
  for (const Json::Member& member : *item.object()) {
    bool known = false;
    for (const char* name :
         {"key", "value", "base64", "expiration", "expiration_ttl", "metadata"}) {
      known = known || member.name == name;
    }
    if (!known) return refuse("there is no such member as `" + member.name + "`");
  }
  const std::string* key = MemberOf(item, "key").text();
  const std::string* value = MemberOf(item, "value").text();
  if (key == nullptr || value == nullptr) return refuse("`key` and `value` have to be texts");
  kv::Request request{.operation = kv::Operation::kPut, .name = space, .keys = {*key}};
  std::string bytes;
  if (FlagOf(item, "base64")) {
    bytes = FromBase64(*value);
    request.value = bytes;
  } else {
    request.value = *value;
  }
  for (const auto& [name, seconds] :
       {std::pair("expiration", &request.expiration), std::pair("expiration_ttl", &request.ttl)}) {
    const Json& said = MemberOf(item, name);
    if (said.is_null()) continue;
    const std::optional<int64_t> number = said.integer();
    if (!number || *number < 1) return refuse(std::string("`") + name + "` has to be seconds");
    *seconds = *number;
  }
  std::string metadata;
  if (const Json* said = item.Find("metadata"); said != nullptr && !said->is_null()) {
    metadata = said->ToString();
    request.metadata = metadata;
  }
  if (request.value.size() > kv::kMaxValueBytes) return refuse("the value is too long");
  return kv::Encode(request);
}

void Put(const std::string& space, const Json& items, Deployments& deployments, Respond respond) {
  if (items.array() == nullptr) return RefuseMember("put", "it has to be a list", respond);
  std::vector<std::string> messages;
  for (const Json& item : *items.array()) {
    std::optional<std::string> message = PutOf(space, item, messages.size(), respond);
    if (!message) return;
    messages.push_back(*std::move(message));
  }
  WriteAll(messages, deployments, std::move(respond));
}

// The keys of "get" or "delete"; none, and answered, if they are no texts.
std::optional<std::vector<std::string>> KeysOf(const Json& body, std::string_view name,
                                               const Respond& respond) {
  const Json& list = MemberOf(body, name);
  std::vector<std::string> keys = TextsOf(body, name);
  if (list.array() != nullptr && keys.size() == list.array()->size() && !keys.empty()) return keys;
  RefuseMember(name, "it has to be a list of keys", respond);
  return std::nullopt;
}

void List(const std::string& space, const Json& options, Deployments& deployments,
          Respond respond) {
  if (options.object() == nullptr) return RefuseMember("list", "it has to be an object", respond);
  const std::string prefix = TextOf(options, "prefix");
  const std::string after = TextOf(options, "after");
  kv::Request request{
      .operation = kv::Operation::kList, .name = space, .prefix = prefix, .after = after};
  if (const Json* limit = options.Find("limit"); limit != nullptr) {
    const std::optional<int64_t> number = limit->integer();
    if (!number || *number < 1 || *number > int64_t{kv::kMaxListed}) {
      return RefuseMember("list.limit", "it has to be a whole number, 1 to 1000", respond);
    }
    request.limit = static_cast<uint32_t>(*number);
  }
  Read(request, deployments, std::move(respond));
}

}  // namespace

void ShowKvNamespaces(const Request&, Input, Deployments& deployments, Respond respond) {
  deployments.AskStore(StoreService::kKv,
                       kv::Encode(kv::Request{.operation = kv::Operation::kNamespaces}),
                       [respond = std::move(respond)](const auto& told) {
                         Result<kv::Answer> answer = NoAnswer();
                         if (auto problem = ProblemOf(told, answer)) return respond(*problem);
                         std::vector<std::string> names;
                         for (const kv::Entry& entry : answer->entries)
                           names.emplace_back(entry.key);
                         respond(JsonReply(200, Json().Set("namespaces", names)));
                       });
}

void UseKvNamespace(const Request& request, Input input, Deployments& deployments,
                    Respond respond) {
  const std::string& space = request.parameter();
  const Json& body = input.json;
  if (!HasOnly(body, {"get", "list", "put", "delete"}, respond)) return;
  if (body.object()->size() != 1) {
    return RefuseMember("body", "it has to have one of `get`, `list`, `put` and `delete`", respond);
  }
  const std::string& what = body.object()->front().name;
  if (what == "put") return Put(space, MemberOf(body, what), deployments, std::move(respond));
  if (what == "list") return List(space, MemberOf(body, what), deployments, std::move(respond));
  const auto keys = KeysOf(body, what, respond);
  if (!keys) return;
  kv::Request wanted{.operation = kv::Operation::kGetMany, .name = space};
  wanted.keys.assign(keys->begin(), keys->end());
  if (what == "get") return Read(wanted, deployments, std::move(respond));
  wanted.operation = kv::Operation::kDelete;
  WriteAll({kv::Encode(wanted)}, deployments, std::move(respond));
}

}  // namespace nano::server::admin
