// Stacks as texts. See stack_text.h.
#include "runtime/js/stack_text.h"

#include "runtime/js/values.h"

namespace nano::runtime {

std::string CurrentStack(v8::Isolate* isolate) {
  constexpr int kMostFrames = 10;
  const v8::HandleScope handles(isolate);
  const auto trace = v8::StackTrace::CurrentStackTrace(isolate, kMostFrames);
  std::string text;
  for (int i = 0; i < trace->GetFrameCount(); ++i) {
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

}  // namespace nano::runtime
