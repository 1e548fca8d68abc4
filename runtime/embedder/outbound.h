// The port through which requests of apps leave the process. Thread: the isolate's.
//
// An isolate has no other way to the network: an embedder that gives it none has refused it.
#pragma once

#include <string_view>

namespace nano::runtime {

class OutboundPort {
 public:
  virtual ~OutboundPort() = default;

  // Why a request goes nowhere, as the end of a sentence: the app's fetch() is rejected with it.
  virtual std::string_view Refusal() const {
    return "outgoing requests are not available in this version of NANO";
  }
};

}  // namespace nano::runtime
