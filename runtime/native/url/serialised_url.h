// Tells of http(s) URLs, and of parts of them, that they are what the URL Standard's serialiser
// would make of them: then nothing has to be parsed. Nearly all are, so this is the way of nearly
// all; what is rare or unclear is not taken for serialised. Pure functions; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/native/url/ada.h"

namespace nano::runtime {

// A host, and perhaps a port that is not the scheme's. `scheme`: "http" or "https".
bool IsSerialisedAuthority(std::string_view scheme, std::string_view authority);
// A path, and perhaps a query behind it.
bool IsSerialisedTarget(std::string_view target);

// The components that ada would find; nothing unless the URL is serialised surely, and has neither
// user information nor a fragment.
std::optional<ada_url_components> ComponentsOfSerialised(std::string_view url);

}  // namespace nano::runtime
