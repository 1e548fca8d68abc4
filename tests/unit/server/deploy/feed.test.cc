// The feed of news: order, bounds, and who reads it at whose pace.
#include "server/deploy/feed.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano::server {
namespace {

TEST_CASE("a feed is read by number", "[feed]") {
  Feed feed(8, 1024 * 1024, 100);
  CHECK(feed.last() == 99);
  CHECK(feed.After(0) == nullptr);
  CHECK(feed.Reaches(99));
  CHECK_FALSE(feed.Reaches(100));
  CHECK(feed.Publish("swap", "a", "{}") == 100);
  CHECK(feed.Publish("drain", "b", "{}") == 101);
  REQUIRE(feed.After(99) != nullptr);
  CHECK(feed.After(99)->name == "swap");
  CHECK(feed.After(100)->app == "b");
  CHECK(feed.After(101) == nullptr);
  CHECK(feed.After(5)->id == 100);
  CHECK(feed.Before(1) == 100);
  CHECK(feed.Before(50) == 99);
}

TEST_CASE("a feed forgets what does not fit", "[feed]") {
  Feed few(2, 1024 * 1024);
  for (int i = 0; i < 5; ++i) few.Publish("e", "", std::to_string(i));
  CHECK(few.After(0)->data == "3");
  CHECK(few.Reaches(3));
  CHECK_FALSE(few.Reaches(2));

  Feed small(100, 1000);
  for (int i = 0; i < 3; ++i) small.Publish("e", "", std::string(600, 'x'));
  CHECK(small.After(0)->id == 3);
  small.Publish("e", "", std::string(5000, 'x'));
  CHECK(small.After(0)->id == 4);  // The last one stays.
}

TEST_CASE("followers are told, and may leave meanwhile", "[feed]") {
  struct Reader final : Feed::Follower {
    explicit Reader(Feed& of) : feed(of) { feed.Follow(*this); }
    void OnNews() override {
      ++told;
      if (other != nullptr) feed.Leave(*other);
      if (leaves) feed.Leave(*this);
    }
    Feed& feed;
    Reader* other = nullptr;
    bool leaves = false;
    int told = 0;
  };
  Feed feed(8, 1024);
  Reader first(feed);
  Reader second(feed);
  first.other = &second;
  first.leaves = true;
  feed.Publish("e", "", "");
  CHECK(first.told == 1);
  CHECK(second.told == 0);
  feed.Publish("e", "", "");
  CHECK(first.told == 1);
}

}  // namespace
}  // namespace nano::server
