// The supervisor with workers that answer every connection with a byte: no V8, no HTTP.
#include "server/supervisor/supervisor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor_passing.h"
#include "base/file.h"
#include "server/supervisor/handover.h"
#include "server/supervisor/listening_sockets.h"
#include "server/supervisor/predecessor.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPatience{5000};

// What a worker of the test does until SIGTERM.
enum class Behaviour {
  kAnswer,
  kDie,
  kIgnoreTermination,
  // As kIgnoreTermination; and the first worker of slot 0 answers once, closes its channel to the
  // supervisor, and accepts no more, as one that finishes what it has begun.
  kLetGo,
};

void AnswerWith(int connection, pid_t pid) {
  if (connection < 0) return;
  if (write(connection, &pid, sizeof pid) < 0) _exit(3);
  close(connection);
}

[[noreturn]] void RunTestWorker(const Supervisor::WorkerStart& start, Behaviour behaviour) {
  const std::vector<int>& sockets = start.sockets;
  if (behaviour == Behaviour::kDie) _exit(7);
  struct sigaction action {};
  action.sa_handler = [](int) { _exit(0); };
  if (behaviour == Behaviour::kIgnoreTermination || behaviour == Behaviour::kLetGo) {
    action.sa_handler = SIG_IGN;
  }
  sigaction(SIGTERM, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  const pid_t pid = getpid();
  for (;;) {
    pollfd waiting[] = {{.fd = sockets[0], .events = POLLIN, .revents = 0},
                        {.fd = start.receiver, .events = POLLIN, .revents = 0}};
    poll(waiting, 2, -1);
    if (waiting[1].revents != 0) AnswerWith(ReceiveDescriptor(start.receiver), pid);
    if (waiting[0].revents == 0) continue;
    AnswerWith(accept(sockets[0], nullptr, nullptr), pid);
    if (behaviour != Behaviour::kLetGo || start.slot != 0) continue;
    close(start.control);
    for (;;) pause();
  }
}

struct NobodyDeploys final : WorkersObserver {
  void OnInCharge() override {}
  size_t broken() const override { return 0; }
  bool TriesAgain(size_t) const override { return false; }
  std::shared_ptr<const Release> current() const override { return nullptr; }
  void OnStarted(WorkerLink&) override {}
  void OnMessage(WorkerLink&, MessageKind, const std::string&) override {}
  void OnEnded(WorkerLink&, const WorkerDeath&) override {}
  void OnBlamed(uint32_t) override {}
  void OnReloadSignal(std::function<void(bool)>) override {}
  void OnStopping(bool) override {}
  bool ended() const override { return true; }
};

// A supervisor in a process of its own.
class Server {
 public:
  Server(size_t workers, Behaviour behaviour, milliseconds shutdown_timeout = milliseconds(10000)) {
    auto sockets = ListeningSockets::Open({{"127.0.0.1", 0}}, workers);
    REQUIRE(sockets.ok());
    port_ = sockets->addresses()[0].port;
    pid_ = fork();
    if (pid_ == 0) {
      LogSink sink(open(log_path().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
      Log log(sink, LogFormat::kJson);
      AppFaults faults(workers + 1);
      AppMetrics metrics(workers);
      Supervisor supervisor({.workers = workers, .shutdown_timeout = shutdown_timeout},
                            std::move(sockets).value(), faults, metrics, log,
                            [](uv_loop_t*, Workers&) { return std::make_unique<NobodyDeploys>(); });
      const Supervisor::Outcome outcome = supervisor.Run();
      if (!outcome.worker.has_value()) _exit(outcome.exit_status);
      RunTestWorker(*outcome.worker, behaviour);
    }
  }

  ~Server() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  std::string log_path() const { return directory_.path() + "/log"; }

  // A connection that the kernel has accepted; a worker may not have.
  int Connect() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    close(fd);
    return -1;
  }

  // The worker that answers a connection; 0 if none does. Closes it.
  static pid_t Answer(int fd) {
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    pid_t worker = 0;
    if (poll(&waiting, 1, static_cast<int>(kPatience.count())) != 1 ||
        read(fd, &worker, sizeof worker) != sizeof worker) {
      worker = 0;
    }
    close(fd);
    return worker;
  }

  pid_t Ask() const { return Answer(Connect()); }

  // The exit status, negative for a signal.
  int Wait() {
    const auto end = steady_clock::now() + kPatience;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
      REQUIRE(steady_clock::now() < end);
      std::this_thread::sleep_for(milliseconds(2));
    }
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  test::TemporaryDirectory directory_;
  pid_t pid_ = 0;
  uint16_t port_ = 0;
};

bool IsAlive(pid_t pid) {
  const int fd = open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[256];
  const ssize_t size = read(fd, text, sizeof text);
  close(fd);
  const std::string_view stat(text, size < 0 ? 0 : static_cast<size_t>(size));
  const size_t state = stat.rfind(") ");
  return state != std::string_view::npos && stat[state + 2] != 'Z';
}

void WaitForDeath(pid_t pid) {
  const auto end = steady_clock::now() + kPatience;
  while (IsAlive(pid)) {
    REQUIRE(steady_clock::now() < end);
    std::this_thread::sleep_for(milliseconds(2));
  }
}

TEST_CASE("connections that wait for a killed worker are answered by the next") {
  Server server(1, Behaviour::kAnswer);
  const pid_t first = server.Ask();
  REQUIRE(first > 0);

  kill(first, SIGSTOP);
  std::vector<int> waiting;
  for (int i = 0; i < 50; ++i) waiting.push_back(server.Connect());
  const auto killed = steady_clock::now();
  kill(first, SIGKILL);
  const pid_t second = Server::Answer(waiting[0]);
  CHECK(second > 0);
  CHECK(second != first);
  CHECK(steady_clock::now() - killed <
        milliseconds(1000));  // Usually 2 ms; the machine may be busy.
  for (size_t i = 1; i < waiting.size(); ++i) CHECK(Server::Answer(waiting[i]) == second);
}

TEST_CASE("connections of a worker that is replaced are answered by the others meanwhile") {
  Server server(2, Behaviour::kLetGo, milliseconds(60'000));
  std::set<pid_t> asked;
  while (asked.size() < 2) asked.insert(server.Ask());
  std::vector<int> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(server.Connect());
  std::set<pid_t> answered;
  for (const int connection : waiting) answered.insert(Server::Answer(connection));
  CHECK(answered.size() == 1);
  CHECK_FALSE(answered.contains(0));
  for (const pid_t worker : asked) CHECK(IsAlive(worker));
}

TEST_CASE("a worker that is replaced and does not end in time is killed") {
  Server server(1, Behaviour::kLetGo, milliseconds(50));
  const pid_t first = server.Ask();
  REQUIRE(first > 0);
  const int waiting = server.Connect();
  const pid_t second = Server::Answer(waiting);
  CHECK(second > 0);
  CHECK(second != first);
  CHECK_FALSE(IsAlive(first));
  kill(server.pid(), SIGTERM);
  server.Wait();  // What it has logged is written.
  const std::string log = ReadFile(server.log_path()).value();
  CHECK_THAT(log, Catch::Contains("worker 1 is replaced: its channel to the supervisor has ended"));
  CHECK_THAT(log, Catch::Contains("worker 1 went on for 1550ms after it was told to end and was "
                                  "ended"));
}

TEST_CASE("workers that always die are started for ever and do not keep the server from stopping") {
  Server server(2, Behaviour::kDie);
  std::this_thread::sleep_for(milliseconds(100));
  CHECK(IsAlive(server.pid()));
  kill(server.pid(), SIGTERM);
  const int status = server.Wait();
  CHECK((status == 0 || status == 1));  // 1: one more died meanwhile, before its time.
}

TEST_CASE("SIGTERM and SIGINT end the workers, then the supervisor, and free the port") {
  for (const int signal : {SIGTERM, SIGINT}) {
    CAPTURE(signal);
    Server server(2, Behaviour::kAnswer);
    const pid_t worker = server.Ask();
    REQUIRE(worker > 0);
    kill(server.pid(), signal);
    CHECK(server.Wait() == 0);
    CHECK_FALSE(IsAlive(worker));
  }
}

TEST_CASE("workers that do not stop in time are killed") {
  Server server(1, Behaviour::kIgnoreTermination, milliseconds(50));
  const pid_t worker = server.Ask();
  REQUIRE(worker > 0);
  kill(server.pid(), SIGTERM);
  CHECK(server.Wait() == 1);
  CHECK_FALSE(IsAlive(worker));
}

TEST_CASE("a second signal does not wait") {
  Server server(1, Behaviour::kIgnoreTermination, milliseconds(60'000));
  const pid_t worker = server.Ask();
  REQUIRE(worker > 0);
  kill(server.pid(), SIGINT);
  std::this_thread::sleep_for(milliseconds(20));
  kill(server.pid(), SIGTERM);
  CHECK(server.Wait() == 1);
  CHECK_FALSE(IsAlive(worker));
}

TEST_CASE("SIGHUP does not end a server without a terminal") {
  Server server(1, Behaviour::kAnswer);
  const pid_t worker = server.Ask();
  REQUIRE(worker > 0);
  kill(server.pid(), SIGHUP);
  std::this_thread::sleep_for(milliseconds(20));
  CHECK(server.Ask() == worker);
}

TEST_CASE("workers die with the supervisor") {
  Server server(1, Behaviour::kIgnoreTermination);
  const pid_t worker = server.Ask();
  REQUIRE(worker > 0);
  kill(server.pid(), SIGKILL);
  CHECK(server.Wait() == -SIGKILL);
  WaitForDeath(worker);
}

// A supervisor that takes the place of the test; its workers say that they could serve, or die.
struct Taking {
  Taking(Behaviour behaviour, bool serving) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    old_end = Descriptor(ends[0]);
    auto sockets = ListeningSockets::Open({{"127.0.0.1", 0}}, 1);
    REQUIRE(sockets.ok());
    REQUIRE(SendHandover(old_end.get(), {.pid = getpid()}).ok());
    pid = fork();
    if (pid != 0) {
      close(ends[1]);
      return;
    }
    old_end = Descriptor();
    setenv(kPredecessorVariable, std::to_string(ends[1]).c_str(), 1);
    LogSink sink(open("/dev/null", O_WRONLY));
    Log log(sink, LogFormat::kJson);
    AppFaults faults(2);
    AppMetrics metrics(1);
    Supervisor::Options options{.predecessor = Predecessor::FromEnvironment().value()};
    Supervisor supervisor(std::move(options), std::move(sockets).value(), faults, metrics, log,
                          [](uv_loop_t*, Workers&) { return std::make_unique<NobodyDeploys>(); });
    const Supervisor::Outcome outcome = supervisor.Run();
    if (!outcome.worker.has_value()) _exit(outcome.exit_status);
    if (outcome.worker->accepts) _exit(9);
    if (serving) SayServing(outcome.worker->control);
    RunTestWorker(*outcome.worker, behaviour);
  }
  ~Taking() {
    if (pid <= 0) return;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }

  static void SayServing(int control) {
    struct Nobody final : Channel::Peer {
      void OnPacket(Packet) override {}
      void OnChannelEnd(std::string_view) override {}
    } nobody;
    uv_loop_t loop;
    uv_loop_init(&loop);
    auto channel = Channel::Open(&loop, Descriptor(dup(control)), nobody);
    if (!channel->get()->Send(static_cast<uint8_t>(MessageKind::kServing), {}).ok()) _exit(8);
  }

  // What it says next.
  std::string Hear() const {
    pollfd waiting{.fd = old_end.get(), .events = POLLIN, .revents = 0};
    poll(&waiting, 1, static_cast<int>(kPatience.count()));
    return ReceiveText(old_end.get());
  }

  Descriptor old_end;
  pid_t pid = 0;
};

TEST_CASE("a server takes over when its workers could serve, and they may accept by then only") {
  const Taking taking(Behaviour::kAnswer, true);
  CHECK(taking.Hear() == kReadyWord);
}

TEST_CASE("a server whose worker dies before it could serve gives up, and says why") {
  Taking taking(Behaviour::kDie, false);
  CHECK(taking.Hear() == std::string(kFailedWord) + "worker 1 exited with status 7");
  int status = 0;
  CHECK(waitpid(std::exchange(taking.pid, 0), &status, 0) > 0);
  CHECK(WEXITSTATUS(status) == 1);
}

TEST_CASE("an address that is taken is refused, though the system would let it be shared") {
  auto first = ListeningSockets::Open({{"127.0.0.1", 0}}, 2);
  REQUIRE(first.ok());
  const config::Address taken = first->addresses()[0];
  CHECK(taken.port != 0);
  CHECK(first->of_slot(0) != first->of_slot(1));

  auto second = ListeningSockets::Open({taken}, 1);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().message.find(taken.ToString()) != std::string::npos);
  CHECK(second.error().hint.find("--listen") != std::string::npos);

  first->Close();
  CHECK(ListeningSockets::Open({taken}, 1).ok());
}

}  // namespace
}  // namespace nano::server
