// Reads typed values from a tree of YAML nodes. Everything that is wrong is kept as an Error with
// its place and the path of keys to it ("server.limits.body_bytes"), in the order of reading; what
// follows is read on, so that callers need no checks in between.
//
// Owns the errors and the path. Not thread-safe; short-lived.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/yaml/units.h"
#include "config/yaml/yaml.h"

namespace nano::config {

class Reader {
 public:
  // A map with known keys, all optional, read in the file's order. An empty value is an empty map.
  void Map(const Node& node, const std::vector<std::string_view>& keys,
           const std::function<void(const Node::Entry&)>& read);
  // A map with any keys.
  void AnyMap(const Node& node, const std::function<void(const Node::Entry&)>& read);
  // A list, or a single item without the brackets.
  void ListOrItem(const Node& node, const std::function<void(const Node&)>& read);
  // `hint` shows how the list is written, to whoever wrote something else.
  void List(const Node& node, std::string_view hint, const std::function<void(const Node&)>& read);

  // These leave `out` as it is on errors and return whether there was none.
  bool String(const Node& node, std::string* out);  // A text; numbers and booleans need quotes.
  bool Text(const Node& node, std::string* out);    // Any scalar, as it is written.
  bool Boolean(const Node& node, bool* out);
  bool Count(const Node& node, const Bounds& bounds, uint64_t* out);
  bool Size(const Node& node, const Bounds& bounds, uint64_t* out);      // In bytes.
  bool Duration(const Node& node, const Bounds& bounds, uint64_t* out);  // In milliseconds.

  // Keeps an error about the node that is being read.
  void Fail(const Place& place, std::string message, std::string hint = "");
  void Fail(const Place& place, const Error& error) { Fail(place, error.message, error.hint); }

  const std::vector<Error>& errors() const { return errors_; }
  std::vector<Error> TakeErrors() { return std::move(errors_); }

 private:
  class Step;

  bool IsMap(const Node& node);
  bool IsScalar(const Node& node, const char* expected);
  bool Quantity(const Node& node, const Result<uint64_t>& parsed, const Bounds& bounds,
                std::string (*format)(uint64_t), uint64_t* out);

  std::vector<Error> errors_;
  std::string path_;  // "server.limits", "apps[2]"
};

}  // namespace nano::config
