// The responses that apps keep, on disk: which there are, how much of it, and what goes when it is
// too much. An app has a folder of its own and sees no other's.
//
// A file is an entry (entry_file.h), called by its key; the time of its last change is when it
// expires. So a start finds what is there by listing folders, without a look into any file.
//
// Owns the folder and what is in it. Two processes may have it for a while, as when one takes the
// other's place: what one removes is gone for the other, and what it adds is found by the other
// when it starts again. What one is writing is locked, and so none of what the other finds there
// when it starts, as a process has left it that was killed. Thread: any one at a time. All calls
// block, on the disk; none waits until something is on it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/descriptor.h"
#include "base/folder.h"
#include "base/function_ref.h"
#include "base/result.h"
#include "storage/cache/entry_file.h"
#include "storage/cache/entry_key.h"
#include "storage/cache/sieve.h"

namespace nano::cache {

// In bytes, as they lie on the disk: a file takes whole pages of it.
struct Bounds {
  uint64_t total = 0;
  uint64_t app = 0;    // Of one app. Without need (no app of many) the same as `total`.
  uint64_t entry = 0;  // Of one response.
};

// What an app has kept and asked for since the start.
struct AppFigures {
  std::string app;
  uint64_t entries = 0, bytes = 0;
  uint64_t hits = 0, misses = 0, stored = 0, evicted = 0;
};

class Store;

// A response that is being put: nobody finds it before it is whole. Destroyed before that it leaves
// nothing. Goes before its store.
class Deposit {
 public:
  ~Deposit();
  Deposit(const Deposit&) = delete;
  Deposit& operator=(const Deposit&) = delete;

  // The next part of the body. False: it is too large, or the disk takes no more; it is given up.
  bool Write(std::string_view part);
  // The body is whole: from now on it is what the key finds. False as above.
  bool Finish();

 private:
  friend class Store;
  Deposit(Store& store, std::string app, EntryKey key, std::string temporary, Descriptor file,
          const EntryHead& head);
  bool Charge();
  void Discard();

  Store& store_;
  const std::string app_, temporary_;
  const EntryKey key_;
  const int64_t expires_;
  std::optional<EntryWriter> writer_;  // None: finished, or given up.
  uint64_t charged_ = 0;
};

class Store {
 public:
  // Removes from the folder, which is there, what is no entry, or none any more. An Error: it
  // cannot be read.
  static Result<std::unique_ptr<Store>> Open(const std::string& path, const Bounds& bounds,
                                             int64_t now);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // The file of a fresh entry, to be read, whatever becomes of the entry meanwhile. None: there is
  // none of the key.
  Descriptor Find(const std::string& app, const EntryKey& key, int64_t now);

  // Null: the head is not sound, or says that it has expired; or the disk takes nothing.
  std::unique_ptr<Deposit> Begin(const std::string& app, const EntryHead& head, int64_t now);

  // Whether there was one.
  bool Remove(const std::string& app, const EntryKey& key, int64_t now);

  // All of an app. How many there were.
  uint64_t Purge(const std::string& app);

  // Calls with the texts of an app's keys, and the bytes of each entry, the newest first, of so
  // many entries at most; what is called may remove them. Returns what to give as `after` to go on,
  // which comes to none that was put since; empty: these were all. Each is a look into a file.
  // After a start it begins anew.
  std::string Look(const std::string& app, std::string_view after, size_t most,
                   FunctionRef<void(std::string_view text, uint64_t bytes)> visit);

  // The apps that have anything, in the order of their names.
  std::vector<AppFigures> Figures() const;

  uint64_t bytes() const { return bytes_; }

 private:
  friend class Deposit;

  struct Slot {
    uint64_t charge = 0;
    int64_t expires = 0;
  };
  struct App {
    explicit App(Folder in) : folder(std::move(in)) {}

    Folder folder;
    Sieve<EntryKey, Slot, EntryKeyHash> entries;
    uint64_t bytes = 0;    // What deposits have written so far included.
    uint64_t pending = 0;  // Of which so much.
    AppFigures figures;
  };

  Store(Folder folder, const Bounds& bounds);
  uint64_t NumberIn(std::string_view after) const;
  Result<void> Scan(const std::string& app, int64_t now);
  App* AppOf(const std::string& name, bool make);
  void Forget(App& app, const EntryKey& key, const Slot& slot);
  void Evict(App& app);
  // Makes room for what is over the bounds. False: nothing is left that could go.
  bool Fit(App& app);

  const Folder folder_;
  const Bounds bounds_;
  std::unordered_map<std::string, std::unique_ptr<App>> apps_;
  uint64_t bytes_ = 0;
  const uint64_t seed_;  // Of the names of what is being written: another process has another one.
  uint64_t last_temporary_ = 0;
};

}  // namespace nano::cache
