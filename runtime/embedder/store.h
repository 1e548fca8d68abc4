// The port to what an app keeps beyond a request: KV, and whatever else the program's store has.
// Thread: the isolate's.
//
// What is asked and answered are messages that the runtime and the store know (storage/), and who
// carries them does not.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace nano::runtime {

// As the server's StoreService numbers them.
enum class StoreKind : uint8_t { kKv = 1 };

class StorePort {
 public:
  virtual ~StorePort() = default;

  // Sends a message; its answer comes by AppIsolate::OnStored with the same number, in a later
  // turn. An Error: it is refused; its message is the end of a sentence, with which the app's
  // promise is rejected. By default, as in a build, everything is.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): who serves it keeps the message.
  virtual Result<void> StartStored(uint32_t /*call*/, StoreKind /*kind*/, std::string /*message*/) {
    return Error{
        "an app has nothing stored while it is built; use it in a handler, or when a request first "
        "needs what it gives",
        "", ""};
  }
};

}  // namespace nano::runtime
