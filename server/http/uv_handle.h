// A libuv handle as a unique pointer whose deleter closes it. The memory is given back when libuv
// is done with the handle, in a later turn of its loop; nobody has to wait for that. Thread: the
// loop's own.
#pragma once

#include <uv.h>

#include <memory>

namespace nano::server {

template <typename T>
struct UvHandleCloser {
  void operator()(T* handle) const {
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
  }
};

// Holds an initialised handle: `UvHandle<uv_timer_t> t(MakeUvHandle<uv_timer_t>(uv_timer_init,
// loop))`.
template <typename T>
using UvHandle = std::unique_ptr<T, UvHandleCloser<T>>;

// Makes a handle by one of libuv's uv_*_init(loop, handle), none of which used here can fail.
template <typename T>
UvHandle<T> MakeUvHandle(int (*init)(uv_loop_t*, T*), uv_loop_t* loop) {
  T* handle = new T();
  init(loop, handle);
  return UvHandle<T>(handle);
}

}  // namespace nano::server
