// The media type of a file, by its name. Owns nothing; thread-safe.
#pragma once

#include <string_view>

namespace nano::assets {

// "text/html; charset=utf-8" of "/index.html". Text is UTF-8, as all of the web's new text is.
// Empty: the extension is not known, or there is none; browsers look at the bytes then.
std::string_view MediaTypeOf(std::string_view name);

// Whether files of the type become smaller when they are compressed, which pictures, films, fonts
// and archives are already.
bool IsCompressible(std::string_view media_type);

}  // namespace nano::assets
