// V8's snapshot and its own writer. See heap_snapshot.h.
#include "runtime/profile/heap_snapshot.h"

#include <v8-profiler.h>

namespace nano::runtime {
namespace {

class Stream final : public v8::OutputStream {
 public:
  explicit Stream(ProfileSink sink) : sink_(sink) {}

  void EndOfStream() override { ended_ = true; }
  int GetChunkSize() override { return 64 * 1024; }
  WriteResult WriteAsciiChunk(char* data, int size) override {
    return sink_({data, static_cast<size_t>(size)}) ? kContinue : kAbort;
  }

  bool ended() const { return ended_; }

 private:
  const ProfileSink sink_;
  bool ended_ = false;
};

}  // namespace

bool WriteHeapSnapshot(v8::Isolate* isolate, ProfileSink sink) {
  const v8::HandleScope handles(isolate);
  const v8::HeapSnapshot* const snapshot = isolate->GetHeapProfiler()->TakeHeapSnapshot();
  if (snapshot == nullptr) return false;
  Stream stream(sink);
  snapshot->Serialize(&stream);
  const_cast<v8::HeapSnapshot*>(snapshot)->Delete();
  // The numbers of objects, which only a second snapshot would be compared by.
  isolate->GetHeapProfiler()->ClearObjectIds();
  return stream.ended();
}

}  // namespace nano::runtime
