// Stacks as texts. See stack_text.h.
#include "runtime/js/stack_text.h"

#include <algorithm>

#include "runtime/js/values.h"

namespace nano::runtime {
namespace {

// The Web APIs' scripts, "nano:web" and "nano:web/NAME".
bool IsInternal(v8::Isolate* isolate, v8::Local<v8::StackFrame> frame) {
  return Utf8Of(isolate, frame->GetScriptName()).starts_with("nano:web");
}

constexpr int kMostFrames = 10;
constexpr int kMostInternal = 20;

std::string TextFrom(v8::Isolate* isolate, v8::Local<v8::StackTrace> trace, int first) {
  const int end = std::min(trace->GetFrameCount(), first + kMostFrames);
  std::string text;
  for (int i = first; i < end; ++i) {
    const v8::Local<v8::StackFrame> frame = trace->GetFrame(isolate, static_cast<uint32_t>(i));
    const std::string place = Utf8Of(isolate, frame->GetScriptName()) + ":" +
                              std::to_string(frame->GetLineNumber()) + ":" +
                              std::to_string(frame->GetColumn());
    const v8::Local<v8::String> function = frame->GetFunctionName();
    const bool named = !function.IsEmpty() && function->Length() > 0;
    text += "\n    at " + (named ? Utf8Of(isolate, function) + " (" + place + ")" : place);
  }
  return text;
}

}  // namespace

std::string CurrentStack(v8::Isolate* isolate) {
  const v8::HandleScope handles(isolate);
  const auto trace = v8::StackTrace::CurrentStackTrace(isolate, kMostInternal + kMostFrames);
  const int count = trace->GetFrameCount();
  int first = 0;
  while (first < count &&
         IsInternal(isolate, trace->GetFrame(isolate, static_cast<uint32_t>(first))))
    ++first;
  return TextFrom(isolate, trace, first);
}

std::string WholeStack(v8::Isolate* isolate) {
  const v8::HandleScope handles(isolate);
  return TextFrom(isolate, v8::StackTrace::CurrentStackTrace(isolate, kMostFrames), 0);
}

}  // namespace nano::runtime
