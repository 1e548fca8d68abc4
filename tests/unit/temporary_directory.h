// A directory for one test, with all that the test puts there; removed at its end.
// Thread: the test's.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace nano::test {

// Where writes wait for no disk; for tests with thousands of them.
inline std::filesystem::path MemoryDirectory() {
  std::error_code status;
  const std::filesystem::path shared = "/dev/shm";
  return std::filesystem::is_directory(shared, status) ? shared
                                                       : std::filesystem::temp_directory_path();
}

class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(
      const std::filesystem::path& above = std::filesystem::temp_directory_path()) {
    std::string path = (above / "nano-test-XXXXXX").string();
    REQUIRE(mkdtemp(path.data()) != nullptr);
    path_ = path;
  }
  ~TemporaryDirectory() {
    std::error_code status;
    std::filesystem::remove_all(path_, status);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  // Writes a file, making the directories above it; returns its path.
  std::string Write(std::string_view name, std::string_view contents) const {
    const std::string path = *this / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    stream << contents;
    stream.close();
    REQUIRE(stream.good());
    return path;
  }

  std::string Read(std::string_view name) const {
    std::ifstream stream(*this / name, std::ios::binary);
    REQUIRE(stream.good());
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

}  // namespace nano::test
