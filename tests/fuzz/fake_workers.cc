// What workers say and do. See fake_workers.h for ownership and threads.
#include "tests/fuzz/fake_workers.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"
#include "runtime/identity.h"
#include "server/control/channel.h"
#include "server/control/messages.h"
#include "server/release/mapped_snapshots.h"
#include "server/release/release_codec.h"
#include "snapshot/container.h"

namespace nano::fuzz {

using namespace nano::server;  // NOLINT(google-build-using-namespace): all of it is under test.

// A worker's process: `link` is what the supervisor has of it, the rest its own.
class FakeWorkers::Process {
 public:
  Process(FakeWorkers& owner, size_t slot, bool is_probe)
      : owner_(owner), supervisor_(*this), worker_(*this) {
    auto ends = Channel::MakeEnds();
    NANO_CHECK(ends.ok());
    link = std::make_unique<WorkerLink>(WorkerLink{.id = ++owner.last_id_,
                                                   .slot = slot,
                                                   .is_probe = is_probe,
                                                   .pid = static_cast<int32_t>(owner.last_id_),
                                                   .release = owner.observer_->current(),
                                                   .told = owner.observer_->current()});
    release_ = link->release;
    auto theirs = Channel::Open(owner.loop_, std::move(ends->first), supervisor_);
    auto own = Channel::Open(owner.loop_, std::move(ends->second), worker_);
    NANO_CHECK(theirs.ok() && own.ok());
    link->channel = std::move(theirs).value();
    channel_ = std::move(own).value();
  }

  std::unique_ptr<WorkerLink> link;

  const Release& release() const { return *release_; }
  bool lies() const { return lies_; }
  bool idle() const { return inbox_.empty() && preparing_ == nullptr && draining_.empty(); }
  bool connected() const { return channel_ != nullptr && link->channel != nullptr; }
  bool IsReadyFor(uint64_t number) const {
    return reminded_ >= number || release_->number() >= number ||
           (said_ && preparing_->number() == number);
  }
  void Remind() { reminded_ = link->told->number(); }
  // The version with which it has begun.
  std::optional<uint32_t> Running() const {
    if (preparing_ == nullptr || said_ || at_ == 0) return std::nullopt;
    return news_[(at_ - 1) / 2];
  }
  // A version that the process may be blamed for.
  std::optional<uint32_t> Suspect() const {
    return news_.empty() ? std::nullopt : std::optional(news_[at_ % news_.size()]);
  }

  // Does one of the things that a worker may do.
  void Act(uint8_t what) {
    const size_t which = what / 16;
    switch (what % 16) {
      case 0:
      case 1:
      case 2:
        return TakeNext();
      case 3:
      case 4:
      case 5:
        return Prepare();
      case 6:
        return Fail(which);
      case 7:
        return Tell(MessageKind::kAppLog,
                    AppLog{.version = Suspect().value_or(1), .line = "a line"});
      case 8:
      case 9:
        return FinishDrain();
      case 10:
        channel_.reset();
        return;
      case 11:
        return Lie(which);
      default:
        return;  // It takes its time.
    }
  }

  // Whether there was anything to do.
  bool Behave() {
    if (channel_ == nullptr) return false;
    if (!inbox_.empty()) return TakeNext(), true;
    if (preparing_ != nullptr && !said_) return Prepare(), true;
    if (!draining_.empty()) return FinishDrain(), true;
    return false;
  }

 private:
  struct SupervisorSide final : Channel::Peer {
    explicit SupervisorSide(Process& process) : process(process) {}
    void OnPacket(Packet packet) override {
      const auto kind = static_cast<MessageKind>(packet.kind);
      process.owner_.observer_->OnMessage(*process.link, kind, packet.body);
    }
    void OnChannelEnd(std::string_view) override { process.link->channel.reset(); }
    Process& process;
  };
  struct WorkerSide final : Channel::Peer {
    explicit WorkerSide(Process& process) : process(process) {}
    void OnPacket(Packet packet) override { process.inbox_.push_back(std::move(packet)); }
    void OnChannelEnd(std::string_view) override { process.channel_.reset(); }
    Process& process;
  };

  template <typename Message>
  void Tell(MessageKind kind, const Message& message) {
    if (channel_ == nullptr) return;
    NANO_CHECK(channel_->Send(static_cast<uint8_t>(kind), Encode(message)).ok());
  }

