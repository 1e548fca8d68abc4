// The questions and what becomes of their answers; c-ares' sockets on the loop.
#include "net/resolver.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/check.h"
#include "net/ares.h"

namespace nano::net {
namespace {

constexpr uint64_t kLookAtSystem = 5'000;  // Between two looks at resolv.conf, in milliseconds.
constexpr char kSystemServers[] = "/etc/resolv.conf";
constexpr Family kFamilies[] = {Family::kV4, Family::kV6};

size_t Index(Family family) { return static_cast<size_t>(family); }

// When the system's list of servers was changed last; 0 if there is none.
int64_t SystemVersion() {
  struct stat status;
  if (stat(kSystemServers, &status) != 0) return 0;
  return status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
}

NameError ErrorOf(int status) {
  switch (status) {
    case ARES_SUCCESS:
      return NameError::kNone;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
    case ARES_EBADNAME:
      return NameError::kNotFound;
    case ARES_ETIMEOUT:
      return NameError::kTimeout;
    default:
      return NameError::kFailed;
  }
}

}  // namespace

// Calls while one of c-ares' sockets is ready for what c-ares wants of it.
class Resolver::SocketPoll : public LoopHandle<uv_poll_t, int> {
 public:
  SocketPoll(uv_loop_t* loop, int socket, Callback callback) : LoopHandle(std::move(callback)) {
    NANO_CHECK(uv_poll_init_socket(loop, get(), socket) == 0);
  }
  void Start(int events) {
    uv_poll_start(get(), events, [](uv_poll_t* handle, int status, int ready) {
      // An error is for c-ares to find by reading.
      Call(handle, status < 0 ? UV_READABLE | UV_WRITABLE : ready);
    });
  }
};

struct Resolver::Question {
  Resolver& resolver;
  Name& name;
  Family family;
};

Resolver::Resolver(uv_loop_t* loop) : Resolver(loop, Settings()) {}

Resolver::Resolver(uv_loop_t* loop, Settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      timer_(loop, [this] { Process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }),
      known_timer_(loop, [this] { TellKnown(); }) {
  timer_.Unref();
  static const int initialised = ares_library_init(0);
  NANO_CHECK(initialised == ARES_SUCCESS);
  ares_options options{};
  options.timeout = static_cast<int>(settings_.timeout);
  options.tries = settings_.tries;
  options.qcache_max_ttl = 0;  // The cache here has its own bounds.
  options.sock_state_cb = [](void* self, int socket, int readable, int writable) {
    static_cast<Resolver*>(self)->Watch(socket, readable != 0, writable != 0);
  };
  options.sock_state_cb_data = this;
  unsigned mask =
      ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_QUERY_CACHE | ARES_OPT_SOCK_STATE_CB;
  std::string hosts_file = settings_.hosts_file;
  if (!hosts_file.empty()) {
    options.hosts_path = hosts_file.data();
    mask |= ARES_OPT_HOSTS_FILE;
  }
  // Fails for want of memory only: without resolv.conf the server is this machine's.
  NANO_CHECK(ares_init_options(&channel_, &options, static_cast<int>(mask)) == ARES_SUCCESS);
  if (!settings_.servers.empty()) {
    NANO_CHECK(ares_set_servers_ports_csv(channel_, settings_.servers.c_str()) == ARES_SUCCESS);
  } else {
    configured_at_ = SystemVersion();
  }
}

Resolver::~Resolver() {
  ending_ = true;
  ares_destroy(channel_);  // Answers every question, to nobody.
}

std::shared_ptr<const NameAnswer> Resolver::Cached(std::string_view name, Family family) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  const Half& half = found->second->halves[Index(family)];
  return Fresh(half) ? half.answer : nullptr;
}

Resolver::Lookup Resolver::Resolve(std::string_view name, Callback callback) {
  FollowSystem();
  Lookup lookup;
  lookup.waiter_ = std::make_shared<Lookup::Waiter>();
  lookup.waiter_->callback = std::move(callback);
  Name& entry = Use(name);
  // Waited for first: c-ares may answer while it is being asked.
  for (const Family family : kFamilies) {
    Half& half = entry.halves[Index(family)];
    if (Fresh(half)) {
      known_.push_back({lookup.waiter_, family, half.answer});
    } else {
      std::erase_if(half.waiters, [](const Waiter& waiter) { return !waiter->wanted; });
      half.waiters.push_back(lookup.waiter_);
    }
  }
  for (const Family family : kFamilies) {
    Half& half = entry.halves[Index(family)];
    if (!half.asked && !half.waiters.empty()) Ask(entry, family);
  }
  if (!known_.empty()) known_timer_.Start(0);
  ArmTimer();
  return lookup;
}

// The cache's entry of a name, which becomes the one used last.
Resolver::Name& Resolver::Use(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) {
    names_.splice(names_.begin(), names_, found->second);
    return names_.front();
  }
  if (names_.size() >= settings_.most_names) {
    const auto oldest = std::find_if(names_.rbegin(), names_.rend(),
                                     [](const Name& entry) { return !entry.asked(); });
    if (oldest != names_.rend()) {
      by_name_.erase(oldest->name);
      names_.erase(std::next(oldest).base());
    }
  }
  names_.push_front({std::string(name), {}});
  by_name_.emplace(names_.front().name, names_.begin());
  return names_.front();
}

