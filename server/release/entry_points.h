// Whether what an app calls of another one by a service is there. Thread: any.
#pragma once

#include <optional>
#include <string>

#include "config/schema/outbound.h"
#include "server/release/app_version.h"
#include "server/release/release.h"

namespace nano::server {

// What is odd about a binding of the app `caller`: the one that it calls exports no such entry
// point. It is no reason not to serve, since of two apps that change one after the other one is
// first. Nothing, where `base` (or null) has it so already, with the same code of the app that is
// called: it is told once.
std::optional<std::string> MissingEntryPoint(const std::string& caller,
                                             const config::ServiceBinding& binding,
                                             const AppVersion& callee, const Release* base);

}  // namespace nano::server
