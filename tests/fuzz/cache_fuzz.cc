// Fuzzes the cache's rules: whatever a response and a request say, what is kept is fresh and has no
// field that it must not have, and what is answered has bytes of the body alone.
//
// Messages to the store and from it are read from the same bytes: what is taken for one is one.
//
// An input is a byte for the status, header fields of the response as pairs of lines, and behind a
// zero those of the request.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/lines.h"
#include "http/cache_control.h"
#include "http/cache_rules.h"
#include "http/fields.h"
#include "runtime/entry.h"
#include "storage/cache/messages.h"
#include "tests/fuzz/driver.h"

namespace {

constexpr int64_t kNow = 1'700'000'000;
constexpr uint64_t kSize = 40;

// As the parser of messages gives them: no name is empty.
std::string Fields(std::string_view text) {
  std::string fields;
  while (!text.empty()) {
    const std::string_view name = nano::TakeLine(text);
    const std::string_view value = nano::TakeLine(text);
    if (!name.empty()) fields.append(name).append("\n").append(value).append("\n");
  }
  return fields;
}

bool IsWithin(std::string_view part, std::string_view whole) {
  return part.data() == nullptr ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void CheckControl(std::string_view text) {
  nano::http::CacheControl control;
  control.Add(text);
  NANO_CHECK(IsWithin(control.private_fields, text));
  NANO_CHECK(IsWithin(control.no_cache_fields, text));
  for (const auto& seconds : {control.max_age, control.s_maxage}) {
    NANO_CHECK(!seconds || (*seconds >= 0 && *seconds <= nano::http::kMostSeconds));
  }
}

void CheckMessages(std::string_view text) {
  if (const auto request = nano::cache::DecodeRequest(text); request.ok()) {
    NANO_CHECK(nano::cache::Encode(request.value()) == text);
  }
  if (const auto answer = nano::cache::DecodeAnswer(text); answer.ok()) {
    NANO_CHECK(nano::cache::Encode(answer.value()) == text);
  }
}

nano::fuzz::Material Material() {
  const std::string put = nano::cache::Encode({.operation = nano::cache::Operation::kPut,
                                               .key = "0:http://h/",
                                               .status = 200,
                                               .status_text = "OK",
                                               .fields = "a\nb\n",
                                               .born = kNow,
                                               .expires = kNow + 1,
                                               .bytes = "body"});
  const std::string figures = nano::cache::Encode(
      nano::cache::Answer{.size = 4, .bytes = "body", .figures = {{.app = "a", .hits = 1}}});
  const std::string none("\0", 1);
  return {
      .seeds = {"\1cache-control\nmax-age=60, private=\"set-cookie\"\nset-cookie\na=1\n" + none +
                    "range\nbytes=1-2\n",
                "\2expires\nSun, 06 Nov 2044 08:49:37 GMT\netag\n\"e\"\n" + none +
                    "if-none-match\nW/\"e\"\n",
                " " + put, " " + figures,
                "\3last-modified\nSun, 06 Nov 1994 08:49:37 GMT\nage\n5\n" + none +
                    "if-modified-since\nSun, 06 Nov 1994 08:49:37 GMT\n"},
      .tokens = {"cache-control\n",
                 "max-age=",
                 "s-maxage=",
                 "private=",
                 "no-cache=\"",
                 "no-store",
                 "public",
                 "must-revalidate",
                 "\"",
                 "\\",
                 ",",
                 "=",
                 ";",
                 "\n",
                 "age\n",
                 "date\n",
                 "expires\n",
                 "connection\n",
                 "set-cookie\n",
                 "99999999999999999999",
                 "-1",
                 "range\n",
                 "bytes=",
                 "-",
                 "if-range\n",
                 "*",
                 "W/"},
  };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  CheckControl(text);
  CheckMessages(text);
  const size_t zero = std::min(text.find('\0'), text.size());
  const std::string response = Fields(text.substr(0, zero));
  const std::string request = Fields(text.substr(std::min(zero + 1, text.size())));
  constexpr int kStatuses[] = {200, 301, 404, 500, 204};
  const int status = kStatuses[data[0] % std::size(kStatuses)];
  const auto storable = nano::http::JudgeResponse(status, response, (data[0] & 0x80) != 0, kNow);
  if (storable.refusal != nano::http::Storable::Refusal::kNone) return 0;
  NANO_CHECK(storable.expires > kNow);
  NANO_CHECK(storable.expires <= kNow + nano::http::kMostSeconds);
  NANO_CHECK(storable.born <= kNow);
  std::string_view kept = storable.fields;
  while (const auto field = nano::http::TakeField(kept)) {
    NANO_CHECK(field->name != "set-cookie" && field->name != "transfer-encoding");
  }
  NANO_CHECK(kept.empty());
  const auto answer = nano::http::AnswerFromCache(
      nano::http::CacheRequest::Of(request),
      {.status = status, .fields = storable.fields, .size = kSize, .born = storable.born}, kNow);
  NANO_CHECK(
      answer.status == status ||
      (status == 200 && (answer.status == 206 || answer.status == 304 || answer.status == 416)));
  NANO_CHECK(!answer.body || answer.body->first + answer.body->length <= kSize);
  std::string_view fields = answer.fields;
  while (nano::http::TakeField(fields)) {
  }
  NANO_CHECK(fields.empty());
  return 0;
}

int NanoMain(int argc, char** argv) { return nano::fuzz::Drive(argc, argv, Material()); }
