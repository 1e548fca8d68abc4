// What a call by a service's binding is for. Owns nothing. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "http/service_aim.h"
#include "server/release/app_version.h"

namespace nano::server {

// `said` is what the isolate says: the method alone counts of it. Which entry point is called, and
// with which props, is the operator's to say. Null: the other app's `fetch`.
inline std::shared_ptr<const http::ServiceAim> AimAt(const Service& service,
                                                     const http::ServiceAim* said) {
  const bool calls_method = said != nullptr && !said->method.empty();
  if (service.entrypoint.empty() && service.props.empty() && !calls_method) return nullptr;
  return std::make_shared<const http::ServiceAim>(
      http::ServiceAim{.entrypoint = service.entrypoint,
                       .props = service.props,
                       .method = calls_method ? said->method : std::string()});
}

// Whether a call is for more than the app's `fetch`, which files come before.
inline bool IsForCode(const http::ServiceAim* aim) {
  return aim != nullptr && (!aim->entrypoint.empty() || !aim->method.empty());
}

}  // namespace nano::server
