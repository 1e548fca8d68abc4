// The stored state as the text of state.json: JSON, strictly read. Secrets are in it as they are.
//
// One app a line: who writes the whole again need encode only what has changed of it.
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

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/release/stored_state.h"

namespace nano::server {

using StateLines = std::vector<std::shared_ptr<const std::string>>;

// One of the lines, and all of them together.
std::string EncodeStoredApp(const StoredApp& app);
std::string JoinState(const StateLines& lines);
std::string EncodeState(const StoredState& state);

// `path` is for messages. Errors: a text that is no JSON, or not of this form (damaged); another
// format version. No message has anything of a secret.
Result<StoredState> DecodeState(std::string_view text, const std::string& path);

}  // namespace nano::server
