// What a worker and the store tell each other of an app's caches: a request and its answer, as
// bytes. What is asked again, since nobody knows whether it was done, does no harm.
//
// Texts are views of the message that they were read from, or of what is to be written. What comes
// in is not trusted: decoding fails on what encoding has not written. Thread-safe as any value
// type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nano::cache {

// A body of so many bytes is a part of the answer that has its head, and of the request that puts
// it; a longer one is read and written in parts of so many.
inline constexpr size_t kPart = size_t{64} << 10;

// Of a response's key, status text and fields together: more than any server takes of a head
// (http/limits.h), several times over.
inline constexpr size_t kMostHead = size_t{4} << 20;

enum class Operation : uint8_t {
  kMatch = 1,  // The response of a key: its head, and its body or a number to read it by.
  kRead,       // Bytes of the body of this number, from an offset on.
  kClose,      // Nobody reads or writes on.
  kPut,        // A whole response.
  kBegin,      // One whose body comes by a number …
  kWrite,      // … part for part, each by its offset …
  kFinish,     // … until it is whole.
  kDelete,     // A key's.
  // Of who operates the server:
  kPurge,    // All of an app, a key's, or of keys whose texts begin so.
  kFigures,  // What there is of each app …
  kCaches,   // … and of an app's caches, by their names.
};

struct Request {
  Operation operation = Operation::kMatch;
  std::string_view app{};  // Of who operates the server; who else asks is an app.
  std::string_view key{};  // Its text (entry_key.h).
  // Of kPurge: what texts begin with, if it is not empty. Of that and of kCaches: behind which
  // entry to go on, as the answer before has said.
  std::string_view prefix{}, after{};
  uint64_t number = 0;
  uint64_t offset = 0;
  // kPut and kBegin: the head …
  uint16_t status = 0;
  std::string_view status_text{};
  std::string_view fields{};
  int64_t born = 0;
  int64_t expires = 0;
  std::string_view bytes{};  // … and what of the body comes along. kWrite: a part.
};

enum class Outcome : uint8_t {
  kDone = 0,
  kNone,    // There is none; a number that is not known any more. Of kDelete: there was none.
  kFailed,  // It is not kept: too large, no room, no disk.
};

struct Figures {
  std::string_view app{};  // Or a cache's name.
  uint64_t entries = 0, bytes = 0, hits = 0, misses = 0, stored = 0, evicted = 0;
};

struct Answer {
  Outcome outcome = Outcome::kDone;
  uint64_t number = 0;  // Of a body that is read or written by one; 0: `bytes` is all of it.
  uint64_t size = 0;    // Of the body. kPurge: how many entries.
  uint16_t status = 0;
  std::string_view status_text{};
  std::string_view fields{};
  int64_t born = 0;
  int64_t expires = 0;
  std::string_view bytes{};
  std::vector<Figures> figures{};
  std::string_view after{};  // There is more, behind this entry: ask again with it.
};

std::string Encode(const Request& request);
Result<Request> DecodeRequest(std::string_view message);
std::string Encode(const Answer& answer);
Result<Answer> DecodeAnswer(std::string_view message);

}  // namespace nano::cache
