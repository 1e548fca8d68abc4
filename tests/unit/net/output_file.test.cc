// Tests of Output with files: they go out from where they are, in their place among all else.
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/file_part.h"
#include "net/output.h"
#include "tests/unit/net/output_line.h"

namespace nano::net {
namespace {

using testing::Line;

// A file in memory, mapped, and whether it is still needed.
class TestFile {
 public:
  explicit TestFile(const std::string& bytes) { file_ = std::make_shared<Mapped>(bytes); }
  FilePart Part(size_t offset, size_t size) const {
    return {.bytes = std::string_view(file_->bytes).substr(offset, size),
            .descriptor = file_->descriptor,
            .offset = offset,
            .owner = file_};
  }
  long shares() const { return file_.use_count(); }

 private:
  struct Mapped {
    explicit Mapped(const std::string& text) : bytes(text), descriptor(memfd_create("test", 0)) {
      REQUIRE(write(descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
    ~Mapped() { close(descriptor); }
    const std::string bytes;
    const int descriptor;
  };
  std::shared_ptr<Mapped> file_;
};

std::string Numbered(size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + ",";
  text.resize(size);
  return text;
}

TEST_CASE("a part of a file keeps its place among what waits, and takes no memory",
          "[output][file]") {
  BufferPool pool;
  Line line(pool);
  const std::string text = Numbered(3'000'000);
  const TestFile file(text);
  std::string sent;
  for (int i = 0; i < 5; ++i) {
    const std::string before = "before " + std::to_string(i) + std::string(5000, '.');
    const size_t at = static_cast<size_t>(i) * 11;
    line.output.FlushWith(before);
    line.output.FlushWith(file.Part(at, 2'900'000));
    sent += before + text.substr(at, 2'900'000);
    CHECK(line.output.holds_part());
    CHECK(line.output.queued() > 2'800'000);
    CHECK(line.output.kept() < 20'000);
    CHECK(line.output.end() == sent.size());
    CHECK(file.shares() == 2);
    line.output.FlushWith(std::string_view("after"));
    sent += "after";
    line.Drain();
    CHECK(line.output.handed() == sent.size());
    CHECK_FALSE(line.output.holds_part());
    CHECK(file.shares() == 1);
  }
  CHECK((line.received == sent));
  CHECK_FALSE(line.output.failed());
}

TEST_CASE("a small part of a file goes at once", "[output][file]") {
  BufferPool pool;
  Line line(pool);
  const TestFile file("0123456789");
  line.output.buffer().append("head,");
  line.output.FlushWith(file.Part(3, 4));
  CHECK(line.output.queued() == 0);
  CHECK(file.shares() == 1);
  line.Receive();
  CHECK(line.received == "head,3456");
}

TEST_CASE("an output whose peer has gone lets a file go", "[output][file]") {
  const auto before = signal(SIGPIPE, SIG_IGN);
  BufferPool pool;
  const TestFile file(std::string(1'000'000, 'x'));
  {
    Line line(pool);
    line.output.FlushWith(file.Part(0, 1'000'000));
    CHECK(line.output.holds_part());
    line.ClosePeer();
    line.output.Resume();
    CHECK(line.output.failed());
    CHECK(line.output.queued() == 0);
    CHECK(line.output.end() == 1'000'000);
    CHECK(file.shares() == 1);
  }
  signal(SIGPIPE, before);
}

TEST_CASE("a file that is shorter than it said breaks the connection", "[output][file]") {
  BufferPool pool;
  Line line(pool);
  const TestFile file("0123456789");
  FilePart part = file.Part(0, 10);
  part.offset = 10;
  line.output.FlushWith(std::move(part));
  CHECK(line.output.failed());
}

}  // namespace
}  // namespace nano::net
