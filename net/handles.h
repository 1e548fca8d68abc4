// libuv's handles as objects that call a function and close themselves. What one holds is given
// back when libuv is done with it, in a later turn of its loop; nobody has to wait for that, and it
// may be destroyed from its own callback. Thread: the loop's own, but for Async::Send.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/result.h"

namespace nano::net {

// What the handles have in common. `T` is libuv's type, `Arguments` what its callback is told.
template <typename T, typename... Arguments>
class LoopHandle {
 public:
  using Callback = std::function<void(Arguments...)>;

  bool active() const { return uv_is_active(base()) != 0; }
  // The loop may end though this one is active.
  void Unref() { uv_unref(base()); }

 protected:
  explicit LoopHandle(Callback callback) : block_(new Block{.callback = std::move(callback)}) {
    block_->handle.data = block_.get();
  }

  // Of a handle that could not be initialised: libuv knows nothing of it.
  void Forget() { delete block_.release(); }

  T* get() const { return &block_->handle; }
  uv_handle_t* base() const { return reinterpret_cast<uv_handle_t*>(get()); }
  static void Call(T* handle, Arguments... arguments) {
    static_cast<Block*>(handle->data)->callback(arguments...);
  }

 private:
  struct Block {
    T handle{};
    Callback callback;
  };
  struct Closer {
    void operator()(Block* block) const {
      uv_close(reinterpret_cast<uv_handle_t*>(&block->handle),
               [](uv_handle_t* closed) { delete static_cast<Block*>(closed->data); });
    }
  };

  std::unique_ptr<Block, Closer> block_;
};

// Calls once after some time, or again and again.
class Timer : public LoopHandle<uv_timer_t> {
 public:
  Timer(uv_loop_t* loop, Callback callback) : LoopHandle(std::move(callback)) {
    uv_timer_init(loop, get());
  }
  // In milliseconds, from the loop's time (uv_now). Starts it afresh if it is running.
  void Start(uint64_t delay, uint64_t repeat = 0) {
    uv_timer_start(
        get(), [](uv_timer_t* timer) { Call(timer); }, delay, repeat);
  }
  void Stop() { uv_timer_stop(get()); }
};

// Calls in each turn before the loop waits for events.
class Prepare : public LoopHandle<uv_prepare_t> {
 public:
  Prepare(uv_loop_t* loop, Callback callback) : LoopHandle(std::move(callback)) {
    uv_prepare_init(loop, get());
  }
  void Start() {
    uv_prepare_start(get(), [](uv_prepare_t* handle) { Call(handle); });
  }
  void Stop() { uv_prepare_stop(get()); }
};

// Calls in each turn after all that was ready had its callback.
class Check : public LoopHandle<uv_check_t> {
 public:
  Check(uv_loop_t* loop, Callback callback) : LoopHandle(std::move(callback)) {
    uv_check_init(loop, get());
  }
  void Start() {
    uv_check_start(get(), [](uv_check_t* handle) { Call(handle); });
  }
};

// Calls on the loop's thread after Send, which any thread may call; several may be one call.
class Async : public LoopHandle<uv_async_t> {
 public:
  Async(uv_loop_t* loop, Callback callback) : LoopHandle(std::move(callback)) {
    NANO_CHECK(uv_async_init(loop, get(), [](uv_async_t* handle) { Call(handle); }) == 0);
  }
  void Send() { uv_async_send(get()); }
};

// Calls with the number of a signal that the process got.
class Signal : public LoopHandle<uv_signal_t, int> {
 public:
  Signal(uv_loop_t* loop, int number, Callback callback) : LoopHandle(std::move(callback)) {
    NANO_CHECK(uv_signal_init(loop, get()) == 0);
    NANO_CHECK(uv_signal_start(
                   get(), [](uv_signal_t* handle, int signal) { Call(handle, signal); }, number) ==
               0);
  }
};

// Calls while a descriptor, which stays the caller's, is ready for what was asked: UV_READABLE,
// UV_WRITABLE or both. It is told which, or nothing of them if the descriptor is in error.
class Poll : public LoopHandle<uv_poll_t, int> {
 public:
  // Fails if the system cannot watch such a descriptor.
  static Result<Poll> Of(uv_loop_t* loop, int fd, Callback callback) {
    Poll poll(std::move(callback));
    const int status = uv_poll_init(loop, poll.get(), fd);
    if (status == 0) return poll;
    poll.Forget();
    return Error{std::string("cannot watch the descriptor: ") + uv_strerror(status), {}, {}};
  }
  void Start(int events) {
    uv_poll_start(get(), events, [](uv_poll_t* handle, int, int ready) { Call(handle, ready); });
  }
  void Stop() { uv_poll_stop(get()); }

 private:
  using LoopHandle::LoopHandle;
};

}  // namespace nano::net
