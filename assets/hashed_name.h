// Whether a file's name has the hash of its contents in it, as build tools give it, so that a name
// never means other bytes and may be kept for ever. Owns nothing; thread-safe.
#pragma once

#include <string_view>
#include <vector>

namespace nano::assets {

// Which of a site's files have a hash in their names, in the order of `names` ("/assets/a.js"). A
// name that is no hash but taken for one would be kept a year too long, so that what is in doubt is
// none. docs/assets.md has the rules as a table:
//   - all of the folders that a framework fills with such files alone (`/_next/static/`);
//   - lower hexadecimal digits, anywhere ("main.8e0d62a3.chunk.js");
//   - the eight capitals and digits of Angular and esbuild ("main-5BXJMGFN.js");
//   - in folders of builds (`/assets/`), the eight characters of Rollup ("index-B1k3c8Qa.js"):
//   where
//     they cannot be a word or, since every fourth of them has no digit, where all scripts and
//     styles of the folder have eight such characters and for some of them it is certain.
// HTML and what is downloaded (archives, programs, documents) never is.
std::vector<bool> HashedNames(const std::vector<std::string_view>& names);

}  // namespace nano::assets
