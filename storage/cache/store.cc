// Which entries there are, and which go. See store.h for ownership and threads.
#include "storage/cache/store.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>

#include "base/check.h"
#include "base/system_error.h"

namespace nano::cache {
namespace {

constexpr uint64_t kPage = 4096;

// What a file of a size takes.
uint64_t ChargeOf(uint64_t size) { return (size + kPage - 1) / kPage * kPage; }

bool SetExpiry(int file, int64_t expires) {
  const timespec at{.tv_sec = static_cast<time_t>(expires), .tv_nsec = 0};
  const timespec times[2] = {at, at};
  return futimens(file, times) == 0;
}

constexpr std::string_view kTemporary = ".tmp";

// Goes with the descriptor. False: another one has it.
bool Lock(int file) {
  struct flock all {};
  all.l_type = F_WRLCK;
  all.l_whence = SEEK_SET;
  return fcntl(file, F_OFD_SETLK, &all) == 0 || (errno != EAGAIN && errno != EACCES);
}

// Another process is writing it.
bool IsBeingWritten(int folder, const std::string& name) {
  if (!name.ends_with(kTemporary)) return false;
  const Descriptor file = OpenAt(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  return file.get() >= 0 && !Lock(file.get());
}

uint64_t Seed() {
  uint64_t seed = 0;
  while (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
  }
  return seed;
}

}  // namespace

Deposit::Deposit(Store& store, std::string app, EntryKey key, std::string temporary,
                 Descriptor file, const EntryHead& head)
    : store_(store),
      app_(std::move(app)),
      temporary_(std::move(temporary)),
      key_(key),
      expires_(head.expires) {
  writer_.emplace(std::move(file), head);
}

Deposit::~Deposit() { Discard(); }

void Deposit::Discard() {
  if (!writer_) return;
  writer_.reset();
  Store::App* const app = store_.AppOf(app_, /*make=*/false);
  if (app == nullptr) return;
  app->bytes -= charged_;
  app->pending -= charged_;
  store_.bytes_ -= charged_;
  unlinkat(app->folder.descriptor(), temporary_.c_str(), 0);
}

// Counts what the file takes so far, and makes room for it.
bool Deposit::Charge() {
  const uint64_t charge = ChargeOf(writer_->file_size());
  if (writer_->body_size() > store_.bounds_.entry) return false;
  Store::App* const app = store_.AppOf(app_, /*make=*/false);
  if (app == nullptr) return false;
  const uint64_t more = charge - charged_;
  if (more == 0) return true;
  charged_ = charge;
  app->bytes += more;
  app->pending += more;
  store_.bytes_ += more;
  return store_.Fit(*app);
}

bool Deposit::Write(std::string_view part) {
  if (!writer_) return false;
  if (writer_->Write(part) && Charge()) return true;
  Discard();
  return false;
}

bool Deposit::Finish() {
  if (!writer_) return false;
  Store::App* const app = store_.AppOf(app_, /*make=*/false);
  if (app == nullptr || !Charge() || !writer_->Finish() ||
      !SetExpiry(writer_->descriptor(), expires_) ||
      renameat(app->folder.descriptor(), temporary_.c_str(), app->folder.descriptor(),
               NameOf(key_).c_str()) != 0) {
    Discard();
    return false;
  }
  writer_.reset();
  app->pending -= charged_;
  // The file of the one before has gone with the name.
  if (const auto before = app->entries.Take(key_)) {
    app->bytes -= before->charge;
    store_.bytes_ -= before->charge;
  }
  app->entries.Add(key_, {.charge = charged_, .expires = expires_});
  ++app->figures.stored;
  return true;
}

Store::Store(Folder folder, const Bounds& bounds)
    : folder_(std::move(folder)), bounds_(bounds), seed_(Seed()) {}

Result<std::unique_ptr<Store>> Store::Open(const std::string& path, const Bounds& bounds,
                                           int64_t now) {
  Result<std::optional<Folder>> folder = Folder::Open(path);
  if (!folder.ok()) return std::move(folder).failure();
  if (!folder.value())
    return Error{"the cache's folder is not there", path, "It is made when the store starts."};
  std::unique_ptr<Store> store(new Store(std::move(*folder.value()), bounds));
  Result<std::vector<std::string>> names = store->folder_.Names();
  if (!names.ok()) return std::move(names).failure();
  for (const std::string& name : *names) {
    if (Result<void> scanned = store->Scan(name, now); !scanned.ok()) {
      return std::move(scanned).failure();
    }
  }
  return store;
}

Result<void> Store::Scan(const std::string& name, int64_t now) {
  App* const app = AppOf(name, /*make=*/false);
  if (app == nullptr) return {};  // No folder: not ours.
  Result<std::vector<std::string>> names = app->folder.Names();
  if (!names.ok()) return std::move(names).failure();
  for (const std::string& file : *names) {
    EntryKey key;
    struct stat status {};
    const bool is_entry =
        ParseName(file, key) &&
        fstatat(app->folder.descriptor(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode) && status.st_mtime > now;
    if (!is_entry) {
      // Expired, or what a process left that was killed.
      if (IsBeingWritten(app->folder.descriptor(), file)) continue;
      unlinkat(app->folder.descriptor(), file.c_str(), 0);
      continue;
    }
    const uint64_t charge = ChargeOf(static_cast<uint64_t>(status.st_size));
    app->entries.Add(key, {.charge = charge, .expires = status.st_mtime});
    app->bytes += charge;
    bytes_ += charge;
  }
  Fit(*app);  // The bounds may be lower than before.
  return {};
}

Store::App* Store::AppOf(const std::string& name, bool make) {
  const auto found = apps_.find(name);
  if (found != apps_.end()) return found->second.get();
  Result<std::optional<Folder>> folder = folder_.OpenFolder(name);
  if (!folder.ok()) return nullptr;
  if (!folder.value()) {
    if (!make || mkdirat(folder_.descriptor(), name.c_str(), 0700) != 0) return nullptr;
    folder = folder_.OpenFolder(name);
    if (!folder.ok() || !folder.value()) return nullptr;
  }
  return apps_.emplace(name, std::make_unique<App>(std::move(*folder.value()))).first->second.get();
}

void Store::Forget(App& app, const EntryKey& key, const Slot& slot) {
  unlinkat(app.folder.descriptor(), NameOf(key).c_str(), 0);
  app.bytes -= slot.charge;
  bytes_ -= slot.charge;
}

void Store::Evict(App& app) {
  const auto [key, slot] = app.entries.Evict();
  Forget(app, key, slot);
  ++app.figures.evicted;
}

bool Store::Fit(App& app) {
  while (app.bytes > bounds_.app) {
    if (app.entries.empty()) return false;
    Evict(app);
  }
  while (bytes_ > bounds_.total) {
    // Of who has the most: nobody's entries go for those of an app that has more.
    App* most = nullptr;
    for (const auto& [name, one] : apps_) {
      if (!one->entries.empty() &&
          (most == nullptr || one->bytes - one->pending > most->bytes - most->pending)) {
        most = one.get();
      }
    }
    if (most == nullptr) return false;
    Evict(*most);
  }
  return true;
}

Descriptor Store::Find(const std::string& name, const EntryKey& key, int64_t now) {
  App* const app = AppOf(name, /*make=*/false);
  if (app == nullptr) return Descriptor();
  const Slot* const slot = app->entries.Use(key);
  Descriptor file;
  if (slot != nullptr && slot->expires > now) {
    file = OpenAt(app->folder.descriptor(), NameOf(key), O_RDONLY | O_NOFOLLOW);
  }
  if (file.get() < 0) {
    ++app->figures.misses;
    // Stale, or somebody has removed the file.
    if (slot != nullptr) Forget(*app, key, *app->entries.Take(key));
    return file;
  }
  ++app->figures.hits;
  return file;
}

std::unique_ptr<Deposit> Store::Begin(const std::string& name, const EntryHead& head, int64_t now) {
  if (head.expires <= now || !IsSound(head)) return nullptr;
  App* const app = AppOf(name, /*make=*/true);
  if (app == nullptr) return nullptr;
  std::string temporary = std::to_string(seed_) + "." + std::to_string(++last_temporary_);
  temporary += kTemporary;
  Descriptor file =
      OpenAt(app->folder.descriptor(), temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  // Who starts just now may have found it before it was locked, and removes it.
  if (file.get() < 0 || !Lock(file.get())) return nullptr;
  return std::unique_ptr<Deposit>(
      new Deposit(*this, name, KeyOf(head.key), std::move(temporary), std::move(file), head));
}

bool Store::Remove(const std::string& name, const EntryKey& key, int64_t now) {
  App* const app = AppOf(name, /*make=*/false);
  if (app == nullptr) return false;
  const std::optional<Slot> slot = app->entries.Take(key);
  if (!slot) return false;
  Forget(*app, key, *slot);
  return slot->expires > now;
}

uint64_t Store::Purge(const std::string& name) {
  App* const app = AppOf(name, /*make=*/false);
  if (app == nullptr) return 0;
  const uint64_t count = app->entries.size();
  while (!app->entries.empty()) {
    const auto [key, slot] = app->entries.Evict();
    Forget(*app, key, slot);
  }
  return count;
}

std::string Store::Look(const std::string& name, std::string_view after, size_t most,
                        FunctionRef<void(std::string_view text, uint64_t bytes)> visit) {
  App* const app = AppOf(name, /*make=*/false);
  if (app == nullptr) return {};
  struct Found {
    uint64_t number;
    EntryKey key;
    uint64_t bytes;
  };
  std::vector<Found> found;
  const bool goes_on = app->entries.EachBefore(
      NumberIn(after), most, [&found](uint64_t number, const EntryKey& key, const Slot& slot) {
        found.push_back({number, key, slot.charge});
      });
  for (const Found& one : found) {
    const Descriptor file =
        OpenAt(app->folder.descriptor(), NameOf(one.key), O_RDONLY | O_NOFOLLOW);
    if (file.get() < 0) continue;
    const std::optional<std::string> text = EntryReader::KeyTextOf(file);
    if (text && KeyOf(*text) == one.key) visit(*text, one.bytes);
  }
  if (!goes_on) return {};
  return std::to_string(seed_) + "." + std::to_string(found.back().number);
}

// Of what Look has returned: another process has other numbers.
uint64_t Store::NumberIn(std::string_view after) const {
  constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();
  const std::string ours = std::to_string(seed_) + ".";
  if (!after.starts_with(ours)) return kAll;
  after.remove_prefix(ours.size());
  uint64_t number = 0;
  const auto [rest, status] = std::from_chars(after.data(), after.data() + after.size(), number);
  return status == std::errc() && rest == after.data() + after.size() ? number : kAll;
}

std::vector<AppFigures> Store::Figures() const {
  std::vector<AppFigures> all;
  for (const auto& [name, app] : apps_) {
    AppFigures figures = app->figures;
    figures.app = name;
    figures.entries = app->entries.size();
    figures.bytes = app->bytes;
    all.push_back(std::move(figures));
  }
  std::ranges::sort(all, {}, &AppFigures::app);
  return all;
}

}  // namespace nano::cache
