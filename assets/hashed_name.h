// Whether a file's name has the hash of its contents in it, as bundlers give it, so that a name
// never means other bytes and may be kept for ever. Owns nothing; thread-safe.
#pragma once

#include <string_view>

namespace nano::assets {

// True of "/assets/index-BxK3c8Qa.js", "/_next/static/chunks/main-0f1c9a7e2b.js",
// "/main.8e0d62a3.css". A name that is no hash but taken for one would be kept a year too long, so
// what is in doubt is none: there have to be eight characters or more, last before the extension
// and behind "-", "." or "_" or alone; hexadecimal, with digits and letters; or, in folders of
// builds alone, letters of both cases and digits that change often.
bool HasHash(std::string_view name);

}  // namespace nano::assets
