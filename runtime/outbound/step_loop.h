// One step after the other, where a step may ask for the next one before it returns: a loop instead
// of a recursion. Its owner may be destroyed in the middle of a step. Thread: one.
#pragma once

namespace nano::runtime {

class StepLoop {
 public:
  StepLoop() = default;
  ~StepLoop() {
    if (gone_ != nullptr) *gone_ = true;
  }
  StepLoop(const StepLoop&) = delete;
  StepLoop& operator=(const StepLoop&) = delete;

  // Takes `step`, now or when the one that is being taken has returned.
  template <typename Step>
  void Next(Step step) {
    asked_ = true;
    if (gone_ != nullptr) return;
    bool gone = false;
    gone_ = &gone;
    while (asked_) {
      asked_ = false;
      step();
      if (gone) return;
    }
    gone_ = nullptr;
  }

 private:
  bool asked_ = false;
  bool* gone_ = nullptr;  // Of the loop that is running.
};

}  // namespace nano::runtime
