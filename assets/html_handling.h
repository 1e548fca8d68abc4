// Which file a path means, by the two settings that say so: how HTML files are addressed, and what
// is answered where there is none. Owns what it returns; thread-safe.
//
// The rules are those of Cloudflare's static assets. A path stands for a page in up to two forms:
// "/docs/", "/docs/index" and
// "/docs/index.html" for /docs/index.html (a folder's), "/docs" and "/docs.html" for /docs.html (a
// file's). Each form is served at one path; from the others clients are sent there, if they would
// get that very file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/function_ref.h"
#include "config/schema/assets.h"

namespace nano::assets {

struct Resolution {
  enum class Kind : uint8_t {
    kNothing,   // There is no file, and no page for that.
    kFile,      // `name` is to be served.
    kRedirect,  // The client is to ask for `name`.
    kNotFound,  // There is no file; `name` is the page that says so.
    kFallback,  // There is no file; `name` is the page that is served instead.
  };
  Kind kind = Kind::kNothing;
  std::string name{};

  bool operator==(const Resolution&) const = default;
};

// `name` is a decoded path (asset_path.h); `exists` says of a name whether there is such a file.
Resolution Resolve(std::string_view name, config::HtmlHandling html,
                   config::NotFoundHandling not_found, FunctionRef<bool(std::string_view)> exists);

}  // namespace nano::assets
