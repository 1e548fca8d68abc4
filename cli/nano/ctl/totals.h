// What a server has counted of an app since its start, `totals` of GET /admin/status, in words.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "cli/nano/ctl/render.h"

namespace nano::cli::ctl {

// Of a member that has counts by their names.
uint64_t SumOfCounts(const Json& totals, std::string_view member);

// "2.5 ms", "1 s": what most requests did not pass; "> 10 s" of those for which there is no bound;
// "-" if there were none.
std::string DurationAt(const Json& totals, std::string_view member);

// "0.05 s", "12 min".
std::string FormatCpuTime(uint64_t milliseconds);

// All of it, a line for each thing that was counted.
std::string RenderTotals(const std::string& app, const Json& totals, const Look& look);

}  // namespace nano::cli::ctl
