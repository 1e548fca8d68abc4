// The URL of an incoming request, as `Request.url` shows it. No state shared between threads.
#pragma once

#include <string>
#include <string_view>

namespace nano::runtime {

// Serialises the URL of a request by the URL Standard (sections 4.4, 4.5).
//   scheme     "http" or "https".
//   authority  Host and optional port as received: "a.localhost:8080".
//   target     Request target in origin form ("/users/1?x=2") or "*", which has an empty path.
// Empty if they make no URL: the server then answers 400. A target or authority that reaches beyond
// its own component (user information, a path in the authority) makes none either.
std::string RequestUrl(std::string_view scheme, std::string_view authority,
                       std::string_view target);

// RequestUrl for one request after the other, without allocation, and without looking at an
// authority again that is the one of the request before.
class RequestUrlBuilder {
 public:
  // As RequestUrl; valid until the next call.
  std::string_view Build(std::string_view scheme, std::string_view authority,
                         std::string_view target);

 private:
  std::string url_;    // Begins with the origin of the last request, if that was canonical.
  size_t origin_ = 0;  // Its length; 0: none is kept.
  size_t scheme_ = 0;  // The length of the scheme in it.
};

namespace internal {

// The general way, by ada. Declared for the tests, which compare both ways.
std::string ParseRequestUrl(std::string_view scheme, std::string_view authority,
                            std::string_view target);

}  // namespace internal
}  // namespace nano::runtime
