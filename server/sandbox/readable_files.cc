// The list, which is what workers were seen to open through all end-to-end tests (strace), and
// where its names lead to. See readable_files.h.
#include "server/sandbox/readable_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include <iterator>
#include <set>

#include "base/descriptor.h"
#include "net/resolver.h"
#include "net/tls/trust_store.h"

namespace nano::server {
namespace {

constexpr const char* kAlways[] = {
    "/dev/null",
    "/dev/urandom",             // V8's seeds.
    "/proc/self",               // Where the stack is, for one.
    "/sys/devices/system/cpu",  // How many processors there are.
    "/usr/share/zoneinfo",
};

// Names are to be read again where they are replaced; also through links.
std::set<std::string> FoldersOf(const std::string& file) {
  std::set<std::string> folders;
  const auto add = [&folders](const std::string& path) {
    const size_t slash = path.rfind('/');
    if (slash != std::string::npos && slash > 0) folders.insert(path.substr(0, slash));
  };
  add(file);
  char real[PATH_MAX];
  if (realpath(file.c_str(), real) != nullptr) add(real);
  return folders;
}

// Links in it lead to where the files are.
std::set<std::string> FoldersFrom(const std::string& folder) {
  std::set<std::string> folders = {folder};
  DIR* const directory = opendir(folder.c_str());
  if (directory == nullptr) return folders;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_type == DT_LNK) folders.merge(FoldersOf(folder + "/" + entry->d_name));
  }
  closedir(directory);
  return folders;
}

}  // namespace

std::vector<std::string> ReadableFiles() {
  // Never closed.
  static const int self = OpenAt(AT_FDCWD, "/proc/self", O_PATH | O_DIRECTORY).Release();
  (void)self;
  std::set<std::string> paths(std::begin(kAlways), std::end(kAlways));
  for (const char* file : net::Resolver::kSystemFiles) paths.merge(FoldersOf(file));
  paths.merge(FoldersOf("/etc/localtime"));
  paths.merge(FoldersOf("/etc/ssl/openssl.cnf"));
  if (const char* settings = getenv("OPENSSL_CONF")) paths.merge(FoldersOf(settings));
  const net::TrustStore::SystemPlaces authorities = net::TrustStore::SystemsPlaces();
  for (const std::string& file : authorities.files) paths.merge(FoldersOf(file));
  for (const std::string& folder : authorities.folders) paths.merge(FoldersFrom(folder));
  return {paths.begin(), paths.end()};
}

}  // namespace nano::server
