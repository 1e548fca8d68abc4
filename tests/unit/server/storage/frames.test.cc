// Frames: messages of any length come whole and in order, short ones before long ones; nonsense
// does not.
#include "server/storage/frames.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nano::server {
namespace {

StoreMessage MessageOf(uint32_t call, std::string body) {
  return {.call = call,
          .scope = call + 100,
          .body = std::make_shared<const std::string>(std::move(body))};
}

// All that the writer has, in parts of that size.
std::vector<StoreMessage> Carry(FrameWriter& writer, size_t part) {
  FrameReader reader;
  std::vector<StoreMessage> come;
  while (!writer.empty()) {
    const std::string_view next = writer.Next().substr(0, part);
    const Result<void> read = reader.Feed(next, [&](StoreMessage message) {
      come.push_back(std::move(message));
      return true;
    });
    REQUIRE(read.ok());
    writer.Sent(next.size());
  }
  return come;
}

TEST_CASE("messages come as they were sent, in whatever parts") {
  for (const size_t part : {size_t{1}, size_t{19}, size_t{4096}, size_t{1} << 20}) {
    FrameWriter writer;
    writer.Add(MessageOf(1, ""));
    writer.Add(MessageOf(2, std::string(FrameWriter::kPiece, 'a')));
    const std::vector<StoreMessage> come = Carry(writer, part);
    REQUIRE(come.size() == 2);
    CHECK(come[0].call == 1);
    CHECK(come[0].scope == 101);
    CHECK(come[0].body->empty());
    CHECK(*come[1].body == std::string(FrameWriter::kPiece, 'a'));
  }
}

TEST_CASE("a short message passes a long one, and long ones come one after the other") {
  FrameWriter writer;
  const std::string body(5 * FrameWriter::kPiece + 1, 'l');
  writer.Add(MessageOf(1, body));
  writer.Add(MessageOf(2, body));
  // Its first piece is on its way.
  const std::string first(writer.Next());
  writer.Add(MessageOf(3, "short"));
  const std::vector<StoreMessage> come = Carry(writer, FrameWriter::kPiece);
  REQUIRE(come.size() == 3);
  CHECK(come[0].call == 3);
  CHECK(come[1].call == 1);
  CHECK(come[2].call == 2);
  CHECK(*come[2].body == body);
  CHECK(writer.waiting() == 0);
}

TEST_CASE("what no writer has written is refused") {
  FrameWriter writer;
  writer.Add(MessageOf(1, std::string(FrameWriter::kPiece + 1, 'l')));
  const std::string first(writer.Next());
  const auto refused = [](const std::string& bytes) {
    FrameReader reader;
    return !reader.Feed(bytes, [](StoreMessage) { return true; }).ok();
  };
  CHECK_FALSE(refused(first));
  CHECK(refused(first + first));  // A second long one before the first has ended.
  std::string wrong = first;
  wrong[3] = '\x7f';  // Its length.
  CHECK(refused(wrong));
  wrong = first;
  wrong[15] = '\x7f';  // The whole message's.
  CHECK(refused(wrong));
  wrong = first;
  wrong[16] = '\x09';  // Its kind.
  CHECK(refused(wrong));
}

}  // namespace
}  // namespace nano::server
