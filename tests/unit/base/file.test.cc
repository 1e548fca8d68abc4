// base/file.h
#include "base/file.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>
#include <vector>

#include "tests/unit/resident_memory.h"
#include "tests/unit/temporary_directory.h"

namespace nano {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;

size_t CountEntries(const TemporaryDirectory& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder.path()), {}));
}
TEST_CASE("A file is written and read whole") {
  const TemporaryDirectory folder;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{4095}, size_t{4096}, size_t{3'000'001}}) {
    std::string contents(size, '\0');
    for (size_t i = 0; i < size; ++i) contents[i] = static_cast<char>(i * 7);
    REQUIRE(WriteFileAtomically(folder / "file", contents).ok());
    const auto read = ReadFile(folder / "file");
    REQUIRE(read.ok());
    CHECK((*read == contents));
    const auto mapped = MappedFile::Open(folder / "file");
    REQUIRE(mapped.ok());
    CHECK((mapped->bytes() == contents));
  }
  CHECK(CountEntries(folder) == 1);  // No temporary file is left.
}

TEST_CASE("Files without a size are read to their end") {
  const auto status = ReadFile("/proc/self/status");
  REQUIRE(status.ok());
  CHECK(status->find("Pid:") != std::string::npos);
}

TEST_CASE("A failed write leaves the old file and no temporary one") {
  const TemporaryDirectory folder;
  REQUIRE(MakeDirectories(folder / "target/inside").ok());  // A folder cannot be renamed over.
  const auto written = WriteFileAtomically(folder / "target", "new");
  REQUIRE_FALSE(written.ok());
  CHECK(written.error().where == folder / "target");
  CHECK(CountEntries(folder) == 1);

  const auto missing = WriteFileAtomically(folder / "no/such/file", "new");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message == "cannot write it: No such file or directory");
  CHECK_FALSE(missing.error().hint.empty());
}

TEST_CASE("A write that fails half way leaves the old file") {
  const TemporaryDirectory folder;
  REQUIRE(WriteFileAtomically(folder / "file", "old").ok());
  // A limit on file sizes stands in for a full disk.
  rlimit old{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old) == 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{100'000, old.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const auto written = WriteFileAtomically(folder / "file", std::string(200'000, 'x'));
  REQUIRE(setrlimit(RLIMIT_FSIZE, &old) == 0);
  signal(SIGXFSZ, handler);

  REQUIRE_FALSE(written.ok());
  CHECK(written.error().message == "cannot write it: File too large");
  CHECK(*ReadFile(folder / "file") == "old");
  CHECK(CountEntries(folder) == 1);
}

