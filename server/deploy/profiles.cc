// From a request to a worker, and back. See profiles.h for ownership and threads.
#include "server/deploy/profiles.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "config/yaml/units.h"
#include "server/deploy/available_memory.h"

namespace nano::server {
namespace {

// What V8 needs beside a heap to find out what is on it, and the text of it in memory.
constexpr uint64_t kTimesHeap = 2;

const VersionLoad* IsolateOf(const WorkerLoad& worker, const std::string& app) {
  for (const VersionLoad& version : worker.versions) {
    if (version.app == app && version.isolates != 0 && !version.draining) return &version;
  }
  return nullptr;
}

}  // namespace

uint64_t Profiles::Take(const ProfileRequest& request, ProfileCallback done) {
  const uint64_t token = ++last_token_;
  entries_[token] = {.request = request, .done = std::move(done)};
  status_.Ask([this, token, alive = std::weak_ptr<int>(alive_)](const Status& status) {
    if (!alive.expired() && entries_.contains(token)) Choose(token, status);
  });
  return token;
}

void Profiles::Choose(uint64_t token, const Status& status) {
  Entry& entry = entries_.at(token);
  const ProfileRequest& request = entry.request;
  std::set<uint32_t> numbers;  // Of workers that run the app.
  for (const WorkerLink* worker : workers_.live()) {
    if (worker->group == request.group) numbers.insert(worker->number());
  }
  const WorkerLoad* chosen = nullptr;
  for (const WorkerLoad& worker : status.workers) {
    if (!numbers.contains(worker.number)) continue;
    if (request.worker != 0) {
      if (worker.number == request.worker) chosen = &worker;
    } else if (worker.answered &&
               (chosen == nullptr || (IsolateOf(*chosen, request.app) == nullptr &&
                                      IsolateOf(worker, request.app) != nullptr))) {
      chosen = &worker;
    }
  }
  if (chosen == nullptr) {
    return Fail(token, request.worker == 0
                           ? "No worker answers that runs the app."
                           : "There is no worker " + std::to_string(request.worker) +
                                 " that runs the app.");
  }
  const VersionLoad* const isolate = IsolateOf(*chosen, request.app);
  if (request.heap && isolate != nullptr) {
    const uint64_t needed = kTimesHeap * isolate->memory;
    const std::optional<uint64_t> available = AvailableMemory();
    if (available && needed > *available) {
      return Fail(token, "Its heap has " + config::FormatSize(isolate->memory) +
                             ", of which a snapshot takes the double, and the system has " +
                             config::FormatSize(*available) + " left.");
    }
  }
  for (WorkerLink* worker : workers_.live()) {
    if (worker->number() == chosen->number) return Start(token, entry, *worker);
  }
  Fail(token, "The worker has ended.");
}

void Profiles::Start(uint64_t token, Entry& entry, WorkerLink& worker) {
  for (const auto& [other, each] : entries_) {
    if (other == token || each.worker != worker.id) continue;
    return Fail(token,
                "A profile is being made in worker " + std::to_string(worker.number()) +
                    " already; there is one at a time.",
                ProfileOutcome::Kind::kBusy);
  }
  entry.file = Descriptor(memfd_create("nano-profile", MFD_CLOEXEC));
  if (entry.file.get() < 0)
    return Fail(token, std::string("There is no file for it: ") + std::strerror(errno));
  const ProfileRequest& request = entry.request;
  const Result<void> sent = worker.Send(
      MessageKind::kProfile,
      ProfileStart{
          .token = token, .app = request.app, .heap = request.heap, .seconds = request.seconds},
      entry.file.get());
  if (!sent.ok()) return Fail(token, sent.error().ToString());
  entry.worker = worker.id;
  entry.patience = std::make_unique<net::Timer>(
      loop_, [this, token] { Cancel(token, "The worker does not answer."); });
  const uint64_t recorded = request.heap ? 0 : uint64_t{request.seconds} * 1000;
  entry.patience->Start(recorded + kPatienceMs);
}

void Profiles::OnProfiled(const WorkerLink& worker, const ProfileEnd& end) {
  const auto found = entries_.find(end.token);
  if (found == entries_.end() || found->second.worker != worker.id) return;
  if (!end.error.empty()) return Fail(end.token, end.error);
  ProfileOutcome outcome{.file = std::move(found->second.file)};
  struct stat status {};
  if (fstat(outcome.file.get(), &status) != 0) return Fail(end.token, std::strerror(errno));
  outcome.bytes = static_cast<uint64_t>(status.st_size);
  Finish(end.token, std::move(outcome));
}

void Profiles::OnEnded(const WorkerLink& worker) {
  std::vector<uint64_t> tokens;
  for (const auto& [token, entry] : entries_) {
    if (entry.worker == worker.id) tokens.push_back(token);
  }
  for (const uint64_t token : tokens) Fail(token, "The worker ended meanwhile.");
}

void Profiles::OnStopping() {
  while (!entries_.empty()) {
    const uint64_t token = entries_.begin()->first;
    Tell(token);
    Fail(token, "The server is stopping.", ProfileOutcome::Kind::kStopping);
  }
}

void Profiles::Cancel(uint64_t token) {
  Tell(token);
  entries_.erase(token);
}

void Profiles::Cancel(uint64_t token, std::string message) {
  Tell(token);
  Fail(token, std::move(message));
}

// The worker, that nobody waits for it any more.
void Profiles::Tell(uint64_t token) {
  const auto entry = entries_.find(token);
  if (entry == entries_.end() || entry->second.worker == 0) return;
  for (WorkerLink* worker : workers_.live()) {
    if (worker->id != entry->second.worker) continue;
    (void)worker->Send(MessageKind::kEndProfile, ProfileToken{token});
  }
}

void Profiles::Fail(uint64_t token, std::string message, ProfileOutcome::Kind kind) {
  Finish(token, {.kind = kind, .message = std::move(message)});
}

void Profiles::Finish(uint64_t token, ProfileOutcome outcome) {
  auto entry = entries_.extract(token);
  if (entry) entry.mapped().done(std::move(outcome));
}

}  // namespace nano::server
