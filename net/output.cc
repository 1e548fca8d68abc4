// Writing at once, and what waits.
#include "net/output.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace nano::net {

Output::~Output() {
  pool_.Give(buffer_);
  pool_.Give(waiting_);
}

// Returns how much the socket took.
size_t Output::Write(std::string_view first, std::string_view second) {
  const ssize_t result = first.empty() ? socket_.Write(second, {}) : socket_.Write(first, second);
  if (result >= 0) {
    handed_ += static_cast<uint64_t>(result);
    return static_cast<size_t>(result);
  }
  if (result != -EAGAIN) failed_ = true;
  return 0;
}

void Output::FlushWith(std::string_view tail) {
  if (holds_part()) [[unlikely]] {
    if (!tail.empty()) buffer().append(tail);
    return;
  }
  const size_t total = buffer_.size() + tail.size();
  if (total == 0) return;
  if (queued() > 0) {
    // In order: behind what waits already, in whose place that goes on which has been sent.
    if (sent_ > waiting_.size() / 2) {
      waiting_.erase(0, sent_);
      sent_ = 0;
    }
    waiting_.append(buffer_).append(tail);
    pool_.Give(buffer_);
    return;
  }
  const size_t written = failed_ ? 0 : Write(buffer_, tail);
  if (written == total || failed_) {
    dropped_ += total - written;
    pool_.Give(buffer_);
  } else if (written < buffer_.size()) {
    waiting_ = std::exchange(buffer_, {});
    waiting_.append(tail);
    sent_ = written;
  } else {
    waiting_ = pool_.Take();
    waiting_.append(tail.substr(written - buffer_.size()));
    sent_ = 0;
    pool_.Give(buffer_);
  }
}

void Output::FlushWith(Pipe& tail) {
  NANO_CHECK(!holds_part());
  Flush();
  if (queued() == 0 && !failed_) WriteFrom(tail);
  if (failed_) {
    dropped_ += tail.held();
  } else if (tail.held() > 0) {
    pipe_ = std::move(tail);
  }
}

void Output::FlushWith(FilePart tail) {
  NANO_CHECK(!holds_part());
  Flush();
  file_ = std::make_unique<FilePart>(std::move(tail));
  if (waiting_.size() == sent_ && !failed_) WriteFile();
  if (failed_) dropped_ += held();
  if (failed_ || held() == 0) file_.reset();
}

// A client that takes all at once is not given all at once: others wait.
void Output::WriteFile() {
  size_t turn = kFileTurn;
  while (!file_->bytes.empty() && turn > 0) {
    const size_t most = std::min({file_->bytes.size(), turn, kFileWrite});
    const ssize_t result = socket_.WriteFile(*file_, most);
    // None of what is there: the file has become shorter, whatever it promised.
    if (result == 0 || (result < 0 && result != -EAGAIN)) failed_ = true;
    if (result <= 0) return;
    const auto size = static_cast<size_t>(result);
    handed_ += size;
    turn -= size;
    file_->TakeOff(size);
    if (size < most) return;
  }
}

// Where the system does not move them, the bytes are copied, and wait as others do.
void Output::WriteFrom(Pipe& pipe) {
  const ssize_t result = socket_.WriteFrom(pipe);
  if (result == -EOPNOTSUPP) {
    waiting_ = pool_.Take();
    waiting_.resize(pipe.held());
    waiting_.resize(pipe.Read(waiting_));
    sent_ = 0;
  } else if (result > 0) {
    handed_ += static_cast<uint64_t>(result);
  } else if (result < 0 && result != -EAGAIN) {
    failed_ = true;
  }
}

// A slow client holds on to what it has still to read, and to little more. What is copied for that
// is as much as was sent, at most.
void Output::GiveBackSent() {
  if (sent_ < kLarge || sent_ < waiting_.size() / 2) return;
  waiting_ = std::string(std::string_view(waiting_).substr(sent_));
  sent_ = 0;
}

void Output::Resume() {
  if (waiting_.size() > sent_ && !failed_) {
    sent_ += Write(std::string_view(waiting_).substr(sent_), {});
  }
  if (waiting_.size() > sent_ && !failed_) return GiveBackSent();
  dropped_ += waiting_.size() - sent_;
  pool_.Give(waiting_);
  sent_ = 0;
  if (!holds_part()) [[likely]] {
    return;
  }
  if (!failed_) file_ == nullptr ? WriteFrom(pipe_) : WriteFile();
  if (held() > 0 && !failed_) return;
  dropped_ += held();
  pipe_ = {};
  file_.reset();
  Flush();
}

}  // namespace nano::net
