// Paths of assets: how what a client asks for becomes the name of a file, and the other way round.
// Own what they return; thread-safe.
//
// A file has one path, its name with each segment encoded as JavaScript's encodeURIComponent does
// it: whoever asks for
// "/[a].html" or "/%5ba%5d.html" is sent to "/%5Ba%5D.html". As Cloudflare's static assets have it.
#pragma once

#include <string>
#include <string_view>

namespace nano::assets {

// Whether a request's target is a path like that of most files, which is its own name: letters,
// digits, "-_.~!*'()" and slashes, with no segment that is empty, "." or "..".
bool IsPlain(std::string_view path);

// What the URL Standard's parser makes of the path of a request's target, without query and
// fragment: "." and ".." resolved (as "%2e", too), backslashes turned to slashes, and
// percent-encoded what may not stand in a path.
std::string NormalizePath(std::string_view target);

// The name of a file: each segment of a normalized path decoded, unless it is not valid UTF-8 or an
// escape is cut off; runs of slashes are one. A slash that was encoded is a zero byte in it, which
// no file has in its name.
std::string DecodePath(std::string_view path);

// The path of a name.
std::string EncodePath(std::string_view name);

}  // namespace nano::assets
