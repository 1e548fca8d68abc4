// `nano ctl profile`: has a worker make a profile of an app, and puts it into a file.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/terminal.h"
#include "base/utf8.h"
#include "cli/nano/ctl/arguments.h"
#include "cli/nano/ctl/commands.h"

namespace nano::cli::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint32_t kMostSeconds = 300;

constexpr char kFooter[] = R"help(Examples:
  nano ctl profile shop                   ten seconds of CPU time: shop-TIME.cpuprofile
  nano ctl profile shop --seconds 60 -o busy.cpuprofile
  nano ctl profile shop --heap            what is on its heap: shop-TIME.heapsnapshot

Chrome's DevTools open the files (Performance and Memory), and so does VS Code. CPU time is looked at a
thousand times a second, in one worker, while the app serves as ever, some percent slower; places are
those in the app's sources. A heap snapshot stops the worker, with all apps in it, for about a second for
each 100 MB, and has everything that the app holds in it, secrets too: the file is for your user alone.

Time in which nothing of the app runs is "(idle)", or "(not sampled)" where another app ran. Ctrl+C ends it,
and nothing is kept. An app that is stopped at `limits.cpu` takes its profile with it: give it more for
the recording (`nano ctl limits APP cpu=0s`: no bound), and then `cpu=default`.)help";

std::string DefaultName(const Options& options) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char time[32];
  std::strftime(time, sizeof time, "%Y%m%d-%H%M%S", &parts);
  return options.app + "-" + time + (options.heap ? ".heapsnapshot" : ".cpuprofile");
}

// "10", or as durations are written elsewhere, "10s", of which the number is left. What is wrong
// with it; empty: nothing.
std::string CheckSeconds(std::string& text) {
  std::string_view number = text;
  if (number.ends_with('s')) number.remove_suffix(1);
  uint32_t seconds = 0;
  const auto [rest, status] =
      std::from_chars(number.data(), number.data() + number.size(), seconds);
  const bool is_number = status == std::errc() && rest == number.data() + number.size();
  if (!is_number || seconds < 1 || seconds > kMostSeconds) {
    return "'" + text + "' is not a number of seconds from 1 to " + std::to_string(kMostSeconds);
  }
  text = std::to_string(seconds);
  return {};
}

// A file that is there when something comes, and not any more if not all does.
class Output {
 public:
  explicit Output(std::string path) : path_(std::move(path)), is_standard_(path_ == "-") {}
  ~Output() {
    if (!kept_ && file_.get() >= 0) unlink(path_.c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Whether there can be such a file, which is not made yet: nobody records for minutes to hear
  // that there cannot.
  bool Check() {
    if (is_standard_) return true;
    struct stat status {};
    if (stat(path_.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) errno = EISDIR;
      return (!S_ISDIR(status.st_mode) && access(path_.c_str(), W_OK) == 0) || Failed();
    }
    if (errno != ENOENT) return Failed();
    const size_t slash = path_.rfind('/');
    const std::string folder = slash == path_.npos ? "." : path_.substr(0, slash + 1);
    return access(folder.c_str(), W_OK | X_OK) == 0 || Failed();
  }
  bool Write(std::string_view part) {
    if (!is_standard_ && file_.get() < 0) {
      file_ = OpenAt(AT_FDCWD, path_, O_WRONLY | O_CREAT | O_TRUNC, 0600);
      if (file_.get() < 0) return Failed();
    }
    const int fd = is_standard_ ? STDOUT_FILENO : file_.get();
    return WriteAll(fd, part) || Failed();
  }
  void Keep() { kept_ = true; }

  const std::string& path() const { return path_; }
  bool is_standard() const { return is_standard_; }
  // Why Check or Write has failed; empty: it has not.
  const std::string& error() const { return error_; }

 private:
  bool Failed() {
    error_ = std::strerror(errno);
    return false;
  }

  const std::string path_;
  const bool is_standard_;
  Descriptor file_;
  std::string error_;
  bool kept_ = false;
};

// Says what goes on, on a terminal, from a thread of its own: asking blocks.
class Watcher {
 public:
  explicit Watcher(const Options& options) : options_(options), thread_([this] { Run(); }) {}
  ~Watcher() { End(); }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void Add(size_t bytes) { received_ += bytes; }
  // Takes the line away.
  void End() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
  }
  uint64_t received() const { return received_; }

 private:
  void Run() {
    constexpr std::chrono::milliseconds kBeat{200};
    ProgressLine line(stderr);
    std::unique_lock lock(mutex_);
    while (!ended_) {
      line.Update(Text());
      changed_.wait_for(lock, kBeat);
    }
  }

  std::string Text() const {
    const std::string app = Printable(options_.app);
    if (received_ > 0) return "Receiving: " + FormatBytes(received_);
    if (options_.heap) return "Taking a snapshot of " + app + "'s heap";
    const auto left = std::chrono::ceil<std::chrono::seconds>(
        begin_ + std::chrono::seconds(options_.seconds) - Clock::now());
    if (left.count() <= 0) return "Waiting for the profile of " + app;
    return "Recording " + app + ": " + std::to_string(left.count()) + " s left";
  }

  const Options& options_;
  const Clock::time_point begin_ = Clock::now();
  std::atomic<uint64_t> received_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;  // The last member: it uses the others.
};

}  // namespace

