// What the scripts for all shells are put together by. Pure functions; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_tree.h"

namespace nano::cli {

// In single quotes, as the words of all three shells may be: 'it'\''s'.
std::string ShellQuoted(std::string_view text);

// "a b c".
std::string WordsOf(const std::vector<std::string>& words);

// The words that a value can be, if it is called by them ("bash|zsh|fish"); else none.
std::vector<std::string> ChoicesOf(std::string_view value);

// Calls `visit` for a program and all commands below it, with what has to be written to get there:
// "nano", "nano ctl", "nano ctl env".
void ForEachCommand(const Command& program,
                    const std::function<void(const std::string& path, const Command&)>& visit);

// The commands that list what there is on the server, for values called APP and VERSION.
inline constexpr char kListApps[] = "nano ctl apps --names --timeout 2s 2>/dev/null";
inline constexpr char kListVersions[] = "nano ctl versions --names --timeout 2s ";

}  // namespace nano::cli
