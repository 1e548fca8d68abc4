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
namespace {

bool IsServed(const Release& release, const HandedSite& site) {
  const ServedApp* const app = release.Find(site.app);
  bool served = false;
  if (app == nullptr) return served;
  app->EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
    served = served || version->digest == site.digest;
  });
  return served;
}

// Its files alone: the code may be of another engine.
Result<ReplacedSite> Adopt(const HandedSite& site, const Descriptor& copy) {
  auto container = TRY(snapshot::Container::AdoptAssets(copy, site.bytes, site.digest));
  auto version = std::make_shared<AppVersion>();
  version->name = site.app;
  version->digest = site.digest;
  version->bytes = site.bytes;
  version->modified = site.modified;
  version->Use(std::make_shared<const snapshot::Container>(std::move(container)));
  if (!version->refusal.empty()) return Error{version->refusal, {}, {}};
  const uint64_t now = uv_hrtime() / 1'000'000;  // As uv_now has it.
  return ReplacedSite{.version = std::move(version),
                      .until_ms = now + static_cast<uint64_t>(site.time.count())};
}

std::string WhatIsNotFound(const std::string& apps) {
  return "pages that clients have of the version before may not find their files (app " + apps +
         "): ";
}

}  // namespace

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

std::vector<ReplacedSite> Predecessor::TakeSites(const Release& release,
                                                 std::vector<std::string>& warnings) {
  std::vector<ReplacedSite> taken;
  const Result<void> received = ReceiveSites(
      channel_.get(), handover_.sites, [&](const HandedSite& site, const Descriptor& copy) {
        if (IsServed(release, site)) return;
        Result<ReplacedSite> adopted = Adopt(site, copy);
        if (adopted.ok()) return taken.push_back(std::move(adopted).value());
        warnings.push_back(WhatIsNotFound(site.app) + adopted.error().ToString());
      });
  if (!received.ok()) warnings.push_back(WhatIsNotFound("others") + received.error().ToString());
  return taken;
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
