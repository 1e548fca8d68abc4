// URL ops: the URL Standard's parser, serialiser and setters, by the engine's ada.
//
// A URL object's state is its href and the offsets of its components, both on the JS side
// (runtime/web/url/url.ts); nothing native lives on after a call. Thread: the isolate's.
#include <v8.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/js/values.h"
#include "runtime/native/url/ada.h"
#include "runtime/native/url/serialised_url.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

bool IsAscii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

// A string argument in UTF-8. Short ASCII, which nearly all URLs are, is copied to the stack.
class Utf8Argument {
 public:
  Utf8Argument(v8::Isolate* isolate, v8::Local<v8::Value> value) {
    const auto string = value.As<v8::String>();
    const auto length = static_cast<uint32_t>(string->Length());
    if (length <= stack_.size() && string->IsOneByte()) {
      string->WriteOneByteV2(isolate, 0, length, reinterpret_cast<uint8_t*>(stack_.data()));
      view_ = {stack_.data(), length};
      if (IsAscii(view_)) return;
    }
    heap_.resize(string->Utf8LengthV2(isolate));
    string->WriteUtf8V2(isolate, heap_.data(), heap_.size(),
                        v8::String::WriteFlags::kReplaceInvalidUtf8);
    view_ = heap_;
  }
  Utf8Argument(const Utf8Argument&) = delete;
  Utf8Argument& operator=(const Utf8Argument&) = delete;

  std::string_view view() const { return view_; }

 private:
  std::array<char, 512> stack_;
  std::string heap_;
  std::string_view view_;
};

// Copies components into an Int32Array of eight; what is absent becomes -1.
void WriteComponents(const ada_url_components& components, v8::Local<v8::Value> array) {
  const std::string_view bytes = BytesOf(array);
  if (bytes.size() < sizeof(components)) return;
  std::memcpy(const_cast<char*>(bytes.data()), &components, sizeof(components));
}

void WriteComponents(const AdaUrl& url, v8::Local<v8::Value> array) {
  WriteComponents(*ada_get_components(url.get()), array);
}

// Returns the href: the input itself where it was in its serialised form already, as most are.
void ReturnHref(Arguments arguments, const AdaUrl& url, v8::Local<v8::Value> input,
                std::string_view input_utf8) {
  const std::string_view href = HrefOf(url);
  if (href == input_utf8) {
    arguments.GetReturnValue().Set(input);
    return;
  }
  // An href is ASCII. It can be three times as long as its input, so it may not fit in a string.
  v8::Local<v8::String> string;
  if (href.size() > static_cast<size_t>(v8::String::kMaxLength) ||
      !v8::String::NewFromOneByte(arguments.GetIsolate(),
                                  reinterpret_cast<const uint8_t*>(href.data()),
                                  v8::NewStringType::kNormal, static_cast<int>(href.size()))
           .ToLocal(&string)) {
    ThrowRangeError(arguments.GetIsolate(), "The URL is too long");
    return;
  }
  arguments.GetReturnValue().Set(string);
}

// urlParse(input, base | undefined, components): the href, or undefined if it is no URL.
void UrlParse(Arguments arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  const Utf8Argument input(isolate, arguments[0]);
  AdaUrl url;
  if (arguments[1]->IsString()) {
    url = ParseUrl(input.view(), Utf8Argument(isolate, arguments[1]).view());
  } else if (const auto components = ComponentsOfSerialised(input.view())) {
    WriteComponents(*components, arguments[2]);
    return arguments.GetReturnValue().Set(arguments[0]);
  } else {
    url = ParseUrl(input.view());
  }
  if (!ada_is_valid(url.get())) return;
  WriteComponents(url, arguments[2]);
  ReturnHref(arguments, url, arguments[0], input.view());
}

// urlCanParse(input, base | undefined)
void UrlCanParse(Arguments arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  const Utf8Argument input(isolate, arguments[0]);
  const std::string_view text = input.view();
  if (!arguments[1]->IsString()) {
    arguments.GetReturnValue().Set(ada_can_parse(text.data(), text.size()));
    return;
  }
  const Utf8Argument base(isolate, arguments[1]);
  arguments.GetReturnValue().Set(
      ada_can_parse_with_base(text.data(), text.size(), base.view().data(), base.view().size()));
}

// As runtime/web/host/ops.ts numbers them.
enum class UrlPart : uint32_t {
  kProtocol = 0,
  kUsername = 1,
  kPassword = 2,
  kHost = 3,
  kHostname = 4,
  kPort = 5,
  kPathname = 6,
  kSearch = 7,
  kHash = 8,
};

void Set(const AdaUrl& url, UrlPart part, std::string_view value) {
  void* const target = url.get();
  const char* const data = value.data();
  const size_t size = value.size();
  // A refused value leaves the URL as it was.
  switch (part) {
    case UrlPart::kProtocol:
      ada_set_protocol(target, data, size);
      break;
    case UrlPart::kUsername:
      ada_set_username(target, data, size);
      break;
    case UrlPart::kPassword:
      ada_set_password(target, data, size);
      break;
    case UrlPart::kHost:
      ada_set_host(target, data, size);
      break;
    case UrlPart::kHostname:
      ada_set_hostname(target, data, size);
      break;
    case UrlPart::kPort:
      ada_set_port(target, data, size);
      break;
    case UrlPart::kPathname:
      ada_set_pathname(target, data, size);
      break;
    case UrlPart::kSearch:
      ada_set_search(target, data, size);
      break;
    case UrlPart::kHash:
      ada_set_hash(target, data, size);
      break;
  }
}

// urlSet(href, part, value, components): the new href.
void UrlSet(Arguments arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  const Utf8Argument href(isolate, arguments[0]);
  const Utf8Argument value(isolate, arguments[2]);
  const AdaUrl url = ParseUrl(href.view());
  // An href that ada made parses again; should one not, its URL stays as it is.
  if (!ada_is_valid(url.get())) {
    arguments.GetReturnValue().Set(arguments[0]);
    return;
  }
  Set(url, static_cast<UrlPart>(arguments[1].As<v8::Uint32>()->Value()), value.view());
  WriteComponents(url, arguments[3]);
  ReturnHref(arguments, url, arguments[0], href.view());
}

constexpr Op kOps[] = {
    {"urlParse", UrlParse},
    {"urlCanParse", UrlCanParse},
    {"urlSet", UrlSet},
};

}  // namespace

std::span<const Op> UrlOps() { return kOps; }

}  // namespace nano::runtime
