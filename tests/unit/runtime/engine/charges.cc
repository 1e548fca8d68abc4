// A task of the isolate's that charges. See charges.h.
#include "tests/unit/runtime/engine/charges.h"

#include <v8.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>

#include "runtime/engine/platform.h"
#include "runtime/limits/watch.h"

namespace nano::runtime::testing {
namespace {

class Charges final : public v8::Task {
 public:
  Charges(v8::Isolate* isolate, std::string_view numbers)
      : isolate_(isolate),
        request_(isolate, isolate->GetContinuationPreservedEmbedderDataV2()),
        numbers_(std::string(numbers)) {}

  void Run() override {
    const v8::HandleScope handles(isolate_);
    isolate_->SetContinuationPreservedEmbedderDataV2(request_.Get(isolate_));
    uint32_t ticks = 0;
    while (numbers_ >> ticks) {
      current_turn.inside.load(std::memory_order_relaxed)->Charge(ticks);
    }
    isolate_->SetContinuationPreservedEmbedderDataV2(v8::Undefined(isolate_));
  }

 private:
  v8::Isolate* const isolate_;
  const v8::Global<v8::Data> request_;
  std::istringstream numbers_;
};

}  // namespace

void ChargeLater(std::string_view numbers) {
  v8::Isolate* const isolate = v8::Isolate::GetCurrent();
  const v8::HandleScope handles(isolate);
  CurrentPlatform()->TasksOf(isolate)->PostTask(std::make_unique<Charges>(isolate, numbers));
}

}  // namespace nano::runtime::testing
