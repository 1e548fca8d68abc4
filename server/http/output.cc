// See output.h.
#include "server/http/output.h"

#include <memory>
#include <utility>

namespace nano::server {

// A queued write and its data. Owned by libuv until its callback.
struct Output::Write {
  uv_write_t request;
  std::string data;
  Output* output;
};

void Output::FlushWith(std::string_view tail) {
  const size_t total = buffer_.size() + tail.size();
  if (total == 0) return;
  if (failed_) {
    pool_.Give(buffer_);
    return;
  }
  const uv_buf_t bufs[] = {
      {.base = buffer_.data(), .len = buffer_.size()},
      {.base = const_cast<char*>(tail.data()), .len = tail.size()},
  };
  const unsigned first = buffer_.empty() ? 1 : 0;
  const unsigned count = (buffer_.empty() ? 0 : 1) + (tail.empty() ? 0 : 1);
  // Refuses with UV_EAGAIN while older writes wait, which keeps the order.
  const int result = uv_try_write(stream_, bufs + first, count);
  if (result < 0 && result != UV_EAGAIN) {
    failed_ = true;
    pool_.Give(buffer_);
    return;
  }
  const size_t written = result < 0 ? 0 : static_cast<size_t>(result);
  if (written == total) {
    pool_.Give(buffer_);
    return;
  }
  if (written < buffer_.size()) {
    buffer_.append(tail);
    Queue(std::exchange(buffer_, {}), written);
  } else {
    const size_t sent = written - buffer_.size();
    pool_.Give(buffer_);
    Queue(std::string(tail.substr(sent)), 0);
  }
}

void Output::Queue(std::string data, size_t offset) {
  auto write = std::make_unique<Write>();
  write->data = std::move(data);
  write->output = this;
  write->request.data = write.get();
  const uv_buf_t buf = {.base = write->data.data() + offset, .len = write->data.size() - offset};
  const int error =
      uv_write(&write->request, stream_, &buf, 1, [](uv_write_t* request, int status) {
        std::unique_ptr<Write> done(static_cast<Write*>(request->data));
        Output& output = *done->output;
        output.pool_.Give(done->data);
        if (status < 0) output.failed_ = true;
        // Writes that were cancelled end while the handle closes; nobody waits for them.
        if (status != UV_ECANCELED) output.progress_(output.owner_);
      });
  if (error < 0) {
    failed_ = true;
  } else {
    (void)write.release();
  }
}

}  // namespace nano::server
