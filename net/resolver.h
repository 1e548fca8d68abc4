// Host names to addresses, off the event loop's way: asked of /etc/hosts and the servers of
// /etc/resolv.conf by c-ares, whose sockets and timeouts are the loop's. The two families are asked
// separately, so that whoever connects can begin with the one that answers first (RFC 8305,
// section 3).
//
// Owns the channel to the servers and a bounded cache of answers, which live as long as they say,
// within bounds, and failures briefly. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip_address.h"
#include "net/handles.h"

struct ares_channeldata;
struct ares_addrinfo;

namespace nano::net {

enum class Family : uint8_t { kV4, kV6 };

enum class NameError : uint8_t {
  kNone,
  kNotFound,  // There is no such name, or it has no address of the family.
  kTimeout,   // No server answered in time.
  kFailed,    // The servers could not be reached, refused, or gave nonsense.
};

// What is known of a name in one family.
struct NameAnswer {
  std::vector<IpAddress> addresses;  // In the order given; empty if `error` is set.
  NameError error = NameError::kNone;
  std::string reason;  // c-ares' words for the error.
};

class Resolver {
 public:
  struct Settings {
    std::string servers;             // "192.0.2.1:53,…"; empty: the system's.
    std::string hosts_file;          // Empty: /etc/hosts.
    uint64_t timeout = 2'000;        // Of one question to one server, in milliseconds; it grows.
    int tries = 3;                   // Of each server.
    uint64_t shortest_life = 1'000;  // Of an answer in the cache, whatever it says …
    uint64_t longest_life = 300'000;
    uint64_t failure_life = 1'000;  // … and of a failure.
    size_t most_names = 1'024;      // In the cache.
  };
  using Callback = std::function<void(Family, const NameAnswer&)>;

  // What is read of the system, now and then: it may change.
  static constexpr const char* kSystemFiles[] = {"/etc/resolv.conf", "/etc/hosts",
                                                 "/etc/nsswitch.conf"};

  // A question under way. Destroying it, also from its own callback, means that the answer is not
  // wanted any more.
  class Lookup {
   public:
    Lookup() = default;
    ~Lookup() { Cancel(); }
    Lookup(Lookup&&) noexcept = default;
    Lookup& operator=(Lookup&& other) noexcept {
      Cancel();
      waiter_ = std::move(other.waiter_);
      return *this;
    }
    void Cancel() {
      if (waiter_) waiter_->wanted = false;
      waiter_.reset();
    }

   private:
    friend class Resolver;
    struct Waiter {
      Callback callback;
      bool wanted = true;
    };
    std::shared_ptr<Waiter> waiter_;
  };

  explicit Resolver(uv_loop_t* loop);
  Resolver(uv_loop_t* loop, Settings settings);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // What the cache knows; null if it would have to be asked.
  std::shared_ptr<const NameAnswer> Cached(std::string_view name, Family family);
  // Asks; the callback comes once for each family, never before this has returned. `name` is a host
  // name in ASCII.
  Lookup Resolve(std::string_view name, Callback callback);

 private:
  using Waiter = std::shared_ptr<Lookup::Waiter>;

  // One family of a name. With neither an answer nor `asked`, nothing is known.
  struct Half {
    std::shared_ptr<const NameAnswer> answer;
    uint64_t expires = 0;  // Of the answer, in the loop's milliseconds.
    bool asked = false;
    std::vector<Waiter> waiters;
  };
  struct Name {
    std::string name;
    Half halves[2];
    bool asked() const { return halves[0].asked || halves[1].asked; }
  };
  // An answer that is to be told in the loop's next turn.
  struct Known {
    Waiter waiter;
    Family family;
    std::shared_ptr<const NameAnswer> answer;
  };
  struct Question;
  class SocketPoll;

  Name& Use(std::string_view name);
  bool Fresh(const Half& half) const;
  void Ask(Name& name, Family family);
  void OnAnswer(Name& name, Family family, int status, const ares_addrinfo* result);
  void TellKnown();
  void Watch(int socket, bool readable, bool writable);
  void Process(int readable, int writable);
  void ArmTimer();
  void FollowSystem();

  uv_loop_t* loop_;
  const Settings settings_;
  ares_channeldata* channel_ = nullptr;
  std::map<int, std::unique_ptr<SocketPoll>> sockets_;
  Timer timer_;  // c-ares' next timeout.
  Timer known_timer_;
  std::vector<Known> known_;
  std::list<Name> names_;  // The one used last comes first.
  std::unordered_map<std::string_view, std::list<Name>::iterator> by_name_;
  bool ending_ = false;
  uint64_t looked_at_ = 0;     // When FollowSystem looked last, in the loop's milliseconds …
  int64_t configured_at_ = 0;  // … and when resolv.conf was changed then.
};

}  // namespace nano::net