bool Resolver::Fresh(const Half& half) const {
  return half.answer != nullptr && uv_now(loop_) < half.expires;
}

void Resolver::Ask(Name& name, Family family) {
  name.halves[Index(family)].asked = true;
  const ares_addrinfo_hints hints{
      .ai_flags = ARES_AI_NOSORT,  // Who connects tries them side by side.
      .ai_family = family == Family::kV4 ? AF_INET : AF_INET6,
      .ai_socktype = SOCK_STREAM,
      .ai_protocol = 0,
  };
  ares_getaddrinfo(
      channel_, name.name.c_str(), nullptr, &hints,
      [](void* argument, int status, int /*timeouts*/, ares_addrinfo* result) {
        const std::unique_ptr<Question> question(static_cast<Question*>(argument));
        if (!question->resolver.ending_) {
          question->resolver.OnAnswer(question->name, question->family, status, result);
        }
        if (result != nullptr) ares_freeaddrinfo(result);
      },
      new Question{*this, name, family});
}

void Resolver::OnAnswer(Name& name, Family family, int status, const ares_addrinfo* result) {
  auto answer = std::make_shared<NameAnswer>();
  uint64_t life = settings_.longest_life;
  if (status == ARES_SUCCESS) {
    for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next) {
      answer->addresses.push_back(IpAddress::Of(*node->ai_addr));
      life = std::min(life, static_cast<uint64_t>(std::max(node->ai_ttl, 0)) * 1'000);
    }
    life = std::max(life, settings_.shortest_life);
    if (answer->addresses.empty()) status = ARES_ENODATA;
  }
  if (status != ARES_SUCCESS) {
    answer->error = ErrorOf(status);
    answer->reason = ares_strerror(status);
    life = settings_.failure_life;
  }
  Half& half = name.halves[Index(family)];
  half.asked = false;
  half.answer = std::move(answer);
  // From now on: a turn in which much was done may have lasted, and the loop's clock stands still
  // in it.
  half.expires = uv_hrtime() / 1'000'000 + life;
  // Told in a turn of their own: c-ares, or Resolve, is still on the stack.
  for (Waiter& waiter : half.waiters) known_.push_back({std::move(waiter), family, half.answer});
  half.waiters.clear();
  if (!known_.empty()) known_timer_.Start(0);
}

void Resolver::TellKnown() {
  const std::vector<Known> told = std::move(known_);
  known_.clear();
  for (const Known& known : told) {
    if (known.waiter->wanted) known.waiter->callback(known.family, *known.answer);
  }
}

void Resolver::Watch(int socket, bool readable, bool writable) {
  if (!readable && !writable) {
    sockets_.erase(socket);
    return;
  }
  std::unique_ptr<SocketPoll>& poll = sockets_[socket];
  if (!poll) {
    poll = std::make_unique<SocketPoll>(loop_, socket, [this, socket](int ready) {
      Process(ready & UV_READABLE ? socket : ARES_SOCKET_BAD,
              ready & UV_WRITABLE ? socket : ARES_SOCKET_BAD);
    });
  }
  poll->Start((readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0));
}

void Resolver::Process(int readable, int writable) {
  ares_process_fd(channel_, readable, writable);
  ArmTimer();
}

void Resolver::ArmTimer() {
  timeval storage;
  const timeval* next = ares_timeout(channel_, nullptr, &storage);
  if (next == nullptr) {
    timer_.Stop();
    return;
  }
  const auto seconds = static_cast<uint64_t>(next->tv_sec);
  const auto microseconds = static_cast<uint64_t>(next->tv_usec);
  timer_.Start(seconds * 1'000 + (microseconds + 999) / 1'000);
}

// Servers that have changed since: what was known from the others is forgotten.
void Resolver::FollowSystem() {
  if (!settings_.servers.empty() || uv_now(loop_) < looked_at_ + kLookAtSystem) return;
  looked_at_ = uv_now(loop_);
  const int64_t version = SystemVersion();
  if (version == configured_at_) return;
  configured_at_ = version;
  ares_reinit(channel_);
  for (Name& name : names_) {
    for (Half& half : name.halves) half.expires = 0;
  }
}

}  // namespace nano::net