TEST_CASE("The file's mode is subject to the umask, and a link is replaced") {
  const TemporaryDirectory folder;
  const mode_t old = umask(027);
  REQUIRE(WriteFileAtomically(folder / "file", "x").ok());
  umask(old);
  struct stat status {};
  REQUIRE(stat((folder / "file").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);

  fs::create_symlink("file", folder / "link");
  REQUIRE(WriteFileAtomically(folder / "link", "y").ok());
  CHECK_FALSE(fs::is_symlink(folder / "link"));
  CHECK(*ReadFile(folder / "file") == "x");
}

TEST_CASE("Readers see the old contents or the new, and writers do not collide") {
  const TemporaryDirectory folder;
  const std::string path = folder / "file";
  const std::string a(100'000, 'a');
  const std::string b(100'000, 'b');
  REQUIRE(WriteFileAtomically(path, a).ok());
  std::vector<std::thread> writers;
  for (const std::string* contents : {&a, &b}) {
    writers.emplace_back([&path, contents] {
      for (int i = 0; i < 20; ++i) {
        if (!WriteFileAtomically(path, *contents).ok()) std::abort();
      }
    });
  }
  bool whole = true;
  for (int i = 0; i < 100; ++i) {
    const auto read = ReadFile(path);
    whole = whole && read.ok() && (*read == a || *read == b);
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(whole);
  CHECK(CountEntries(folder) == 1);
}

TEST_CASE("Reading names the path, the reason and the remedy") {
  const TemporaryDirectory folder;
  const auto missing = ReadFile(folder / "missing");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().where == folder / "missing");
  CHECK(missing.error().message == "cannot open it: No such file or directory");
  CHECK(missing.error().hint == "Check the path, and that the folders in it exist.");

  const auto directory = ReadFile(folder / ".");
  REQUIRE_FALSE(directory.ok());
  CHECK(directory.error().message == "cannot read it: Is a directory");

  CHECK_FALSE(ReadFile("").ok());
  CHECK_FALSE(ReadFile(std::string("/etc/passwd\0.txt", 16)).ok());
}

TEST_CASE("Only regular files are read, and nothing else is waited for") {
  const TemporaryDirectory folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& path : {pipe, std::string("/dev/zero")}) {
    CAPTURE(path);
    const auto read = ReadFile(path);
    const auto mapped = MappedFile::Open(path);
    const auto copied = MappedFile::OpenCopy(path, CopyPlace::kMemory);
    REQUIRE_FALSE(read.ok());
    REQUIRE_FALSE(mapped.ok());
    REQUIRE_FALSE(copied.ok());
    CHECK(read.error().message == "cannot read it: it is not a regular file");
    CHECK(mapped.error().message == "cannot map it: it is not a regular file");
    CHECK(copied.error().message == "cannot copy it: it is not a regular file");
  }
  CHECK(MappedFile::Open(folder / ".").error().message == "cannot map it: Is a directory");
  CHECK_FALSE(MappedFile::Open(folder / "missing").ok());
}

TEST_CASE("A file that is larger than it may be is not read") {
  const TemporaryDirectory folder;
  REQUIRE(WriteFileAtomically(folder / "file", std::string(5000, 'x')).ok());
  CHECK(ReadFile(folder / "file", 5000).ok());
  CHECK(ReadFile(folder / "file", 4999).error().message == "it is larger than 4999 bytes");
  // Its size says nothing.
  CHECK_FALSE(ReadFile("/proc/self/status", 10).ok());
}

TEST_CASE("A copy stays as it was, whatever becomes of the file") {
  const TemporaryDirectory folder;
  const std::string contents(3 * 4096 + 5, 'a');
  const std::string path = folder / "file";
  for (const CopyPlace place : {CopyPlace::kMemory, CopyPlace::kDisk}) {
    REQUIRE(WriteFileAtomically(path, contents).ok());
    const auto copy = MappedFile::OpenCopy(path, place);
    REQUIRE(copy.ok());
    REQUIRE(truncate(path.c_str(), 0) == 0);
    CHECK((copy->bytes() == contents));
    ReleasePages(copy->bytes());
    CHECK((copy->bytes() == contents));
    CHECK(CountEntries(folder) == 1);
    CHECK(MappedFile::OpenCopy(path, place)->bytes().empty());
    // In memory not even this process could change it.
    const bool opened =
        mprotect(const_cast<char*>(copy->bytes().data()), 4096, PROT_READ | PROT_WRITE) == 0;
    CHECK(opened == (place == CopyPlace::kDisk));
  }
}

TEST_CASE("A copy is on the file's disk, or in memory where that takes none") {
  const TemporaryDirectory folder;
  const std::string contents(3 * 4096, 'a');
  REQUIRE(WriteFileAtomically(folder / "file", contents).ok());
  // What a mapping is of: the last column of /proc/self/maps.
  const auto mapped = [](std::string_view bytes) {
    const Result<std::string> maps = ReadFile("/proc/self/maps");
    REQUIRE(maps.ok());
    char address[20];
    snprintf(address, sizeof address, "%lx-", reinterpret_cast<unsigned long>(bytes.data()));
    const size_t line = maps->find(address);
    REQUIRE(line != std::string::npos);
    return maps->substr(line, maps->find('\n', line) - line);
  };
  const auto copy = MappedFile::OpenCopy(folder / "file", CopyPlace::kDisk);
  REQUIRE(copy.ok());
  CHECK(mapped(copy->bytes()).find(folder.path() + "/#") != std::string::npos);
  CHECK_FALSE(copy->in_memory());
  // There is nowhere to write beside a file of the kernel's.
  const auto status = MappedFile::OpenCopy("/proc/sys/kernel/ostype", CopyPlace::kDisk);
  REQUIRE(status.ok());
  CHECK(status->bytes() == "Linux\n");
  CHECK(mapped(status->bytes()).find("nano-snapshot") != std::string::npos);
  CHECK(status->in_memory());
}

TEST_CASE("Nothing is copied of a file that is too large") {
  const TemporaryDirectory folder;
  const std::string path = folder / "file";
  REQUIRE(WriteFileAtomically(path, "12345").ok());
  for (const CopyPlace place : {CopyPlace::kMemory, CopyPlace::kDisk}) {
    CHECK(MappedFile::OpenCopy(path, place, 5)->bytes() == "12345");
    const auto refused = MappedFile::OpenCopy(path, place, 4);
    REQUIRE_FALSE(refused.ok());
    CHECK_THAT(refused.error().message, Catch::Contains("larger than 4 bytes"));
    // The kernel says that it has none, and gives some.
    const auto grown = MappedFile::OpenCopy("/proc/sys/kernel/ostype", place, 3);
    REQUIRE_FALSE(grown.ok());
    CHECK_THAT(grown.error().message, Catch::Contains("too large"));
  }
}

TEST_CASE("Whether there is anything, or nobody can tell") {
  const TemporaryDirectory folder;
  REQUIRE(WriteFileAtomically(folder / "file", "").ok());
  fs::create_symlink("file", folder / "link");
  fs::create_symlink("nowhere", folder / "dangling");
  fs::create_symlink("loop", folder / "loop");
  CHECK(*IsThere(folder / "file"));
  CHECK(*IsThere(folder / "link"));
  CHECK(*IsThere("/"));
  CHECK_FALSE(*IsThere(folder / "none"));
  CHECK_FALSE(*IsThere(folder / "none/below"));
  CHECK_FALSE(*IsThere(folder / "file/below"));
  CHECK_FALSE(*IsThere("none"));
  for (const char* name : {"dangling", "dangling/below", "dangling/"}) {
    const auto told = IsThere(folder / name);
    REQUIRE_FALSE(told.ok());
    CHECK_THAT(told.error().message,
               Catch::Contains("symbolic link to 'nowhere', which is not there"));
  }
  CHECK_FALSE(IsThere(folder / "loop").ok());
  CHECK_FALSE(IsThere(folder / "loop/below").ok());
}

TEST_CASE("A mapping moves without its bytes moving") {
  const TemporaryDirectory folder;
  REQUIRE(WriteFileAtomically(folder / "a", "first").ok());
  REQUIRE(WriteFileAtomically(folder / "b", "second").ok());
  auto first = MappedFile::Open(folder / "a");
  auto second = MappedFile::Open(folder / "b");
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  const char* address = first->bytes().data();
  MappedFile moved = std::move(*first);
  CHECK(moved.bytes() == "first");
  CHECK(moved.bytes().data() == address);
  CHECK(first->bytes().empty());
  moved = std::move(*second);
  CHECK(moved.bytes() == "second");
  // Replacing the file leaves the mapping as it was.
  REQUIRE(WriteFileAtomically(folder / "b", "changed").ok());
  CHECK(moved.bytes() == "second");
}

TEST_CASE("Folders are made and removed with what is in them") {
  const TemporaryDirectory folder;
  REQUIRE(MakeDirectories(folder / "a/b/c").ok());
  REQUIRE(MakeDirectories(folder / "a/b/c").ok());
  REQUIRE(WriteFileAtomically(folder / "a/b/file", "x").ok());
  REQUIRE(WriteFileAtomically(folder / "outside", "x").ok());
  fs::create_symlink(folder / "outside", folder / "a/link");

  const auto blocked = MakeDirectories(folder / "outside/d");
  REQUIRE_FALSE(blocked.ok());
  CHECK(blocked.error().message == "cannot create it: Not a directory");
  CHECK_FALSE(MakeDirectories(folder / "outside").ok());

  REQUIRE(RemoveTree(folder / "a").ok());
  CHECK_FALSE(fs::exists(folder / "a"));
  CHECK(fs::exists(folder / "outside"));
  REQUIRE(RemoveTree(folder / "a").ok());
  CHECK_FALSE(RemoveTree("").ok());
}

TEST_CASE("released pages leave memory, not the mapping") {
  const TemporaryDirectory folder;
  const std::string path = folder / "mapped";
  const std::string contents(1 << 20, 'x');
  REQUIRE(WriteFileAtomically(path, contents).ok());
  const Result<MappedFile> file = MappedFile::Open(path);
  REQUIRE(file.ok());
  CHECK(test::ResidentBytes(file->bytes()) == 0);
  REQUIRE(file->bytes() == contents);
  CHECK(test::ResidentBytes(file->bytes()) == contents.size());
  // The first and the second page.
  ReleasePages(file->bytes().substr(4095, 2));
  CHECK(test::ResidentBytes(file->bytes()) == contents.size() - 2 * 4096);
  ReleasePages(file->bytes());
  CHECK(test::ResidentBytes(file->bytes()) == 0);
  CHECK(file->bytes() == contents);
  ReleasePages({});
}

}  // namespace
}  // namespace nano
