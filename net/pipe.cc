// splice(2), and what becomes of pipes.
#include "net/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "net/system_calls.h"

namespace nano::net {
namespace {

// Pages change hands where they can, and nothing waits.
constexpr unsigned kHow = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

ssize_t Splice(int from, int to, size_t size) {
  return Retry([&] { return splice(from, nullptr, to, nullptr, size, kHow); });
}

// The system, or a filter of its calls, does not do it at all. All else is the socket's.
bool IsRefusal(ssize_t result) {
  return result == -EINVAL || result == -ENOSYS || result == -EPERM || result == -EOPNOTSUPP;
}

}  // namespace

Pipe::~Pipe() { Close(); }

Pipe::Pipe(Pipe&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      out_(other.out_),
      in_(other.in_),
      held_(std::exchange(other.held_, 0)) {}

Pipe& Pipe::operator=(Pipe&& other) noexcept {
  if (this == &other) return *this;
  Close();
  pool_ = std::exchange(other.pool_, nullptr);
  out_ = other.out_;
  in_ = other.in_;
  held_ = std::exchange(other.held_, 0);
  return *this;
}

void Pipe::Close() {
  if (pool_ == nullptr) return;
  if (held_ == 0 && pool_->spare_.size() < PipePool::kSpare) {
    pool_->spare_.push_back({out_, in_});
  } else {
    pool_->Close({out_, in_});
  }
}

ssize_t Pipe::Told(ssize_t result) {
  if (result == -ENOMEM) return -EOPNOTSUPP;  // This time.
  if (!IsRefusal(result)) return result;
  pool_->supported_ = false;
  return -EOPNOTSUPP;
}

ssize_t Pipe::FillFrom(int socket, size_t most) {
  NANO_CHECK(pool_ != nullptr && held_ == 0);  // A full one says -EAGAIN as well.
  const ssize_t moved = Splice(socket, in_, most);
  if (moved <= 0) return Told(moved);
  held_ = static_cast<size_t>(moved);
  pool_->moved_ += held_;
  return moved;
}

ssize_t Pipe::EmptyInto(int socket) {
  const ssize_t moved = Splice(out_, socket, held_);
  if (moved <= 0) return Told(moved);
  held_ -= static_cast<size_t>(moved);
  return moved;
}

size_t Pipe::Read(std::span<char> into) {
  const ssize_t size = Retry([&] { return read(out_, into.data(), into.size()); });
  if (size <= 0) return 0;
  held_ -= static_cast<size_t>(size);
  return static_cast<size_t>(size);
}

PipePool::~PipePool() {
  while (!spare_.empty()) {
    Close(spare_.back());
    spare_.pop_back();
  }
  NANO_CHECK(open_ == 0);
}

Pipe PipePool::Take() {
  if (!supported_) return {};
  if (!spare_.empty()) {
    const Ends ends = spare_.back();
    spare_.pop_back();
    return Pipe(*this, ends.out, ends.in);
  }
  if (open_ >= kMost) return {};
  if (rests_ > 0) {
    --rests_;
    return {};
  }
  Pipe pipe = Make();
  if (!pipe) rests_ = kRest;
  return pipe;
}

Pipe PipePool::Make() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return {};
  ++open_;
  // Refused to who has many pipes already; what it holds by itself may do.
  if (fcntl(ends[1], F_SETPIPE_SZ, kWanted) < 0 && fcntl(ends[1], F_GETPIPE_SZ) < kLeast) {
    Close({ends[0], ends[1]});
    return {};
  }
  return Pipe(*this, ends[0], ends[1]);
}

void PipePool::Close(Ends ends) {
  close(ends.out);
  close(ends.in);
  --open_;
}

}  // namespace nano::net
