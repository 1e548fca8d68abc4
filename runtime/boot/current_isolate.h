// Whose turn it is on a thread that several isolates share. Owns nothing. Thread: any.
#pragma once

#include <v8.h>

namespace nano::runtime {

// Makes an isolate the thread's current one, and leaves it so: going from one request to the next
// of the same app costs nothing, where v8::Isolate::Scope takes a lock twice. Only while no other
// isolate has frames on the stack; then the other one is current again at the end.
class CurrentIsolate {
 public:
  explicit CurrentIsolate(v8::Isolate* isolate) : previous_(v8::Isolate::TryGetCurrent()) {
    ++nesting_;
    if (previous_ == isolate) return;
    if (nesting_ == 1 && previous_ != nullptr) previous_->Exit();
    isolate->Enter();
    entered_ = isolate;
  }
  ~CurrentIsolate() {
    if (--nesting_ > 0 && entered_ != nullptr) entered_->Exit();
  }
  CurrentIsolate(const CurrentIsolate&) = delete;
  CurrentIsolate& operator=(const CurrentIsolate&) = delete;

  // Before the isolate is disposed of.
  static void Leave(v8::Isolate* isolate) {
    while (v8::Isolate::TryGetCurrent() == isolate) isolate->Exit();
  }

 private:
  static inline constinit thread_local int nesting_ = 0;
  v8::Isolate* const previous_;
  v8::Isolate* entered_ = nullptr;
};

}  // namespace nano::runtime
