// The file and its lock. See record.h for ownership and threads.
#include "server/cron/record.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/json_fields.h"
#include "base/system_error.h"

namespace nano::server {
namespace {

const std::string kFile = "cron.json";
constexpr char kLock[] = "cron.lock";
constexpr int64_t kFormat = 1;
constexpr size_t kMostBytes = size_t{64} << 20;

// For nobody but this user, as the state's store makes it.
Result<Folder> OpenOrMake(const std::string& path, bool with_way) {
  std::optional<Folder> folder = TRY(Folder::Open(path));
  if (folder) return std::move(*folder);
  // A dist that is being replaced is not there for a moment: what is made then would be in the way.
  const std::string around = std::filesystem::path(path).parent_path().string();
  if (!with_way && !around.empty() && !TRY(Folder::Open(around)).has_value()) {
    return SystemError(around, "open", ENOENT);
  }
  TRY(MakeDirectories(path));
  folder = TRY(Folder::Open(path));
  if (!folder) return SystemError(path, "open", ENOENT);
  if (fchmod(folder->descriptor(), 0700) != 0) return SystemError(path, "make private", errno);
  return std::move(*folder);
}

void RemoveLeftovers(const Folder& folder) {
  const Result<std::vector<std::string>> names = folder.Names();
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (Folder::IsTemporary(name, kFile)) (void)folder.Remove(name);
  }
}

}  // namespace

Result<bool> CronRecord::Lock() {
  if (is_locked()) return true;
  const Folder folder = TRY(OpenOrMake(folder_, /*with_way=*/true));
  Descriptor file = OpenAt(folder.descriptor(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (file.get() < 0) return SystemError(folder.PathOf(kLock), "create", errno);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  if (fcntl(file.get(), F_SETLK, &lock) != 0) {
    if (errno == EACCES || errno == EAGAIN) return false;
    return SystemError(folder.PathOf(kLock), "lock", errno);
  }
  RemoveLeftovers(folder);
  lock_ = std::move(file);
  return true;
}

Result<CronRecord::Handed> CronRecord::Read() const {
  const std::optional<Folder> folder = TRY(Folder::Open(folder_));
  if (!folder || !folder->Has(kFile)) return Handed();
  const std::string path = folder->PathOf(kFile);
  const Json json = TRY(Json::Parse(TRY(ReadFile(path, kMostBytes)), {.file = path}));
  const Error damaged{"this is no record of cron triggers that this program reads", path,
                      "Remove it: what is due from now on is fired."};
  const Json::Array* crons = MemberOf(json, "crons").array();
  if (MemberOf(json, "format").integer() != kFormat || crons == nullptr) return damaged;
  Handed handed;
  for (const Json& cron : *crons) {
    const std::optional<int64_t> time = MemberOf(cron, "handed").integer();
    const std::string app = TextOf(cron, "app");
    if (!time || app.empty()) return damaged;
    handed[{app, TextOf(cron, "cron")}] = *time;
  }
  return handed;
}

Result<void> CronRecord::Save(const Handed& handed) const {
  Json::Array crons;
  for (const auto& [name, time] : handed) {
    crons.push_back(Json().Set("app", name.first).Set("cron", name.second).Set("handed", time));
  }
  const Json json = Json().Set("format", kFormat).Set("crons", std::move(crons));
  return TRY(OpenOrMake(folder_, /*with_way=*/false)).Write(kFile, json.ToString() + "\n", 0600);
}

}  // namespace nano::server
