// Charges ticks of CPU time where none of the app's code runs, which tests cannot leave to the
// clock. Knows V8, which the tests themselves do not. Thread: the isolate's.
#pragma once

#include <string_view>

namespace nano::runtime::testing {

// In a turn of an isolate's, within a request: has the next AppIsolate::RunTasks() charge that
// request with these numbers of ticks, one after the other, outside of any script.
void ChargeLater(std::string_view numbers);

}  // namespace nano::runtime::testing