  void TakeNext() {
    if (inbox_.empty()) return;
    const Packet packet = std::move(inbox_.front());
    inbox_.pop_front();
    switch (static_cast<MessageKind>(packet.kind)) {
      case MessageKind::kSnapshot: {
        const auto passed = Decode<SnapshotPassed>(packet.body);
        NANO_CHECK(passed.ok());
        auto container = snapshot::Container::Adopt(packet.descriptor, passed->bytes,
                                                    passed->digest, runtime::CurrentIdentity());
        NANO_CHECK(container.ok());
        staged_[passed->digest] =
            std::make_shared<const snapshot::Container>(std::move(container).value());
        return;
      }
      case MessageKind::kPrepare:
        return Begin(packet.body);
      case MessageKind::kCommit:
        return Commit(Decode<ReleaseNumber>(packet.body)->number);
      case MessageKind::kAbort: {
        const uint64_t number = Decode<ReleaseNumber>(packet.body)->number;
        if (preparing_ != nullptr && preparing_->number() == number) Forget();
        return Tell(MessageKind::kAborted, ReleaseNumber{number});
      }
      default:
        return;
    }
  }

  // As server/worker/release_follower.cc has it.
  void Begin(std::string_view body) {
    Forget();
    const auto message = Decode<server::Prepare>(body);
    NANO_CHECK(message.ok());
    MappedSnapshots mapped(release_.get());
    const auto find = [&](std::string_view digest) -> AppVersion::Snapshot {
      const auto staged = staged_.find(std::string(digest));
      return staged == staged_.end() ? mapped.Find(digest) : staged->second;
    };
    auto release = DecodeRelease(message->release, *release_, find);
    staged_.clear();
    // The supervisor sends all that a worker lacks which serves what it was told to.
    NANO_CHECK(release.ok() || lies_);
    if (!release.ok()) {
      return Tell(MessageKind::kPrepared,
                  Prepared{.number = message->number, .error = "it cannot", .failures = {}});
    }
    preparing_ = std::move(release).value();
    NANO_CHECK(lies_ || preparing_->number() > release_->number());
    for (const ServedApp& app : preparing_->apps()) {
      app.EachVersion([this](const std::shared_ptr<const AppVersion>& version) {
        if (release_->FindVersion(version->id) == nullptr) news_.push_back(version->id);
      });
    }
  }

  void Forget() {
    preparing_.reset();
    news_.clear();
    at_ = 0;
    said_ = false;
  }

  void Prepare() {
    if (preparing_ == nullptr || said_) return;
    if (at_ < 2 * news_.size()) {
      const char* step = at_ % 2 == 0 ? "boot" : "health";
      Tell(MessageKind::kPreparing, Preparing{.version = news_[at_ / 2], .step = step});
      ++at_;
      return;
    }
    said_ = true;
    Tell(MessageKind::kPrepared,
         Prepared{.number = preparing_->number(), .error = {}, .failures = {}});
  }

  void Fail(size_t which) {
    if (preparing_ == nullptr || said_) return;
    if (which == 0 || news_.empty()) {
      Tell(MessageKind::kPrepared,
           Prepared{.number = preparing_->number(), .error = "it cannot", .failures = {}});
    } else {
      Prepared message{.number = preparing_->number(), .error = {}, .failures = {}};
      message.failures.push_back({news_[which % news_.size()], "boot", "it is broken"});
      if (which > 8) message.failures.push_back({news_.front(), "health", "it is ill"});
      Tell(MessageKind::kPrepared, message);
    }
    Forget();
  }

  void Commit(uint64_t number) {
    const bool ready =
        preparing_ != nullptr && (said_ || reminded_ >= number) && preparing_->number() == number;
    NANO_CHECK(ready || lies_);
    if (!ready) return;
    NANO_CHECK(!link->is_probe);
    owner_.CheckAllPrepared(number);
    for (const ServedApp& app : release_->apps()) {
      app.EachVersion([this](const std::shared_ptr<const AppVersion>& version) {
        if (preparing_->FindVersion(version->id) == nullptr) draining_.push_back(version->id);
      });
    }
    release_ = preparing_;
    Forget();
    Tell(MessageKind::kDraining, DrainingVersions{draining_});
    Tell(MessageKind::kCommitted, ReleaseNumber{number});
  }

  void FinishDrain() {
    if (draining_.empty()) return;
    draining_.erase(draining_.begin());
    Tell(MessageKind::kDraining, DrainingVersions{draining_});
  }

  // What an app that has got hold of its worker may say.
  void Lie(size_t which) {
    lies_ = true;
    const uint64_t number = release_->number() + which % 3;
    switch (which % 6) {
      case 0:
        return Tell(MessageKind::kCommitted, ReleaseNumber{number});
      case 1:
        return Tell(MessageKind::kPrepared,
                    Prepared{.number = number, .error = {}, .failures = {}});
      case 2:
        return Tell(MessageKind::kPrepared,
                    Prepared{.number = number + 1, .error = {}, .failures = {{7, "boot", "no"}}});
      case 3:
        return Tell(MessageKind::kDraining, DrainingVersions{{1, 2, 3, 4'000'000}});
      case 4:
        return Tell(MessageKind::kPreparing, Preparing{.version = 3, .step = "sleep"});
      default:
        if (channel_ == nullptr) return;
        NANO_CHECK(channel_->Send(static_cast<uint8_t>(which * 37), "nonsense").ok());
    }
  }

