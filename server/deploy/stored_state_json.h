// The stored state as the text of state.json: JSON, strictly read. Secrets are in it as they are.
//
//   {"format":1,"apps":[{
//     "name":"shop",
//     "code":{"digest":"<64 hex digits>","bytes":524288,"basis":"<64 hex digits, or empty>"},
//     "settings":[{"path":["env","GREETING"],"value":"Hi","basis":"\"Hello\""}],
//     "secrets":[{"name":"TOKEN","value":"…","basis":""}],
//     "removed":true,
//     "canary":{"digest":"…","bytes":1,"percent":10,"key":"cookie:id","basis":"…"},
//     "previous":{"digest":"…","bytes":1}}]}
//
// All keys of an app but its name may be absent. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "server/release/stored_state.h"

namespace nano::server {

std::string EncodeState(const StoredState& state);

// `path` is for messages. Errors: a text that is no JSON, or not of this form (damaged); another
// format version. No message has anything of a secret.
Result<StoredState> DecodeState(std::string_view text, const std::string& path);

}  // namespace nano::server
