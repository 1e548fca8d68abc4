// Slots of versions that are not served any more, until what they have under way has ended.
//
// Owns them. Looks at them before each wait of the loop, as long as there are any, and at the end of
// their time. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "net/handles.h"
#include "server/worker/app_slot.h"

namespace nano::server {

class Draining {
 public:
  // `on_change` is called when slots have ended, from the loop.
  Draining(uv_loop_t* loop, std::function<void()> on_change);

  // A slot that gets no new requests. It ends by itself, or at the latest after its version's
  // drain_timeout: then its requests are cut.
  void Add(std::unique_ptr<AppSlot> slot);

  struct Entry {
    std::unique_ptr<AppSlot> slot;
    uint64_t since_ms = 0;     // By the loop's clock …
    uint64_t deadline_ms = 0;  // … as is this.
  };
  const std::vector<Entry>& entries() const { return entries_; }

  // Whether a slot of this version is among them.
  bool Has(uint32_t version) const;

 private:
  void Look();
  void ArmDeadline();

  uv_loop_t* const loop_;
  const std::function<void()> on_change_;
  std::vector<Entry> entries_;
  std::optional<net::Prepare> look_;  // While there are entries.
  net::Timer deadline_;
};

}  // namespace nano::server