  FakeWorkers& owner_;
  SupervisorSide supervisor_;
  WorkerSide worker_;
  std::unique_ptr<Channel> channel_;
  std::deque<Packet> inbox_;
  std::map<std::string, AppVersion::Snapshot> staged_;
  std::shared_ptr<const Release> release_;
  std::shared_ptr<const Release> preparing_;
  std::vector<uint32_t> news_;  // Versions that are new in it.
  size_t at_ = 0;               // Steps that were told: two of each.
  bool said_ = false;           // That it is prepared.
  uint64_t reminded_ = 0;       // Of this release, and those before: it was left behind.
  std::vector<uint32_t> draining_;
  bool lies_ = false;
};

FakeWorkers::FakeWorkers(uv_loop_t* loop, size_t count)
    : loop_(loop), count_(count), places_(count + 1) {
  for (size_t i = 0; i <= count; ++i) places_[i].index = i;
}

FakeWorkers::~FakeWorkers() = default;

void FakeWorkers::Start(WorkersObserver& observer) {
  observer_ = &observer;
  for (size_t i = 0; i < count_; ++i) {
    places_[i].due = true;
    ForkDue(places_[i]);
  }
}

void FakeWorkers::ForkDue(Place& place) {
  if (!place.due || place.process != nullptr) return;
  place.due = false;
  place.killed = false;
  place.process = std::make_unique<Process>(*this, place.index, place.index == count_);
  observer_->OnStarted(*place.process->link);
}

// It has been reaped. As the supervisor does it: the link is nobody's any more when that is told.
void FakeWorkers::End(Place& place, bool blamed) {
  const std::unique_ptr<Process> process = std::move(place.process);
  const bool is_probe = place.index == count_;
  WorkerDeath death{.text = "was killed", .version = std::nullopt};
  if (blamed) death.version = process->Suspect();
  if (!is_probe) place.due = true;
  if (is_probe && place.killed) return;
  observer_->OnEnded(*process->link, death);
}

void FakeWorkers::Act(uint8_t who, uint8_t what) {
  Place& place = places_[who % places_.size()];
  if (place.process == nullptr) return ForkDue(place);
  if (place.killed && what % 4 == 0) return End(place, false);
  if (what % 16 == 15) return End(place, what >= 128);
  place.process->Act(what);
}

bool FakeWorkers::Behave() {
  bool any = false;
  for (Place& place : places_) {
    if (place.process == nullptr) {
      any = any || place.due;
      ForkDue(place);
    } else if (place.killed || !place.process->connected()) {
      // Also what the supervisor does to one whose channel has ended.
      End(place, false);
      any = true;
    } else {
      any = place.process->Behave() || any;
    }
  }
  return any;
}

void FakeWorkers::CheckAllPrepared(uint64_t number) const {
  for (const Place& place : places_) {
    const Process* process = place.process.get();
    if (process == nullptr || place.index == count_ || !process->connected()) continue;
    NANO_CHECK(process->lies() || process->IsReadyFor(number));
  }
}

bool FakeWorkers::AnyLies() const {
  return std::any_of(places_.begin(), places_.end(), [](const Place& place) {
    return place.process != nullptr && place.process->lies();
  });
}

void FakeWorkers::CheckServe(const Release& release) const {
  for (const Place& place : places_) {
    if (place.index == count_) {
      NANO_CHECK(place.process == nullptr);
      continue;
    }
    NANO_CHECK(place.process != nullptr);
    if (place.process->lies()) continue;
    NANO_CHECK(place.process->idle());
    NANO_CHECK(place.process->release().number() == release.number());
    NANO_CHECK(place.process->link->release->number() == release.number());
  }
}

std::vector<WorkerLink*> FakeWorkers::live() {
  std::vector<WorkerLink*> links;
  for (size_t i = 0; i < count_; ++i) {
    if (places_[i].process != nullptr) links.push_back(places_[i].process->link.get());
  }
  return links;
}

void FakeWorkers::StartProbe() { places_.back().due = true; }

void FakeWorkers::EndProbe() {
  places_.back().due = false;
  places_.back().killed = true;
}

void FakeWorkers::Remind(WorkerLink& worker) { places_[worker.slot].process->Remind(); }

std::optional<uint32_t> FakeWorkers::Running(const WorkerLink& worker) const {
  const Place& place = places_[worker.slot];
  return place.process == nullptr ? std::nullopt : place.process->Running();
}

void FakeWorkers::Replace(WorkerLink& worker, const std::string&) {
  NANO_CHECK(!worker.is_probe);
  places_[worker.slot].killed = true;
}

}  // namespace nano::fuzz
