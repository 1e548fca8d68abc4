// The new server's end of the channel. See predecessor.h for ownership and threads.
#include "server/supervisor/predecessor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace nano::server {

Result<std::unique_ptr<Predecessor>> Predecessor::FromEnvironment() {
  const char* const number = getenv(kPredecessorVariable);
  if (number == nullptr) return std::unique_ptr<Predecessor>();
  char* end = nullptr;
  const long fd = strtol(number, &end, 10);
  if (end == number || *end != '\0' || fd <= STDERR_FILENO ||
      fcntl(static_cast<int>(fd), F_SETFD, FD_CLOEXEC) != 0) {
    return Error{"no descriptor of a server to take over from: " + std::string(number),
                 kPredecessorVariable, "It is set by a server that gets SIGUSR2; unset it."};
  }
  unsetenv(kPredecessorVariable);
  std::unique_ptr<Predecessor> predecessor(new Predecessor(Descriptor(static_cast<int>(fd))));
  Result<Handover> handover = ReceiveHandover(predecessor->channel_.get());
  if (!handover.ok()) {
    predecessor->TellFailed(handover.error().ToString());
    return handover.error();
  }
  predecessor->handover_ = std::move(handover).value();
  return predecessor;
}

Result<void> Predecessor::Compare(const Release& release) const {
  for (const ServedApp& app : release.apps()) {
    const std::string& refusal = app.version->refusal;
    const auto& served = handover_.apps;
    if (refusal.empty() || std::find(served.begin(), served.end(), app.name()) == served.end()) {
      continue;
    }
    return Error{"app " + app.name() + ", which is served now, could not be: " + refusal, {}, {}};
  }
  return {};
}

void Predecessor::TellFailed(std::string_view why) {
  SendText(channel_.get(), kFailedWord + std::string(why));
}

void Predecessor::TellReady(uv_loop_t* loop, std::function<void(bool reload)> serve) {
  auto poll = net::Poll::Of(loop, channel_.get(), [this, serve = std::move(serve)](int) {
    const std::string text = ReceiveText(channel_.get());
    const bool gone = text.empty() && errno == 0;
    if (!gone && text != kServeWord && text != kServeAndReloadWord) return;
    poll_->Stop();
    serve(text == kServeAndReloadWord);
  });
  NANO_CHECK(poll.ok());  // A socket can be watched.
  poll_ = std::move(poll).value();
  poll_->Start(UV_READABLE);
  SendText(channel_.get(), kReadyWord);
}

}  // namespace nano::server