void Arguments::DeclareProfile(CLI::App& ctl) {
  CLI::App& profile = CommandLine::AddCommand(
      ctl, "profile", "Record where an app's CPU time goes, or what is on its heap", kFooter);
  profile.callback([this] {
    options_.command = Command::kProfile;
    written_ = true;
  });
  AddPlace(profile);
  profile.add_option("APP", options_.app, "Which app")->type_name("")->required();
  CLI::Option* heap = profile.add_flag(
      "--heap", options_.heap, "A snapshot of its heap, which stops the worker for a while");
  profile.add_option("--seconds", options_.seconds, "How long to record (default: 10; up to 300)")
      ->type_name("N")
      ->transform(CLI::Validator(CheckSeconds, "", ""))
      ->excludes(heap);
  profile
      .add_option("--worker", options_.worker,
                  "In which worker (default: the first that runs the app)")
      ->type_name("N")
      ->check(CLI::Range(uint32_t{1}, uint32_t{1024}));
  profile
      .add_option("-o,--output", options_.output,
                  "The file (default: APP-TIME.cpuprofile or .heapsnapshot); - is standard output")
      ->type_name("FILE");
}

int Profile(Api& api, const Options& options) {
  Output output(options.output.empty() ? DefaultName(options) : options.output);
  const auto unwritable = [&] {
    return api.Fail({output.error(), output.path(), "Name another file: -o FILE."});
  };
  if (!output.Check()) return unwritable();
  Json body = Json().Set("kind", options.heap ? "heap" : "cpu");
  if (!options.heap) body.Set("seconds", options.seconds);
  if (options.worker != 0) body.Set("worker", options.worker);
  const std::string text = body.ToString();
  Watcher watcher(options);
  const Result<HttpAnswer> answer = api.TryFollow({.method = "POST",
                                                   .target = AppPath(options.app, "/profile"),
                                                   .headers = "content-type: application/json\r\n",
                                                   .body = {text},
                                                   .has_body = true},
                                                  [&](std::string_view part) {
                                                    watcher.Add(part.size());
                                                    return output.Write(part);
                                                  });
  watcher.End();
  if (!output.error().empty()) return unwritable();
  if (!api.Told(answer)) return api.status();
  output.Keep();
  if (!output.is_standard()) {
    std::fprintf(stderr, "Wrote %s, %s. Chrome's DevTools open it, and VS Code.\n",
                 Printable(output.path()).c_str(), FormatBytes(watcher.received()).c_str());
  }
  return kDone;
}

}  // namespace nano::cli::ctl
