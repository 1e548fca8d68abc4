// What the rules for files see in C++: code without its comments and literals, and where TRY
// (base/result.h) would leak. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nano::layers {

// The text with blanks instead of its comments, macros' definitions and what is in its literals;
// the lines are the same.
std::string CodeOf(std::string_view text);

// The lines of code with a TRY among the elements of an initialiser in braces, or among the
// arguments of a `new`. GCC 12 does not destroy what an initialiser has made, and does not free
// what `new` has allocated, when a statement in an expression returns in the middle of it.
std::vector<int> LeakingTries(std::string_view code);

}  // namespace nano::layers
