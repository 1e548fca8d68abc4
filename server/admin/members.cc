// Problems about members. See members.h.
#include "server/admin/members.h"

namespace nano::server::admin {

void RefuseMember(std::string_view where, const std::string& message, const Respond& respond) {
  const Json error = Json().Set("where", where).Set("message", message).Set("hint", "");
  respond(Problem(Wrong::kInvalid,
                  "The body's `" + std::string(where) + "` is wrong: " + message +
                      (message.ends_with('.') ? "" : "."),
                  Json().Set("errors", Json::Array{error})));
}

bool HasOnly(const Json& body, std::initializer_list<std::string_view> names,
             const Respond& respond) {
  for (const Json::Member& member : *body.object()) {
    bool known = false;
    for (const std::string_view name : names) known = known || member.name == name;
    if (known) continue;
    RefuseMember(member.name, "there is no such member", respond);
    return false;
  }
  return true;
}

}  // namespace nano::server::admin
