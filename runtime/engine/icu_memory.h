// Memory that ICU takes for the objects of Intl, which V8 has no count of: a formatter of dates is
// 200 bytes of V8's heap, and some 27 KB of ICU's. What is taken while an isolate is the thread's
// current one is charged to that isolate, and forgiven when it is given back, on whatever thread.
//
// An isolate's account is owned by who makes it, and lives on as long as something is charged to
// it. Thread: the isolate's, but for what says otherwise.
#pragma once

#include <v8.h>

#include <cstddef>
#include <cstdint>

namespace nano::runtime {

class IcuMemory {
 public:
  // From here on ICU's memory is counted. Once in a process, before the engine is started: ICU must
  // have none yet.
  static void CountFromNowOn();

  // What is taken is charged from Begin on, which the isolate has to be initialized for.
  explicit IcuMemory(v8::Isolate* isolate);
  ~IcuMemory();
  IcuMemory(const IcuMemory&) = delete;
  IcuMemory& operator=(const IcuMemory&) = delete;

  void Begin();

  // Tells V8, which comes to collect garbage by it, how much there is, if that has changed by much
  // since it was told. May collect garbage; between scripts, or in an
  // interrupt.
  void Tell();

  struct Account;

 private:
  v8::Isolate* const isolate_;
  Account* const account_;
  int64_t told_ = 0;
};

}  // namespace nano::runtime
