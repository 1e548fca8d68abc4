// A client's connection that leaves this process for another one. Owns the descriptor. Thread: the
// loop's own.
#pragma once

#include <functional>
#include <string>

#include "base/descriptor.h"

namespace nano::http {

struct Departure {
  Descriptor socket;
  // What has come on it and is not answered: from the beginning of a request, in the words in which
  // it was understood, to whatever was read after it. Empty: it is between two requests.
  std::string input;
};

// Takes one. Called from the loop.
using Left = std::function<void(Departure)>;

}  // namespace nano::http
