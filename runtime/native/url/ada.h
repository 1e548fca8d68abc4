// The part of ada's C API that the runtime uses. The engine exports it and ships no header for it,
// so these declarations are the project's own; tests/unit/runtime/native/url/request_url.test.cc
// drives them, so that an engine with another layout fails a test. ada:
// https://github.com/ada-url/ada, version 4.
//
// Ownership: a URL from ada_parse* is freed by ada_free (see AdaUrl); an ada_string points into its
// URL and is valid until that is changed or freed. Thread-safe for distinct URLs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

extern "C" {

struct ada_string {
  const char* data;
  size_t length;
};

// Byte offsets into the href:
//   https://user:pass@example.com:1234/foo/bar?baz#quux
//         |     |    |          | ^^^^|       |   |
//         |     |    |          | |   |       |   hash_start
//         |     |    |          | |   |       search_start
//         |     |    |          | |   pathname_start
//         |     |    |          | port (its number)
//         |     |    |          host_end
//         |     |    host_start (of the '@', if there is one)
//         |     username_end
//         protocol_end
// A part that is absent (port, search, hash) is 0xffffffff.
struct ada_url_components {
  uint32_t protocol_end;
  uint32_t username_end;
  uint32_t host_start;
  uint32_t host_end;
  uint32_t port;
  uint32_t pathname_start;
  uint32_t search_start;
  uint32_t hash_start;
};

using ada_url = void*;

// Input is UTF-8. Never null; ask ada_is_valid whether it is a URL.
ada_url ada_parse(const char* input, size_t length);
ada_url ada_parse_with_base(const char* input, size_t length, const char* base, size_t base_length);
bool ada_can_parse(const char* input, size_t length);
bool ada_can_parse_with_base(const char* input, size_t length, const char* base,
                             size_t base_length);
void ada_free(ada_url url);
bool ada_is_valid(ada_url url);

ada_string ada_get_href(ada_url url);
const ada_url_components* ada_get_components(ada_url url);

// The API's setters. False: the new value was refused and the URL is as it was.
bool ada_set_protocol(ada_url url, const char* input, size_t length);
bool ada_set_username(ada_url url, const char* input, size_t length);
bool ada_set_password(ada_url url, const char* input, size_t length);
bool ada_set_host(ada_url url, const char* input, size_t length);
bool ada_set_hostname(ada_url url, const char* input, size_t length);
bool ada_set_port(ada_url url, const char* input, size_t length);
bool ada_set_pathname(ada_url url, const char* input, size_t length);
void ada_set_search(ada_url url, const char* input, size_t length);
void ada_set_hash(ada_url url, const char* input, size_t length);

}  // extern "C"

namespace nano::runtime {

struct AdaFree {
  void operator()(void* url) const { ada_free(url); }
};

// A parsed URL that frees itself.
using AdaUrl = std::unique_ptr<std::remove_pointer_t<ada_url>, AdaFree>;

inline AdaUrl ParseUrl(std::string_view input) {
  return AdaUrl(ada_parse(input.data(), input.size()));
}

inline AdaUrl ParseUrl(std::string_view input, std::string_view base) {
  return AdaUrl(ada_parse_with_base(input.data(), input.size(), base.data(), base.size()));
}

// The serialised URL; a view into it.
inline std::string_view HrefOf(const AdaUrl& url) {
  const ada_string href = ada_get_href(url.get());
  return {href.data, href.length};
}

}  // namespace nano::runtime
