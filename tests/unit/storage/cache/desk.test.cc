// What is asked of the store of responses by messages, and what it answers.
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "storage/cache/desk.h"
#include "storage/cache/entry_key.h"
#include "tests/unit/temporary_directory.h"

namespace nano::cache {
namespace {

constexpr int64_t kNow = 1'900'000'000;

class Asked {
 public:
  explicit Asked(const std::string& path, uint64_t seed = 7) {
    Result<std::unique_ptr<Store>> store =
        Store::Open(path, {.total = 32 << 20, .app = 32 << 20, .entry = 8 << 20}, kNow);
    REQUIRE(store.ok());
    desk.emplace(std::move(store).value(), &epochs, seed);
  }

  // The answer's views are of `last`.
  Answer operator()(const std::string& app, const Request& request, int64_t now = kNow) {
    Result<std::string> answer = desk->Answer(app, Encode(request), now);
    REQUIRE(answer.ok());
    last = std::move(answer).value();
    Result<Answer> decoded = DecodeAnswer(last);
    REQUIRE(decoded.ok());
    return std::move(decoded).value();
  }

  Epochs epochs;
  std::optional<Desk> desk;
  std::string last;
};

std::string Key(std::string_view url) { return KeyText("", url); }

Request Head(Operation operation, std::string_view key) {
  return {.operation = operation,
          .key = key,
          .status = 404,
          .status_text = "Nowhere",
          .fields = "a\nb\n",
          .born = kNow - 2,
          .expires = kNow + 10};
}

TEST_CASE("a short response is put and found by one message each", "[cache]") {
  const test::TemporaryDirectory folder;
  Asked ask(folder.path());
  const std::string key = Key("http://h/");
  CHECK(ask("a", {.operation = Operation::kMatch, .key = key}).outcome == Outcome::kNone);
  Request put = Head(Operation::kPut, key);
  put.bytes = "body";
  CHECK(ask("a", put).outcome == Outcome::kDone);
  const Answer found = ask("a", {.operation = Operation::kMatch, .key = key});
  CHECK(found.outcome == Outcome::kDone);
  CHECK(found.number == 0);
  CHECK(found.size == 4);
  CHECK(found.status == 404);
  CHECK(found.status_text == "Nowhere");
  CHECK(found.fields == "a\nb\n");
  CHECK(found.born == kNow - 2);
  CHECK(found.expires == kNow + 10);
  CHECK(found.bytes == "body");
  CHECK(ask("b", {.operation = Operation::kMatch, .key = key}).outcome == Outcome::kNone);
  CHECK(ask("b", {.operation = Operation::kDelete, .key = key}).outcome == Outcome::kNone);
  CHECK(ask("a", {.operation = Operation::kDelete, .key = key}).outcome == Outcome::kDone);
  CHECK(ask("a", {.operation = Operation::kMatch, .key = key}).outcome == Outcome::kNone);
  put.expires = kNow;
  CHECK(ask("a", put).outcome == Outcome::kFailed);
}

TEST_CASE("a long body goes in parts, and is there when it is whole", "[cache]") {
  const test::TemporaryDirectory folder;
  Asked ask(folder.path());
  const std::string key = Key("http://h/");
  const std::string part(kPart, 'x');
  const uint64_t number = ask("a", Head(Operation::kBegin, key)).number;
  REQUIRE(number != 0);
  const auto write = [&](const std::string& app, uint64_t offset) {
    return ask(app,
               {.operation = Operation::kWrite, .number = number, .offset = offset, .bytes = part})
        .outcome;
  };
  CHECK(write("a", 0) == Outcome::kDone);
  CHECK(write("a", 0) == Outcome::kDone);  // Asked again: it was done.
  CHECK(write("b", kPart) == Outcome::kFailed);
  CHECK(write("a", kPart) == Outcome::kDone);
  CHECK(ask("a", {.operation = Operation::kMatch, .key = key}).outcome == Outcome::kNone);
  SECTION("whole") {
    CHECK(ask("a", {.operation = Operation::kFinish, .number = number, .offset = 2 * kPart})
              .outcome == Outcome::kDone);
    const Answer found = ask("a", {.operation = Operation::kMatch, .key = key});
    REQUIRE(found.number != 0);
    CHECK(found.size == 2 * kPart);
    CHECK(found.fields == "a\nb\n");
    CHECK(found.bytes.empty());
    const uint64_t reading = found.number;
    // Whatever becomes of the entry meanwhile.
    CHECK(ask("a", {.operation = Operation::kDelete, .key = key}).outcome == Outcome::kDone);
    const auto read = [&](const std::string& app, uint64_t offset) {
      return ask(app, {.operation = Operation::kRead, .number = reading, .offset = offset});
    };
    CHECK(read("a", 10).bytes.size() == kPart - 10);
    CHECK(read("a", kPart).bytes == part);
    CHECK(read("a", 2 * kPart).outcome == Outcome::kNone);
    CHECK(read("b", 0).outcome == Outcome::kNone);
    CHECK(ask.desk->open() == 1);
    CHECK(ask("b", {.operation = Operation::kClose, .number = reading}).outcome == Outcome::kDone);
    CHECK(ask.desk->open() == 1);
    CHECK(ask("a", {.operation = Operation::kClose, .number = reading}).outcome == Outcome::kDone);
    CHECK(ask.desk->open() == 0);
    CHECK(read("a", 0).outcome == Outcome::kNone);
  }
  SECTION("a part got lost") {
    CHECK(write("a", 3 * kPart) == Outcome::kFailed);
    CHECK(write("a", 2 * kPart) == Outcome::kFailed);
  }
  SECTION("the last part got lost") {
    CHECK(ask("a", {.operation = Operation::kFinish, .number = number, .offset = 3 * kPart})
              .outcome == Outcome::kFailed);
  }
  SECTION("given up") {
    CHECK(ask("a", {.operation = Operation::kClose, .number = number}).outcome == Outcome::kDone);
    CHECK(ask("a", {.operation = Operation::kFinish, .number = number, .offset = 2 * kPart})
              .outcome == Outcome::kFailed);
  }
  CHECK(ask("a", {.operation = Operation::kMatch, .key = key}).outcome == Outcome::kNone);
}

TEST_CASE("bodies that are open are bounded, and those that nobody asks for go", "[cache]") {
  const test::TemporaryDirectory folder;
  Asked ask(folder.path());
  const std::string key = Key("http://h/");
  size_t begun = 0;
  for (size_t i = 0; i < Desk::kMostOpen; ++i) {
    begun += ask("a", Head(Operation::kBegin, key)).outcome == Outcome::kDone ? 1 : 0;
  }
  CHECK(begun == Desk::kMostOpen / 2);
  CHECK(ask("b", Head(Operation::kBegin, key)).outcome == Outcome::kDone);  // Others have theirs.
  // Whatever is asked next: what was written of them takes no room any more.
  CHECK(ask("c", {.operation = Operation::kMatch, .key = key}, kNow + Desk::kPatience).outcome ==
        Outcome::kNone);
  CHECK(ask.desk->open() == Desk::kMostOpen / 2 + 1);
  ask("c", {.operation = Operation::kMatch, .key = key}, kNow + Desk::kPatience + 10);
  CHECK(ask.desk->open() == 0);
}

TEST_CASE("who operates the server sees and removes what there is; apps cannot", "[cache]") {
  const test::TemporaryDirectory folder;
  Asked ask(folder.path());
  for (const char* url : {"http://h/1", "http://h/2", "http://h/3"}) {
    const std::string key = Key(url);
    CHECK(ask("a", Head(Operation::kPut, key)).outcome == Outcome::kDone);
  }
  const auto operated = [&](const Request& request) {
    Result<std::string> answer = ask.desk->AnswerOperator(Encode(request), kNow);
    REQUIRE(answer.ok());
    ask.last = std::move(answer).value();
    Result<Answer> decoded = DecodeAnswer(ask.last);
    REQUIRE(decoded.ok());
    return std::move(decoded).value();
  };
  const Answer figures = operated({.operation = Operation::kFigures});
  REQUIRE(figures.figures.size() == 1);
  CHECK(figures.figures[0].app == "a");
  CHECK(figures.figures[0].entries == 3);
  CHECK(figures.figures[0].stored == 3);
  const std::string key = Key("http://h/2");
  CHECK(operated({.operation = Operation::kPurge, .app = "b"}).size == 0);
  CHECK(operated({.operation = Operation::kPurge, .app = "a", .key = key}).size == 1);
  CHECK(operated({.operation = Operation::kPurge, .app = "a"}).size == 2);
  for (const Operation operation : {Operation::kPurge, Operation::kFigures, Operation::kCaches}) {
    CHECK_FALSE(ask.desk->Answer("a", Encode({.operation = operation}), kNow).ok());
  }
  CHECK_FALSE(ask.desk->AnswerOperator(Encode({.operation = Operation::kMatch}), kNow).ok());
}

TEST_CASE("what texts of keys begin with is purged, and caches are told apart, part by part",
          "[cache]") {
  const test::TemporaryDirectory folder;
  Asked ask(folder.path());
  constexpr size_t kEach = 1'100;  // More than is looked into at once.
  for (size_t i = 0; i < kEach; ++i) {
    const std::string number = std::to_string(i);
    CHECK(ask("a", Head(Operation::kPut, KeyText("", "http://h/" + number))).outcome ==
          Outcome::kDone);
    CHECK(ask("a", Head(Operation::kPut, KeyText("other", "http://h/x/" + number))).outcome ==
          Outcome::kDone);
  }
  CHECK(ask("b", Head(Operation::kPut, KeyText("other", "http://h/x/"))).outcome == Outcome::kDone);
  // Until all was looked into.
  const auto operated = [&](Request request, const auto& use) {
    std::string after;
    size_t answers = 0;
    do {
      request.after = after;
      Result<std::string> text = ask.desk->AnswerOperator(Encode(request), kNow);
      REQUIRE(text.ok());
      const Result<Answer> answer = DecodeAnswer(*text);
      REQUIRE(answer.ok());
      use(*answer);
      after = answer->after;
      ++answers;
    } while (!after.empty());
    return answers;
  };
  const auto entries = [&](std::string_view app) {
    std::map<std::string, uint64_t> counts;
    operated({.operation = Operation::kCaches, .app = app}, [&](const Answer& answer) {
      for (const Figures& figures : answer.figures) {
        counts[std::string(figures.app)] += figures.entries;
        CHECK(figures.bytes == figures.entries * 4096);
      }
    });
    return counts;
  };
  const auto purge = [&](const std::string& prefix, size_t answers) {
    uint64_t count = 0;
    CHECK(operated({.operation = Operation::kPurge, .app = "a", .prefix = prefix},
                   [&](const Answer& answer) { count += answer.size; }) == answers);
    return count;
  };
  using Counts = std::map<std::string, uint64_t>;
  CHECK(entries("a") == Counts{{"", kEach}, {"other", kEach}});
  const std::string copied = KeyText("", "http://h/100");
  const uint32_t epoch = ask.epochs.At(CopyKeyOf("a", copied));
  const EntryKey others = CopyKeyOf("b", KeyText("other", "http://h/x/"));
  const uint32_t others_epoch = ask.epochs.At(others);
  CHECK(purge(KeyText("", "http://h/10"), 3) == 1 + 10 + 100);  // 10, 100 to 109, 1000 to 1099.
  CHECK(ask.epochs.At(CopyKeyOf("a", copied)) > epoch);
  // Others' copies are thought changed once, and not with each part.
  CHECK(ask.epochs.At(others) == others_epoch + 1);
  CHECK(ask("a", {.operation = Operation::kMatch, .key = copied}).outcome == Outcome::kNone);
  CHECK(entries("a") == Counts{{"", kEach - 111}, {"other", kEach}});
  CHECK(purge(KeyText("other", ""), 3) == kEach);
  CHECK(entries("a") == Counts{{"", kEach - 111}});
  CHECK(entries("b") == Counts{{"other", 1}});
}

TEST_CASE("whatever changes an entry is told to those who have copies, before", "[cache]") {
  const test::TemporaryDirectory folder;
  Asked ask(folder.path());
  const std::string key = Key("http://h/");
  const auto at = [&](std::string_view app) { return ask.epochs.At(CopyKeyOf(app, key)); };
  CHECK(at("a") == 0);
  ask("a", {.operation = Operation::kMatch, .key = key});
  CHECK(at("a") == 0);
  ask("a", Head(Operation::kPut, key));
  CHECK(at("a") == 1);
  CHECK(at("b") == 0);
  const uint64_t number = ask("a", Head(Operation::kBegin, key)).number;
  CHECK(at("a") == 1);
  ask("a", {.operation = Operation::kFinish, .number = number});
  CHECK(at("a") == 2);
  // Also of what is not there: it may have gone from the disk, and not from memory.
  ask("b", {.operation = Operation::kDelete, .key = key});
  CHECK(at("b") == 1);
  CHECK(ask.desk->AnswerOperator(Encode({.operation = Operation::kPurge, .app = "a"}), kNow).ok());
  CHECK(at("a") == 3);
  CHECK(ask.desk
            ->AnswerOperator(Encode({.operation = Operation::kPurge, .app = "a", .key = key}), kNow)
            .ok());
  CHECK(at("a") == 4);
}

TEST_CASE("numbers of the time before a start mean nothing", "[cache]") {
  const test::TemporaryDirectory folder;
  const std::string key = Key("http://h/");
  uint64_t number = 0;
  {
    Asked ask(folder.path(), 1000);
    number = ask("a", Head(Operation::kBegin, key)).number;
  }
  Asked ask(folder.path(), 2000);
  CHECK(ask("a", Head(Operation::kBegin, key)).number != number);
  CHECK(ask("a", {.operation = Operation::kWrite, .number = number, .bytes = "x"}).outcome ==
        Outcome::kFailed);
}

TEST_CASE("malformed messages are errors", "[cache]") {
  const test::TemporaryDirectory folder;
  Asked ask(folder.path());
  const std::string key = Key("http://h/");
  const std::string good = Encode(Head(Operation::kPut, key));
  for (size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(ask.desk->Answer("a", good.substr(0, size), kNow).ok());
  }
  CHECK_FALSE(ask.desk->Answer("a", good + "x", kNow).ok());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x81);
    (void)ask.desk->Answer("a", bad, kNow);  // Whatever comes of it, it is no crash.
  }
}

}  // namespace
}  // namespace nano::cache
