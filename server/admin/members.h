// Members of a request's JSON body, and what is answered if they are wrong. Owns nothing. Thread:
// the loop's own.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "server/admin/route.h"

namespace nano::server::admin {

// Says what is wrong with a member of the body.
void RefuseMember(std::string_view where, const std::string& message, const Respond& respond);

// False, and answered, if the body has other members than these.
bool HasOnly(const Json& body, std::initializer_list<std::string_view> names,
             const Respond& respond);

}  // namespace nano::server::admin
