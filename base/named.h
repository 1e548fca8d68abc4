// Things that have a name, in lists. Thread-safe as what it is given.
#pragma once

#include <algorithm>
#include <string_view>

namespace nano {

// The first of a list's elements whose `name` this is; null: there is none.
template <typename List>
auto* FindNamed(List& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [name](const auto& item) { return item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace nano
