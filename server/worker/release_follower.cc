// Messages in, slots over. See release_follower.h for ownership and threads.
#include "server/worker/release_follower.h"

#include <utility>

#include "runtime/identity.h"
#include "server/release/mapped_snapshots.h"
#include "server/release/release_codec.h"
#include "snapshot/container.h"

namespace nano::server {
namespace {

// For what the supervisor has yet to write, as the channel takes it: at most, as what cannot be
// followed is found out by the answer (kCommitted).
constexpr int kCatchUpMs = 1'000;
constexpr uint64_t kCatchUpNs = kCatchUpMs * uint64_t{1'000'000};

// A host that leads to the app, for requests of the server's own.
std::string HostOf(const ServedApp& app) {
  for (const std::string& host : app.hosts) {
    if (!host.starts_with("*.")) return host;
  }
  return app.hosts.empty() ? "localhost" : "health" + app.hosts.front().substr(1);
}

}  // namespace

ReleaseFollower::ReleaseFollower(uv_loop_t* loop, Router& router, Log& log, RunMarks& marks,
                                 Connections connections)
    : loop_(loop),
      router_(router),
      log_(log),
      connections_(std::move(connections)),
      draining_(loop, [this] { TellDraining(); }),
      profiling_(loop, router,
                 [this](const ProfileEnd& end) { Tell(MessageKind::kProfiled, end); }),
      runs_(loop, router, marks, [this](const RunEnd& end) { Tell(MessageKind::kRunEnded, end); }) {
}

ReleaseFollower::~ReleaseFollower() = default;

Result<void> ReleaseFollower::Start(Descriptor end) {
  channel_ = TRY(Channel::Open(loop_, std::move(end), *this));
  return {};
}

void ReleaseFollower::CatchUp(uint64_t release) {
  const auto is_behind = [&] {
    return channel_ != nullptr && router_.release()->number() < release;
  };
  const uint64_t deadline = uv_hrtime() + kCatchUpNs;
  while (is_behind() && channel_->ReceiveWithin(kCatchUpMs) && uv_hrtime() < deadline) {
  }
}

size_t ReleaseFollower::pending() const {
  size_t pending = 0;
  for (const Draining::Entry& entry : draining_.entries()) pending += entry.slot->pending();
  return pending;
}

void ReleaseFollower::OnPacket(Packet packet) {
  const auto kind = static_cast<MessageKind>(packet.kind);
  if (Result<void> handled = Handle(kind, packet); !handled.ok()) {
    log_.Error("cannot follow the supervisor: " + handled.error().ToString());
    channel_.reset();  // It replaces workers whose channel ends.
  }
}

void ReleaseFollower::OnChannelEnd(std::string_view error) {
  if (!error.empty()) log_.Error("cannot follow the supervisor: " + std::string(error));
  channel_.reset();
}

Result<void> ReleaseFollower::Handle(MessageKind kind, Packet& packet) {
  switch (kind) {
    case MessageKind::kSnapshot:
      return TakeSnapshot(packet);
    case MessageKind::kPrepare:
      PrepareRelease(TRY(Decode<Prepare>(packet.body)));
      return {};
    case MessageKind::kCommit:
      Commit(TRY(Decode<ReleaseNumber>(packet.body)).number);
      return {};
    case MessageKind::kAbort:
      Abort(TRY(Decode<ReleaseNumber>(packet.body)).number);
      return {};
    case MessageKind::kAskStatus:
      TellStatus(TRY(Decode<StatusRequest>(packet.body)).token);
      return {};
    case MessageKind::kProfile:
      profiling_.Start(TRY(Decode<ProfileStart>(packet.body)), std::move(packet.descriptor));
      return {};
    case MessageKind::kEndProfile:
      profiling_.Cancel(TRY(Decode<ProfileToken>(packet.body)).token);
      return {};
    case MessageKind::kRun:
      runs_.Start(TRY(Decode<RunStart>(packet.body)));
      return {};
    case MessageKind::kPing:
      Tell(MessageKind::kPong);
      return {};
    case MessageKind::kAccept:
      connections_.accept();
      return {};
    case MessageKind::kRetire:
      connections_.retire();
      return {};
    case MessageKind::kGroup:
      connections_.set_channel(TRY(Decode<GroupChannel>(packet.body)).group,
                               std::move(packet.descriptor));
      return {};
    case MessageKind::kDismiss:
      connections_.dismiss();
      return {};
    case MessageKind::kStopping:
      connections_.wind_down();
      return {};
    case MessageKind::kFinish:
      connections_.finish();
      return {};
    case MessageKind::kCut:
      connections_.cut();
      return {};
    case MessageKind::kStore:
      connections_.set_store(std::move(packet.descriptor));
      return {};
    default:
      return Error{
          "a message of kind " + std::to_string(packet.kind) + " is none for a worker", {}, {}};
  }
}

Result<void> ReleaseFollower::TakeSnapshot(Packet& packet) {
  const auto passed = TRY(Decode<SnapshotPassed>(packet.body));
  auto container = TRY(snapshot::Container::Adopt(packet.descriptor, passed.bytes, passed.digest,
                                                  runtime::CurrentIdentity()));
  staged_[passed.digest] = std::make_shared<const snapshot::Container>(std::move(container));
  return {};
}

void ReleaseFollower::PrepareRelease(const Prepare& message) {
  preparation_.reset();
  router_.Abort();
  Result<std::vector<NewSlot>> begun = Begin(message);
  staged_.clear();  // What is needed is in the release.
  const uint64_t number = begun.ok() ? router_.prepared()->number() : 0;
  if (!begun.ok()) {
    return Tell(
        MessageKind::kPrepared,
        Prepared{.number = message.number, .error = begun.error().ToString(), .failures = {}});
  }
  preparation_ = std::make_unique<Preparation>(
      loop_, std::move(begun).value(),
      [this](uint32_t version, const char* step) {
        Tell(MessageKind::kPreparing, Preparing{.version = version, .step = step});
      },
      [this](uint32_t version, std::string_view line) {
        Tell(MessageKind::kAppLog, AppLog{.version = version, .line = std::string(line)});
      },
      [this, number](std::vector<PrepareFailure> failures) {
        Tell(MessageKind::kPrepared,
             Prepared{.number = number, .error = {}, .failures = std::move(failures)});
      });
}

Result<std::vector<NewSlot>> ReleaseFollower::Begin(const Prepare& message) {
  MappedSnapshots mapped(router_.release().get());
  const auto find = [&](std::string_view digest) -> AppVersion::Snapshot {
    const auto staged = staged_.find(std::string(digest));
    return staged == staged_.end() ? mapped.Find(digest) : staged->second;
  };
  std::shared_ptr<const Release> release =
      TRY(DecodeRelease(message.release, *router_.release(), find));
  std::vector<AppSlot*> added = router_.Prepare(release);
  std::vector<NewSlot> slots;
  for (AppSlot* slot : added) {
    const std::string& name = slot->version().name;
    const Route* old = router_.FindApp(name);
    const bool serving = old != nullptr && old->slot != nullptr && old->slot->booted();
    if (message.boot != BootAhead::kAll && !serving) continue;
    slots.push_back({slot, HostOf(*release->Find(name))});
  }
  return slots;
}

void ReleaseFollower::Commit(uint64_t number) {
  // One that was not prepared here: the supervisor knows by the number that comes back.
  if (router_.prepared() != nullptr && router_.prepared()->number() == number) {
    preparation_.reset();
    for (auto& slot : router_.Commit()) {
      slot->KeepAssets();
      draining_.Add(std::move(slot));
    }
  }
  // In this order: who hears of the release knows what is held beside it.
  TellDraining();
  Tell(MessageKind::kCommitted, ReleaseNumber{router_.release()->number()});
}

void ReleaseFollower::Abort(uint64_t number) {
  if (router_.prepared() != nullptr && router_.prepared()->number() == number) {
    preparation_.reset();
    router_.Abort();
  }
  Tell(MessageKind::kAborted, ReleaseNumber{number});
}

void ReleaseFollower::TellDraining() {
  DrainingVersions message;
  for (const Draining::Entry& entry : draining_.entries()) {
    // What has nothing under way is gone with the loop's next turn.
    if (entry.slot->pending() != 0) message.versions.push_back(entry.slot->version().id);
  }
  Tell(MessageKind::kDraining, message);
}

void ReleaseFollower::TellStatus(uint64_t token) {
  WorkerStatus status{.token = token,
                      .release = router_.release()->number(),
                      .connections = static_cast<uint32_t>(connections_.count()),
                      .versions = {}};
  for (const Route& route : router_.routes()) {
    route.Each([&status](const AppSlot& slot) {
      const VersionStatus version = slot.Status();
      if (version.booted || version.requests != 0) status.versions.push_back(version);
    });
  }
  for (const Draining::Entry& entry : draining_.entries()) {
    status.versions.push_back(entry.slot->Status());
    status.versions.back().draining = true;
  }
  Tell(MessageKind::kStatus, status);
}

void ReleaseFollower::TellServing() { Tell(MessageKind::kServing); }

void ReleaseFollower::TellBroken(uint32_t version, const std::string& why) {
  Tell(MessageKind::kBroken, BrokenVersion{.version = version, .why = why});
}

void ReleaseFollower::TellSandbox(const SandboxState& state) { Tell(MessageKind::kSandbox, state); }

template <typename Message>
void ReleaseFollower::Tell(MessageKind kind, const Message& message) {
  TellBody(kind, Encode(message));
}

void ReleaseFollower::TellBody(MessageKind kind, std::string_view body) {
  if (channel_ == nullptr) return;
  const Result<void> sent = channel_->Send(static_cast<uint8_t>(kind), body);
  if (!sent.ok()) log_.Error("cannot tell the supervisor: " + sent.error().ToString());
}

}  // namespace nano::server
