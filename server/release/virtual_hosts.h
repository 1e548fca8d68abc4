// Virtual hosts: which app answers for the host that a request names.
//
// Owns the table of names. Built once, then only read: lookups are const, allocate nothing and cost
// one hash for an exact name and one per label for a wildcard. Thread-safe once built.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"

namespace nano::server {

// The host of an authority (RFC 9110, section 7.2) in the form that the table compares: in lower
// case, without port and trailing dot, IPv6 literals in brackets and in their canonical text (RFC
// 5952). Lives on the stack; `view` is empty for what cannot be a host's name (empty, over 253
// octets).
class NormalizedHost {
 public:
  explicit NormalizedHost(std::string_view authority);
  NormalizedHost(const NormalizedHost&) = delete;
  NormalizedHost& operator=(const NormalizedHost&) = delete;

  std::string_view view() const { return {buffer_.data(), size_}; }

 private:
  std::array<char, 256> buffer_;
  size_t size_ = 0;
};

class VirtualHosts {
 public:
  using App = size_t;  // An index that the caller gives meaning to.

  // For so many exact names, beforehand.
  void Reserve(size_t names) { exact_.reserve(names); }

  // Makes `app` answer for `pattern` (config/values/host_pattern.h): a name, an address, or
  // "*.example.com" for every name below example.com, at any depth. Fails if the pattern is
  // malformed or taken.
  Result<void> Add(std::string_view pattern, App app);

  // Makes `app` answer for every host that no pattern matches. Fails if another does already.
  Result<void> SetDefault(App app);

  // The app for a request's authority ("A.Example.com:8080"): an exact name goes before wildcards,
  // the longest wildcard before shorter ones, the default app last.
  std::optional<App> Find(std::string_view authority) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Names = std::unordered_map<std::string, App, Hash, std::equal_to<>>;

  Names exact_;
  Names wildcards_;  // Keyed by what follows "*.".
  std::optional<App> default_;
};

}  // namespace nano::server
