// One version a turn. See preparation.h for ownership and threads.
#include "server/worker/preparation.h"

#include <utility>

namespace nano::server {

Preparation::Preparation(uv_loop_t* loop, std::vector<NewSlot> slots, OnStep on_step, OnLog on_log,
                         Done done)
    : loop_(loop),
      slots_(std::move(slots)),
      on_step_(std::move(on_step)),
      on_log_(std::move(on_log)),
      done_(std::move(done)),
      turn_(loop, [this] { Next(); }) {
  turn_.Start(0);
}

Preparation::~Preparation() {
  check_.reset();
  if (next_ > 0) slots_[next_ - 1].slot->set_log_listener(nullptr);
}

void Preparation::Next() {
  if (const NewSlot* loaded = std::exchange(loaded_, nullptr)) return Ask(*loaded);
  check_.reset();
  if (next_ > 0) slots_[next_ - 1].slot->set_log_listener(nullptr);
  if (next_ == slots_.size()) {
    next_ = 0;
    return done_(std::move(failures_));
  }
  Boot(slots_[next_++]);
}

void Preparation::Boot(const NewSlot& added) {
  AppSlot& slot = *added.slot;
  const uint32_t id = slot.version().id;
  slot.set_log_listener([this, id](std::string_view line) { on_log_(id, line); });
  on_step_(id, "boot");
  if (const Result<void> booted = slot.Boot(); !booted.ok()) return Fail("boot", booted.error());
  // How long that may take is for whoever waits for the step's end, as with what never returns.
  const bool waits = slot.Load([this, &added](const Result<void>& loaded) {
    if (!loaded.ok()) return Fail("boot", loaded.error());
    loaded_ = &added;
    turn_.Start(0);
  });
  if (!waits) Ask(added);
}

void Preparation::Ask(const NewSlot& added) {
  AppSlot& slot = *added.slot;
  if (slot.version().deployment.health.empty()) {
    turn_.Start(0);
    return;
  }
  on_step_(slot.version().id, "health");
  check_ =
      std::make_unique<HealthCheck>(loop_, slot, added.host, [this](const Result<void>& healthy) {
        if (!healthy.ok()) return Fail("health", healthy.error());
        turn_.Start(0);
      });
}

void Preparation::Fail(const char* step, const Error& error) {
  failures_.push_back({slots_[next_ - 1].slot->version().id, step, error.ToString()});
  turn_.Start(0);
}

}  // namespace nano::server
