// Tests of how often refusals are told.
#include "server/worker/refusal_log.h"

#include <catch2/catch.hpp>
#include <vector>

namespace nano::server {
namespace {

using Catch::Matchers::Contains;

struct Told {
  Reason reason;
  std::string text;
  uint64_t count;
};

class Loop {
 public:
  Loop() { uv_loop_init(&loop_); }
  ~Loop() {
    Run();
    CHECK(uv_loop_close(&loop_) == 0);
  }
  // Until nothing is left to do.
  void Run() { uv_run(&loop_, UV_RUN_DEFAULT); }
  uv_loop_t* get() { return &loop_; }

 private:
  uv_loop_t loop_;
};

TEST_CASE("refusals of one reason get a line, and one more that counts the others") {
  Loop loop;
  std::vector<Told> told;
  {
    RefusalLog log(loop.get(), [&told](Reason reason, const std::string& text, uint64_t count) {
      told.push_back({reason, text, count});
    });
    CHECK(log.Line("not answered: ", Reason::kQueueFull).value() ==
          "not answered: " + std::string(WordsOf(Reason::kQueueFull).title) + " (`limits.queue`)");
    // One that has said all has nothing to come back for.
    loop.Run();
    CHECK(told.empty());
    CHECK_FALSE(log.Line("not answered: ", Reason::kQueueFull));
    CHECK(log.Line("not answered: ", Reason::kQueueTimeout));
    CHECK_FALSE(log.Line("not answered: ", Reason::kQueueFull));
    loop.Run();
    REQUIRE(told.size() == 1);
    CHECK(told[0].reason == Reason::kQueueFull);
    CHECK(told[0].count == 2);
    CHECK_THAT(told[0].text, Contains("2 more since the last line: ") && Contains("limits.queue"));
    // Nor when it goes.
    CHECK_FALSE(log.Line("not answered: ", Reason::kQueueFull));
  }
  REQUIRE(told.size() == 2);
  CHECK(told[1].count == 1);
}

}  // namespace
}  // namespace nano::server
