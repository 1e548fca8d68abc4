// The threads that isolates share for slow work: turns, limits, and what an isolate's end does to
// its jobs.
#include "runtime/native/jobs/job_pool.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace nano::runtime {
namespace {

// More than any of these tests needs, however busy the machine is.
constexpr auto kPatience = std::chrono::seconds(30);

// A number that threads change and others wait for.
class Counter {
 public:
  void Add(int change) {
    const std::lock_guard lock(mutex_);
    value_ += change;
    changed_.notify_all();
  }
  int value() {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  bool WaitFor(int least) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return value_ >= least; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int value_ = 0;
};

class TestJob final : public ThreadJob {
 public:
  TestJob(std::function<void()> run, Counter* destroyed) : run_(std::move(run)), end_(destroyed) {}
  ~TestJob() override {
    if (end_ != nullptr) end_->Add(1);
  }
  void Run() override { run_(); }
  void Finish() override {}

 private:
  const std::function<void()> run_;
  Counter* const end_;
};

// Nobody waits for it once the flag is set.
class LateJob final : public ThreadJob {
 public:
  LateJob(std::function<void()> run, const std::atomic<bool>& late)
      : run_(std::move(run)), late_(late) {}
  void Run() override { run_(); }
  void Finish() override {}
  bool IsLate() const override { return late_; }

 private:
  const std::function<void()> run_;
  const std::atomic<bool>& late_;
};

std::unique_ptr<ThreadJob> MakeJob(std::function<void()> run, Counter* destroyed = nullptr) {
  return std::make_unique<TestJob>(std::move(run), destroyed);
}

// Counts what is delivered, and throws it away.
JobClient::Deliver CountTo(Counter& delivered) {
  return [&delivered](std::unique_ptr<ThreadJob> job) {
    job.reset();
    delivered.Add(1);
  };
}

}  // namespace

TEST_CASE("a job runs on another thread and is delivered after it has run") {
  Counter delivered;
  std::atomic<bool> ran = false;
  std::atomic<bool> ran_before_delivery = false;
  std::thread::id thread;
  JobClient client([&](std::unique_ptr<ThreadJob>) {
    ran_before_delivery = ran.load();
    delivered.Add(1);
  });
  client.Start(MakeJob([&] {
    thread = std::this_thread::get_id();
    ran = true;
  }));
  REQUIRE(delivered.WaitFor(1));
  CHECK(ran_before_delivery);
  CHECK(thread != std::this_thread::get_id());
}

TEST_CASE("many jobs of many clients all run, on a few threads") {
  constexpr int kClients = 20;
  constexpr int kJobs = 50;
  Counter delivered;
  std::atomic<int> ran = 0;
  std::vector<std::unique_ptr<JobClient>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<JobClient>(CountTo(delivered)));
  }
  for (int i = 0; i < kJobs; ++i) {
    for (const auto& client : clients) client->Start(MakeJob([&] { ++ran; }));
  }
  REQUIRE(delivered.WaitFor(kClients * kJobs));
  CHECK(ran == kClients * kJobs);
  CHECK(JobThreads() >= 1);
  // One for each, had all of them jobs at the same moment, beside some that have several.
  CHECK(JobThreads() <= kClients + 8);
}

TEST_CASE("many jobs of one client run on no more threads than the processors keep busy") {
  constexpr int kMany = 200;
  const int most = std::clamp<int>(static_cast<int>(std::thread::hardware_concurrency()), 2, 4);
  Counter release;
  Counter started;
  Counter delivered;
  JobClient client(CountTo(delivered));
  for (int i = 0; i < kMany; ++i) {
    client.Start(MakeJob([&] {
      started.Add(1);
      (void)release.WaitFor(1);
    }));
  }
  // So many run until they are let go, and no more have begun meanwhile.
  REQUIRE(started.WaitFor(most));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(started.value() == most);
  release.Add(1);
  REQUIRE(delivered.WaitFor(kMany));
  CHECK(started.value() == kMany);
}

