// The admin API on a thread of its own, with a fake of the deployer, and `nano ctl` run against it
// as the program runs it: its command line in, its output and its exit status out.
#pragma once

#include <unistd.h>
#include <uv.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"
#include "cli/nano/arguments.h"
#include "cli/nano/ctl/ctl.h"
#include "tests/unit/server/admin/admin_fixture.h"
#include "tests/unit/temporary_directory.h"

namespace nano::cli::ctl::testing {

struct Ran {
  int status = 0;
  std::string out;
  std::string err;
};

// Runs with standard output and standard error in files, `out` and `err` of the folder.
inline Ran RunCtl(std::vector<std::string> words,
                  const test::TemporaryDirectory& folder = test::TemporaryDirectory()) {
  words.insert(words.begin(), {"nano", "ctl"});
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  auto parsed = ParseNanoArguments(static_cast<int>(argv.size()), argv.data());
  if (const auto* exit = std::get_if<Exit>(&parsed)) {
    return {exit->status, exit->status == 0 ? exit->output : "",
            exit->status == 0 ? "" : exit->output};
  }
  REQUIRE(std::holds_alternative<Options>(parsed));

  const std::pair<int, std::string> streams[] = {{STDOUT_FILENO, folder / "out"},
                                                 {STDERR_FILENO, folder / "err"}};
  std::vector<int> before;
  std::fflush(nullptr);
  for (const auto& [fd, path] : streams) {
    before.push_back(dup(fd));
    const Descriptor file = OpenAt(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file.get(), fd);
  }
  Ran ran;
  ran.status = Run(std::get<Options>(parsed));
  std::fflush(nullptr);
  for (size_t i = 0; i < before.size(); ++i) {
    dup2(before[i], streams[i].first);
    close(before[i]);
  }
  ran.out = ReadFile(folder / "out").value();
  ran.err = ReadFile(folder / "err").value();
  return ran;
}

class ApiServer {
 public:
  ApiServer() {
    uv_async_init(&fixture.loop, &wake_,
                  [](uv_async_t* wake) { static_cast<ApiServer*>(wake->data)->RunTasks(); });
    wake_.data = this;
    thread_ = std::thread([this] {
      while (!stopping_) uv_run(&fixture.loop, UV_RUN_ONCE);
    });
  }
  ~ApiServer() {
    On([this] {
      stopping_ = true;
      uv_close(reinterpret_cast<uv_handle_t*>(&wake_), nullptr);
    });
    thread_.join();
  }

  // On the server's thread, and done when it returns.
  void On(std::function<void()> task) {
    std::promise<void> done;
    {
      const std::lock_guard lock(mutex_);
      tasks_.emplace_back([&] {
        task();
        done.set_value();
      });
    }
    uv_async_send(&wake_);
    done.get_future().wait();
  }
  // The same, for what the fake of the deployer is told, or has been.
  void OnDeployments(const std::function<void(server::admin::testing::FakeDeployments&)>& task) {
    On([&] { task(*fixture.deployments); });
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(ntohs(fixture.port)); }

  Ran Ctl(std::vector<std::string> words,
          const std::string& token = server::admin::testing::kToken) const {
    words.insert(words.end(), {"--admin", address()});
    if (!token.empty()) words.insert(words.end(), {"--token", token});
    return RunCtl(std::move(words));
  }

  // Runs what goes on for ever: `news` is repeated until the output has `text`, and then the server
  // ends what follows it.
  Ran CtlUntil(const std::string& text, std::vector<std::string> words,
               const std::function<void(server::admin::testing::FakeDeployments&)>& news) {
    words.insert(words.end(), {"--admin", address(), "--token", server::admin::testing::kToken,
                               "--timeout", "300ms"});
    const test::TemporaryDirectory folder;
    std::thread watcher([&] {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (std::chrono::steady_clock::now() < deadline) {
        const Result<std::string> out = ReadFile(folder / "out");
        if (out.ok() && out->find(text) != std::string::npos) break;
        OnDeployments(news);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      On([this] { fixture.api->StopFollowing(true); });
    });
    Ran ran = RunCtl(std::move(words), folder);
    watcher.join();
    return ran;
  }

  server::admin::testing::Fixture fixture;

 private:
  void RunTasks() {
    std::vector<std::function<void()>> tasks;
    {
      const std::lock_guard lock(mutex_);
      tasks.swap(tasks_);
    }
    for (const auto& task : tasks) task();
  }

  uv_async_t wake_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace nano::cli::ctl::testing
