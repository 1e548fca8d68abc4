// URLs of the web as apps see them: by the URL Standard's parser, for whoever names what an app has
// named. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nano::runtime {

// `new Request(url).url` without its fragment, of UTF-8: a host in lower case, no port that is the
// scheme's, no `..` in the path, nothing that is not ASCII. None: it is no URL, not one with
// http:// or https://, or has user information, which no request has.
std::optional<std::string> WebUrl(std::string_view url);

// The same of what URLs begin with, as far as into their paths or queries: a URL begins with it if
// and only if what it is without serialisation does. None: it makes no such URL, or has no path and
// no query (a host that may go on is nobody's), or reaches into a fragment.
std::optional<std::string> WebUrlPrefix(std::string_view prefix);

}  // namespace nano::runtime
