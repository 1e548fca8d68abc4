// The port of what an app is told of its clients. Thread: the isolate's.
#pragma once

#include <string>

#include "http/exchange.h"

namespace nano::runtime {

class VisitorPort {
 public:
  virtual ~VisitorPort() = default;

  // What is known of who has sent a request: `request.cf` as JSON on one line, empty if there is
  // none; a line feed; and header fields, "name\nvalue\n" repeated, which replace those of their
  // names: an empty value leaves nothing in their place. UTF-8. Null: one that has ended before
  // anybody asked. By default, as in a build, nothing is known of a client, but there is one.
  virtual std::string VisitorOf(http::Exchange* exchange) {
    return exchange == nullptr ? "\n" : "{}\n";
  }
};

}  // namespace nano::runtime