TEST_CASE("jobs that nobody waits for run after their client's others, but for one of sixteen") {
  constexpr int kLate = 60;
  constexpr int kOthers = 40;
  const int most = std::clamp<int>(static_cast<int>(std::thread::hardware_concurrency()), 2, 4);
  Counter started;
  Counter release;
  Counter delivered;
  std::atomic<bool> late = false;
  std::mutex mutex;
  std::string order;
  const auto note = [&](char which) {
    return [&, which] {
      const std::lock_guard lock(mutex);
      order += which;
    };
  };
  JobClient client(CountTo(delivered));
  // All but one of the client's threads stay held, so that the order of what is noted is the order
  // it is taken in.
  Counter last;
  for (int i = 0; i < most; ++i) {
    client.Start(MakeJob([&, i] {
      started.Add(1);
      (void)(i == 0 ? release : last).WaitFor(1);
    }));
  }
  REQUIRE(started.WaitFor(most));
  for (int i = 0; i < kLate; ++i) client.Start(std::make_unique<LateJob>(note('l'), late));
  for (int i = 0; i < kOthers; ++i) client.Start(MakeJob(note('o')));
  late = true;
  release.Add(1);
  REQUIRE(delivered.WaitFor(1 + kLate + kOthers));
  last.Add(1);
  REQUIRE(delivered.WaitFor(most + kLate + kOthers));
  CAPTURE(order);
  CHECK(order.size() == kLate + kOthers);
  const auto before = order.rfind('o') + 1 - kOthers;
  CHECK(before >= 1);
  CHECK(before <= kOthers / 15 + 1);
}

TEST_CASE("a client with endless work leaves threads to the others") {
  constexpr int kMany = 100;
  Counter release;
  Counter delivered;
  Counter others;
  JobClient greedy(CountTo(delivered));
  for (int i = 0; i < kMany; ++i) greedy.Start(MakeJob([&] { (void)release.WaitFor(1); }));
  {
    JobClient modest(CountTo(others));
    modest.Start(MakeJob([] {}));
    modest.Start(MakeJob([] {}));
    CHECK(others.WaitFor(2));
  }
  CHECK(delivered.value() == 0);
  release.Add(1);
  CHECK(delivered.WaitFor(kMany));
}

TEST_CASE("many clients with endless work leave a thread to another one") {
  constexpr int kClients = 20;
  constexpr int kMany = 10;
  Counter release;
  Counter started;
  Counter delivered;
  Counter others;
  std::vector<std::unique_ptr<JobClient>> greedy;
  for (int i = 0; i < kClients; ++i) {
    greedy.push_back(std::make_unique<JobClient>(CountTo(delivered)));
    for (int j = 0; j < kMany; ++j) {
      greedy.back()->Start(MakeJob([&] {
        started.Add(1);
        (void)release.WaitFor(1);
      }));
    }
  }
  CHECK(started.WaitFor(kClients));
  {
    JobClient modest(CountTo(others));
    modest.Start(MakeJob([] {}));
    modest.Start(MakeJob([] {}));
    CHECK(others.WaitFor(2));
  }
  CHECK(delivered.value() == 0);
  release.Add(1);
  CHECK(delivered.WaitFor(kClients * kMany));
}

TEST_CASE("the end of a client drops its jobs that wait, and no job that runs") {
  constexpr int kMany = 100;
  Counter started;
  Counter release;
  Counter delivered;
  Counter destroyed;
  {
    JobClient client(CountTo(delivered));
    for (int i = 0; i < kMany; ++i) {
      client.Start(MakeJob(
          [&] {
            started.Add(1);
            (void)release.WaitFor(1);
          },
          &destroyed));
    }
    REQUIRE(started.WaitFor(1));
  }
  // Some of them ran already; the client did not wait for those.
  const int waited = destroyed.value();
  CHECK(waited > 0);
  CHECK(waited < kMany);
  release.Add(1);
  REQUIRE(destroyed.WaitFor(kMany));
  // A job is counted as delivered after it was destroyed.
  CHECK(delivered.WaitFor(started.value()));
  CHECK(delivered.value() == started.value());
  CHECK(waited + started.value() == kMany);
}

}  // namespace nano::runtime
