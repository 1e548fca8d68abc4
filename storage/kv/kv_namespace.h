// A namespace of KV, wherever its entries are kept.
//
// Thread: as its implementation says; `done` of a call may come on any.
#pragma once

#include <functional>
#include <string>

namespace nano::kv {

struct Call {
  std::string message;  // A Request that is in order …
  bool writes = false;  // … and whether it changes anything.
  // Gets an Answer, once.
  std::function<void(std::string answer)> done;
  // Whether an answer can be taken now: there may be many, and large ones. Any thread.
  std::function<bool()> has_room;
  // To be asked again when there is. Any thread.
  std::function<void(Call call)> park;
};

class KvNamespace {
 public:
  virtual ~KvNamespace() = default;
  virtual void Start(Call call) = 0;
};

}  // namespace nano::kv
