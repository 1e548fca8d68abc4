// What is said to who has waited for too long. See kv_namespace.h.
#include "storage/kv/kv_namespace.h"

#include "storage/kv/messages.h"

namespace nano::kv {

std::string LateAnswer() {
  return EncodeFailure(Outcome::kFailed,
                       "500 it was not its turn for " + std::to_string(kPatienceMs / 1000) + " s");
}

}  // namespace nano::kv
