// Ops of KV, for the lazy group "kv": a request as a message to the store, and its answer as a
// value. Keys, values and options were checked by the group as far as they are the app's; the store
// looks at all of it again. Thread: the isolate's.
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/utf8.h"
#include "runtime/isolate/store_calls.h"
#include "runtime/js/bytes.h"
#include "runtime/js/strings.h"
#include "runtime/ops/append_text.h"
#include "runtime/ops/charged_text.h"
#include "runtime/ops/decode_utf8.h"
#include "runtime/ops/op.h"
#include "storage/kv/messages.h"

namespace nano::runtime {
namespace {

// How the answer is read: bits of StoreCalls' detail.
constexpr uint32_t kAsText = 1;
constexpr uint32_t kWithMetadata = 2;

void Throw(v8::Isolate* isolate, const std::string& message) {
  v8::Local<v8::String> text;
  if (!Utf8String(isolate, message).ToLocal(&text)) return;
  isolate->ThrowException(v8::Exception::Error(text));
}

// The answer, if it is one; else nothing, with an exception that says why not.
std::optional<kv::Answer> Read(v8::Isolate* isolate, std::string_view message, const char* what) {
  Result<kv::Answer> answer = kv::DecodeAnswer(message);
  const std::string failed = std::string("KV ") + what + " failed: ";
  if (!answer.ok()) {
    Throw(isolate, failed + "500 " + answer.error().message);
    return std::nullopt;
  }
  if (answer->outcome != kv::Outcome::kDone) {
    Throw(isolate, failed + std::string(answer->text));
    return std::nullopt;
  }
  return std::move(answer).value();
}

v8::MaybeLocal<v8::Value> BufferOf(v8::Isolate* isolate, std::string_view bytes) {
  v8::Local<v8::ArrayBuffer> buffer;
  if (!v8::ArrayBuffer::MaybeNew(isolate, bytes.size(),
                                 v8::BackingStoreInitializationMode::kUninitialized)
           .ToLocal(&buffer)) {
    ThrowRangeError(isolate, "There is not enough memory for the value.");
    return {};
  }
  if (!bytes.empty()) std::memcpy(buffer->Data(), bytes.data(), bytes.size());
  return buffer.As<v8::Value>();
}

v8::MaybeLocal<v8::Value> TextOf(v8::Isolate* isolate, std::string_view bytes) {
  v8::Local<v8::String> text;
  if (!DecodeUtf8(isolate, bytes, /*fatal=*/false).ToLocal(&text)) return {};
  return text.As<v8::Value>();
}

// Null for what is not there.
v8::MaybeLocal<v8::Value> ValueOf(v8::Isolate* isolate, const kv::Entry& entry, uint32_t detail) {
  if (!entry.found) return v8::Null(isolate).As<v8::Value>();
  return (detail & kAsText) != 0 ? TextOf(isolate, entry.value) : BufferOf(isolate, entry.value);
}

v8::MaybeLocal<v8::Value> MetadataOf(v8::Isolate* isolate, const kv::Entry& entry) {
  if (!entry.metadata) return v8::Null(isolate).As<v8::Value>();
  return TextOf(isolate, *entry.metadata);
}

// A value, or [value, metadata].
v8::MaybeLocal<v8::Value> ReadGot(v8::Isolate* isolate, std::string_view message, uint32_t detail) {
  const std::optional<kv::Answer> answer = Read(isolate, message, "GET");
  if (!answer) return {};
  if (answer->entries.size() != 1) {
    Throw(isolate, "KV GET failed: 500 the answer has no entry");
    return {};
  }
  const kv::Entry& entry = answer->entries.front();
  if ((detail & kWithMetadata) == 0) return ValueOf(isolate, entry, detail);
  v8::Local<v8::Value> pair[2];
  if (!ValueOf(isolate, entry, detail).ToLocal(&pair[0]) ||
      !MetadataOf(isolate, entry).ToLocal(&pair[1])) {
    return {};
  }
  return v8::Array::New(isolate, pair, 2).As<v8::Value>();
}

// Values and metadata in turn, in the order of the keys.
v8::MaybeLocal<v8::Value> ReadMany(v8::Isolate* isolate, std::string_view message,
                                   uint32_t detail) {
  const std::optional<kv::Answer> answer = Read(isolate, message, "GET_BULK");
  if (!answer) return {};
  std::vector<v8::Local<v8::Value>> values;
  for (const kv::Entry& entry : answer->entries) {
    if (!ValueOf(isolate, entry, detail).ToLocal(&values.emplace_back()) ||
        !MetadataOf(isolate, entry).ToLocal(&values.emplace_back())) {
      return {};
    }
  }
  return v8::Array::New(isolate, values.data(), values.size()).As<v8::Value>();
}

v8::MaybeLocal<v8::Value> ReadPut(v8::Isolate* isolate, std::string_view message, uint32_t) {
  if (!Read(isolate, message, "PUT")) return {};
  return v8::Undefined(isolate).As<v8::Value>();
}

v8::MaybeLocal<v8::Value> ReadDeleted(v8::Isolate* isolate, std::string_view message, uint32_t) {
  if (!Read(isolate, message, "DELETE")) return {};
  return v8::Undefined(isolate).As<v8::Value>();
}

// The cursor for what follows, "" if nothing does; then name, expiration and metadata of each.
v8::MaybeLocal<v8::Value> ReadListed(v8::Isolate* isolate, std::string_view message, uint32_t) {
  const std::optional<kv::Answer> answer = Read(isolate, message, "GET");
  if (!answer) return {};
  std::string cursor;
  if (!answer->complete && !answer->entries.empty()) {
    AppendBase64(cursor, answer->entries.back().key);
  }
  std::vector<v8::Local<v8::Value>> values;
  values.push_back(OneByteString(isolate, cursor));
  for (const kv::Entry& entry : answer->entries) {
    if (!TextOf(isolate, entry.key).ToLocal(&values.emplace_back())) return {};
    values.push_back(v8::Number::New(isolate, static_cast<double>(entry.expiration)));
    if (!MetadataOf(isolate, entry).ToLocal(&values.emplace_back())) return {};
  }
  return v8::Array::New(isolate, values.data(), values.size()).As<v8::Value>();
}

// Before it is a message, which has its bounds. Empty: nothing is wrong.
std::string WrongWithSizes(const kv::Request& request) {
  for (const std::string_view key : request.keys) {
    if (const std::string wrong = kv::WrongWithKey(key); !wrong.empty()) return "414 " + wrong;
  }
  if (const std::string wrong = kv::WrongWithPlace(request.prefix, request.after); !wrong.empty()) {
    return "414 " + wrong;
  }
  const std::string wrong =
      kv::WrongWithValue(request.value.size(), request.metadata.value_or("").size());
  return wrong.empty() ? wrong : "413 " + wrong;
}

// `what` is the operation in messages, as in Read.
void Start(Arguments info, const kv::Request& request, StoreCalls::ToValue to_value,
           const char* what, uint32_t detail) {
  v8::Isolate* isolate = info.GetIsolate();
  if (const std::string wrong = WrongWithSizes(request); !wrong.empty()) {
    return Throw(isolate, std::string("KV ") + what + " failed: " + wrong);
  }
  IsolateState& state = IsolateState::Of(isolate);
  if (state.stores == nullptr) state.stores = std::make_unique<StoreCalls>(isolate);
  v8::Local<v8::Promise> promise;
  if (state.stores
          ->Start(isolate->GetCurrentContext(), StoreKind::kKv, kv::Encode(request), to_value,
                  detail)
          .ToLocal(&promise)) {
    info.GetReturnValue().Set(promise);
  }
}

uint16_t BindingOf(Arguments info) {
  return static_cast<uint16_t>(info[0].As<v8::Uint32>()->Value());
}

std::string TextAt(Arguments info, int index) {
  std::string text;
  AppendUtf8(info.GetIsolate(), info[index].As<v8::String>(), text);
  return text;
}

// kvGet(binding, key, asText, withMetadata)
void KvGet(Arguments info) {
  const std::string key = TextAt(info, 1);
  const uint32_t detail =
      (info[2]->IsTrue() ? kAsText : 0) | (info[3]->IsTrue() ? kWithMetadata : 0);
  Start(info, {.operation = kv::Operation::kGet, .binding = BindingOf(info), .keys = {key}},
        ReadGot, "GET", detail);
}

// kvGetMany(binding, keys)
void KvGetMany(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto list = info[1].As<v8::Array>();
  std::vector<std::string> texts(list->Length());
  std::vector<std::string_view> keys;
  for (uint32_t i = 0; i < list->Length(); ++i) {
    v8::Local<v8::Value> key;
    if (!list->Get(isolate->GetCurrentContext(), i).ToLocal(&key) || !key->IsString()) return;
    AppendUtf8(isolate, key.As<v8::String>(), texts[i]);
    keys.push_back(texts[i]);
  }
  Start(info,
        {.operation = kv::Operation::kGetMany, .binding = BindingOf(info), .keys = std::move(keys)},
        ReadMany, "GET_BULK", kAsText);
}

// kvPut(binding, key, value, metadata, expiration, ttl)
void KvPut(Arguments info) {
  const IsolateState& state = IsolateState::Of(info.GetIsolate());
  const std::string key = TextAt(info, 1);
  const ChargedText charged(state, info[2]);
  if (!charged.fits()) return;
  std::string text;
  kv::Request request{.operation = kv::Operation::kPut, .binding = BindingOf(info), .keys = {key}};
  std::optional<SourceBytes> source;
  if (info[2]->IsString()) {
    AppendUtf8(info.GetIsolate(), info[2].As<v8::String>(), text);
    request.value = text;
  } else {
    request.value = source.emplace(info[2]).view();
  }
  std::string metadata;
  if (info[3]->IsString()) {
    metadata = TextAt(info, 3);
    request.metadata = metadata;
  }
  request.expiration = static_cast<int64_t>(info[4].As<v8::Number>()->Value());
  request.ttl = static_cast<int64_t>(info[5].As<v8::Number>()->Value());
  Start(info, request, ReadPut, "PUT", 0);
}

// kvDelete(binding, key)
void KvDelete(Arguments info) {
  const std::string key = TextAt(info, 1);
  Start(info, {.operation = kv::Operation::kDelete, .binding = BindingOf(info), .keys = {key}},
        ReadDeleted, "DELETE", 0);
}

// The key that a list goes on behind, if the cursor is what one with that prefix has given. Others
// would have the rest pass for complete.
std::optional<std::string> PlaceOf(const std::string& cursor, std::string_view prefix) {
  if (cursor.empty()) return std::string();
  std::string key = FromBase64(cursor);
  std::string again;
  AppendBase64(again, key);
  if (again != cursor || !key.starts_with(prefix) || !IsUtf8(key)) return std::nullopt;
  return key;
}

// kvList(binding, prefix, cursor, limit)
void KvList(Arguments info) {
  const std::string prefix = TextAt(info, 1);
  const std::optional<std::string> after = PlaceOf(TextAt(info, 2), prefix);
  if (!after) {
    return Throw(info.GetIsolate(),
                 "KV GET failed: 400 Invalid cursor. Please specify one that a list with the same "
                 "prefix has given.");
  }
  Start(info,
        {.operation = kv::Operation::kList,
         .binding = BindingOf(info),
         .prefix = prefix,
         .after = *after,
         .limit = info[3].As<v8::Uint32>()->Value()},
        ReadListed, "GET", 0);
}

constexpr Op kOps[] = {
    {"kvGet", KvGet},       {"kvGetMany", KvGetMany}, {"kvPut", KvPut},
    {"kvDelete", KvDelete}, {"kvList", KvList},
};

}  // namespace

std::span<const Op> KvOps() { return kOps; }

}  // namespace nano::runtime
