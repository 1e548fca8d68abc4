// The store of responses: what is put is found, whole or not at all, within its bounds.
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "storage/cache/messages.h"
#include "storage/cache/store.h"
#include "tests/unit/temporary_directory.h"

namespace nano::cache {
namespace {

constexpr int64_t kNow = 1'900'000'000;
constexpr Bounds kWide{.total = 64 << 20, .app = 64 << 20, .entry = 16 << 20};

std::unique_ptr<Store> Open(const std::string& path, const Bounds& bounds = kWide,
                            int64_t now = kNow) {
  Result<std::unique_ptr<Store>> store = Store::Open(path, bounds, now);
  REQUIRE(store.ok());
  return std::move(store).value();
}

std::string Text(std::string_view url) { return KeyText("", url); }

bool Put(Store& store, const std::string& app, std::string_view url, std::string_view body,
         int64_t expires = kNow + 60) {
  const std::string key = Text(url);
  const auto deposit = store.Begin(app,
                                   {.key = key,
                                    .status = 200,
                                    .status_text = "Fine",
                                    .fields = "etag\n\"e\"\n",
                                    .born = kNow - 1,
                                    .expires = expires},
                                   kNow);
  return deposit != nullptr && deposit->Write(body) && deposit->Finish();
}

std::optional<std::string> BodyOf(EntryReader& reader) {
  std::string body;
  while (body.size() < reader.body_size()) {
    const auto part = reader.Read(body.size(), 100'000);
    if (!part) return std::nullopt;
    body += *part;
  }
  return body;
}

// None: there is none; or what there is is damaged.
std::optional<std::string> Get(Store& store, const std::string& app, std::string_view url,
                               int64_t now = kNow) {
  const std::string key = Text(url);
  Descriptor file = store.Find(app, KeyOf(key), now);
  if (file.get() < 0) return std::nullopt;
  std::optional<EntryReader> reader = EntryReader::Open(std::move(file), key);
  if (!reader) return std::nullopt;
  return BodyOf(*reader);
}

std::string PathOf(const test::TemporaryDirectory& folder, const std::string& app,
                   std::string_view url) {
  return folder / (app + "/" + NameOf(KeyOf(Text(url))));
}

std::string Letters(size_t size) {
  std::string text(size, ' ');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST_CASE("what is put is found, with its head", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto store = Open(folder.path());
  for (const size_t size : {size_t{0}, size_t{1}, kBlock - 1, kBlock, kBlock + 1, 3 * kBlock + 7}) {
    CAPTURE(size);
    REQUIRE(Put(*store, "a", "http://h/x", Letters(size)));
    const std::string key = Text("http://h/x");
    auto reader = EntryReader::Open(store->Find("a", KeyOf(key), kNow), key);
    REQUIRE(reader);
    CHECK(reader->status() == 200);
    CHECK(reader->status_text() == "Fine");
    CHECK(reader->fields() == "etag\n\"e\"\n");
    CHECK(reader->born() == kNow - 1);
    CHECK(reader->expires() == kNow + 60);
    CHECK(reader->body_size() == size);
    CHECK(BodyOf(*reader) == Letters(size));
    if (size > kBlock) CHECK(reader->Read(kBlock - 3, 10)->size() == 3);
  }
  CHECK_FALSE(Get(*store, "a", "http://h/y").has_value());
  CHECK_FALSE(Get(*store, "b", "http://h/x").has_value());  // Another app's are not there.
  const std::vector<AppFigures> figures = store->Figures();
  REQUIRE(figures.size() == 1);
  CHECK(figures[0].entries == 1);
  CHECK(figures[0].hits == 6);
  CHECK(figures[0].misses == 1);
  CHECK(figures[0].stored == 6);
}

TEST_CASE("a body that comes in parts is found when it is whole, and not before", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto store = Open(folder.path());
  const std::string key = Text("http://h/x");
  REQUIRE(Put(*store, "a", "http://h/x", "before"));
  const std::string body = Letters(200'000);
  auto deposit = store->Begin("a", {.key = key, .status = 200, .expires = kNow + 9}, kNow);
  for (size_t at = 0; at < body.size(); at += 777) {
    REQUIRE(deposit->Write(std::string_view(body).substr(at, 777)));
  }
  CHECK(Get(*store, "a", "http://h/x") == "before");
  SECTION("given up, it leaves nothing") {
    deposit.reset();
    CHECK(Get(*store, "a", "http://h/x") == "before");
    CHECK(store->bytes() == 4096);
    size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder / "a")) {
      files += file.is_regular_file() ? 1 : 0;
    }
    CHECK(files == 1);
  }
  SECTION("finished, it takes the other's place") {
    REQUIRE(deposit->Finish());
    CHECK(Get(*store, "a", "http://h/x") == body);
    CHECK(store->Figures()[0].entries == 1);
  }
}

TEST_CASE("an entry is there until its time has come", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto store = Open(folder.path());
  REQUIRE(Put(*store, "a", "http://h/x", "body", kNow + 10));
  CHECK(Get(*store, "a", "http://h/x", kNow + 9).has_value());
  CHECK_FALSE(Get(*store, "a", "http://h/x", kNow + 10).has_value());
  CHECK(store->bytes() == 0);
  CHECK_FALSE(std::filesystem::exists(PathOf(folder, "a", "http://h/x")));
  CHECK_FALSE(Put(*store, "a", "http://h/x", "body", kNow));
}

TEST_CASE("what is removed has gone; who reads it reads on", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto store = Open(folder.path());
  REQUIRE(Put(*store, "a", "http://h/x", Letters(300'000)));
  const std::string key = Text("http://h/x");
  auto reader = EntryReader::Open(store->Find("a", KeyOf(key), kNow), key);
  CHECK(store->Remove("a", KeyOf(key), kNow));
  CHECK_FALSE(store->Remove("a", KeyOf(key), kNow));
  CHECK_FALSE(store->Remove("b", KeyOf(key), kNow));
  CHECK_FALSE(Get(*store, "a", "http://h/x").has_value());
  CHECK(BodyOf(*reader) == Letters(300'000));
}

TEST_CASE("caches of other names are others, whatever is in the names", "[cache]") {
  CHECK(KeyText("", "1:a") != KeyText("1", "a"));
  CHECK(KeyText("a", "b") != KeyText("ab", ""));
  CHECK_FALSE(KeyOf(KeyText("", "http://h/x")) == KeyOf(KeyText("x", "http://h/x")));
  EntryKey parsed;
  REQUIRE(ParseName(NameOf(KeyOf("x")), parsed));
  CHECK(parsed == KeyOf("x"));
  CHECK_FALSE(ParseName("12.tmp", parsed));
}

TEST_CASE("a start finds what was there, but for what has expired or is no entry", "[cache]") {
  const test::TemporaryDirectory folder;
  {
    const auto store = Open(folder.path());
    REQUIRE(Put(*store, "a", "http://h/x", "x", kNow + 100));
    REQUIRE(Put(*store, "a", "http://h/y", "y", kNow + 5));
    REQUIRE(Put(*store, "b", "http://h/x", "z", kNow + 100));
  }
  folder.Write("a/17.tmp", "half");
  folder.Write("stray", "");
  const auto store = Open(folder.path(), kWide, kNow + 50);
  CHECK(Get(*store, "a", "http://h/x", kNow + 50) == "x");
  CHECK_FALSE(Get(*store, "a", "http://h/y", kNow + 50).has_value());
  CHECK(Get(*store, "b", "http://h/x", kNow + 50) == "z");
  CHECK_FALSE(std::filesystem::exists(folder / "a/17.tmp"));
  CHECK(store->bytes() == 2 * 4096);
  CHECK(store->Purge("a") == 1);
  CHECK(store->bytes() == 4096);
  CHECK(Get(*store, "b", "http://h/x", kNow + 50) == "z");
}

TEST_CASE("a damaged file is no entry, wherever the damage is", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto store = Open(folder.path());
  const std::string body = Letters(kBlock + 5000);
  REQUIRE(Put(*store, "a", "http://h/x", body));
  const std::string path = PathOf(folder, "a", "http://h/x");
  const std::string good = folder.Read("a/" + NameOf(KeyOf(Text("http://h/x"))));
  const auto write = [&path](const std::string& contents) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << contents;
  };
  for (size_t at = 0; at < good.size(); at += at < 200 ? 1 : 1009) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    write(bad);
    INFO("byte " << at);
    REQUIRE_FALSE(Get(*store, "a", "http://h/x").has_value());
  }
  for (const size_t size : {size_t{0}, size_t{63}, size_t{64}, good.size() / 2, good.size() - 1}) {
    write(good.substr(0, size));
    CHECK_FALSE(Get(*store, "a", "http://h/x").has_value());
  }
  write(good + "x");
  CHECK_FALSE(Get(*store, "a", "http://h/x").has_value());
  // As after a loss of power: the name is there, and what it names is not.
  write(std::string(good.size(), '\0'));
  CHECK_FALSE(Get(*store, "a", "http://h/x").has_value());
  write(good);
  CHECK(Get(*store, "a", "http://h/x") == body);
  // Another key's file is not this one's.
  std::filesystem::copy_file(path, PathOf(folder, "a", "http://h/y"));
  CHECK_FALSE(Get(*store, "a", "http://h/y").has_value());
}

TEST_CASE("the bounds hold: of an app, of all, and of one response", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto url = [](int number) { return "http://h/" + std::to_string(number); };
  constexpr uint64_t kEach = 8192;  // What an entry of 5,000 bytes takes.
  const auto store = Open(folder.path(), {.total = 10 * kEach, .app = 6 * kEach, .entry = 20'000});
  const std::string body = Letters(5000);
  for (int i = 0; i < 10; ++i) {
    REQUIRE(Put(*store, "a", url(i), body));
    Get(*store, "a", url(0));  // Is asked for, and stays.
  }
  CHECK(store->bytes() == 6 * kEach);
  CHECK(Get(*store, "a", url(0)) == body);
  CHECK_FALSE(Get(*store, "a", url(1)).has_value());
  CHECK(Get(*store, "a", url(9)) == body);
  // Others have room, and take it from who has the most.
  REQUIRE(Put(*store, "b", url(0), body));
  for (int i = 0; i < 6; ++i) REQUIRE(Put(*store, "c", url(i), body));
  CHECK(store->bytes() == 10 * kEach);
  CHECK(Get(*store, "b", url(0)) == body);
  const std::vector<AppFigures> figures = store->Figures();
  REQUIRE(figures.size() == 3);
  CHECK(figures[1].entries == 1);
  CHECK(figures[0].entries + figures[2].entries == 9);
  CHECK(std::max(figures[0].entries, figures[2].entries) == 5);
  // One that is too large leaves what is there.
  CHECK_FALSE(Put(*store, "b", url(0), Letters(20'001)));
  CHECK(Get(*store, "b", url(0)) == body);
  CHECK(Put(*store, "b", url(0), Letters(20'000)));
  // Lower bounds hold from the start on.
  const auto lower = Open(folder.path(), {.total = 3 * kEach, .app = 3 * kEach, .entry = 9000});
  CHECK(lower->bytes() <= 3 * kEach);
}

TEST_CASE("responses that are being put count, and make room for themselves", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto store = Open(folder.path(), {.total = 1 << 20, .app = 1 << 20, .entry = 1 << 20});
  REQUIRE(Put(*store, "a", "http://h/old", Letters(500'000)));
  const std::string key = Text("http://h/x");
  const auto deposit = store->Begin("a", {.key = key, .status = 200, .expires = kNow + 9}, kNow);
  const std::string part = Letters(100'000);
  for (int i = 0; i < 9; ++i) {
    REQUIRE(deposit->Write(part));
    CHECK(store->bytes() <= 1 << 20);
  }
  CHECK_FALSE(Get(*store, "a", "http://h/old").has_value());
  // Two of them cannot have it all.
  const std::string other = Text("http://h/y");
  const auto second = store->Begin("b", {.key = other, .status = 200, .expires = kNow + 9}, kNow);
  REQUIRE(second->Write(part));
  CHECK_FALSE(second->Write(part));
  CHECK_FALSE(second->Finish());
  CHECK(store->bytes() <= 1 << 20);
  REQUIRE(deposit->Finish());
  CHECK(Get(*store, "a", "http://h/x")->size() == 900'000);
}

TEST_CASE("two that have the folder at once do each other's entries no harm", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto one = Open(folder.path());
  REQUIRE(Put(*one, "a", "http://h/1", "one"));
  const auto two = Open(folder.path());
  CHECK(Get(*two, "a", "http://h/1") == "one");
  REQUIRE(Put(*two, "a", "http://h/1", Letters(100'000)));
  CHECK(Get(*one, "a", "http://h/1") == Letters(100'000));
  CHECK(two->Remove("a", KeyOf(Text("http://h/1")), kNow));
  CHECK_FALSE(Get(*one, "a", "http://h/1").has_value());
  CHECK(one->bytes() == 0);
  REQUIRE(Put(*two, "a", "http://h/2", "two"));
  CHECK(Get(*Open(folder.path()), "a", "http://h/2") == "two");
}

// Killed at any moment: who comes next finds entries that are whole, and nothing else.
TEST_CASE("who starts leaves alone what another one is writing", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto old = Open(folder.path());
  const std::string key = Text("http://a/1");
  const EntryHead head{.key = key, .status = 200, .born = kNow, .expires = kNow + 60};
  auto first = old->Begin("a", head, kNow);
  REQUIRE(first->Write("old"));
  const auto started = Open(folder.path());
  const std::string other = Text("http://a/2");
  EntryHead other_head = head;
  other_head.key = other;
  auto second = started->Begin("a", other_head, kNow);
  REQUIRE(second != nullptr);
  REQUIRE(second->Write("new"));
  CHECK(first->Finish());
  CHECK(second->Finish());
  CHECK(Get(*old, "a", "http://a/1") == "old");
  CHECK(Get(*started, "a", "http://a/2") == "new");
}

TEST_CASE("what no response can have in its head is not taken", "[cache]") {
  const test::TemporaryDirectory folder;
  const auto store = Open(folder.path());
  const std::string key = Text("http://a/1");
  const EntryHead sound{.key = key,
                        .status = 200,
                        .status_text = "Fine",
                        .fields = "etag\n\"e\"\n",
                        .born = kNow,
                        .expires = kNow + 60};
  CHECK(store->Begin("a", sound, kNow) != nullptr);
  const auto is_refused = [&](auto change) {
    EntryHead head = sound;
    change(head);
    return store->Begin("a", head, kNow) == nullptr;
  };
  const std::string huge(kMostHead, 'a');
  const std::string_view wrong_fields[] = {"etag",       "etag\n",      "etag\n\"e\"",    "\nv\n",
                                           "e tag\nv\n", "etag\nv\r\n", "etag\nv\netag\n"};
  for (const std::string_view fields : wrong_fields) {
    CAPTURE(fields);
    CHECK(is_refused([&](EntryHead& head) { head.fields = fields; }));
  }
  CHECK(is_refused([&](EntryHead& head) { head.key = huge; }));
  CHECK(is_refused([](EntryHead& head) { head.status = 0; }));
  CHECK(is_refused([](EntryHead& head) { head.status = 600; }));
  CHECK(is_refused([](EntryHead& head) { head.status_text = "a\r\nb: c"; }));
  CHECK(is_refused([](EntryHead& head) { head.born = INT64_MIN; }));
  CHECK(is_refused([](EntryHead& head) { head.born = kNow + 61; }));
}

TEST_CASE("a process that is killed leaves whole entries", "[cache]") {
  const test::TemporaryDirectory folder(test::MemoryDirectory());
  for (int round = 0; round < 20; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      auto store = Store::Open(folder.path(), kWide, kNow);
      if (!store.ok()) _exit(1);
      for (int i = 0;; ++i) {
        const std::string key = Text("http://h/" + std::to_string(i % 40));
        const auto deposit =
            (*store)->Begin("a", {.key = key, .status = 200, .expires = kNow + 60}, kNow);
        if (deposit == nullptr) _exit(1);
        const std::string part(997, static_cast<char>('a' + i % 26));
        for (int j = 0; j < i % 150; ++j) deposit->Write(part);
        deposit->Finish();
      }
    }
    REQUIRE(child > 0);
    usleep(3000 + static_cast<useconds_t>(round) * 700);
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const auto store = Open(folder.path());
    size_t found = 0;
    for (int i = 0; i < 40; ++i) {
      const std::string key = Text("http://h/" + std::to_string(i));
      Descriptor file = store->Find("a", KeyOf(key), kNow);
      if (file.get() < 0) continue;
      auto reader = EntryReader::Open(std::move(file), key);
      REQUIRE(reader);
      const auto body = BodyOf(*reader);
      REQUIRE(body);
      CHECK(body->size() % 997 == 0);
      CHECK(body->find_first_not_of(body->substr(0, 1)) == std::string::npos);
      ++found;
    }
    const std::vector<AppFigures> figures = store->Figures();
    CHECK(found == (figures.empty() ? 0 : figures[0].entries));
    if (figures.empty()) continue;  // It was killed before it had made anything.
    for (const auto& file : std::filesystem::directory_iterator(folder / "a")) {
      CHECK(file.path().extension() != ".tmp");
    }
  }
}

}  // namespace
}  // namespace nano::cache
