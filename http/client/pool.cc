// Who gets which connection, and when a new one is made.
#include "http/client/pool.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "http/client/proxy.h"

namespace nano::http {

// A connection of the pool. This is its user while it waits for a call, when whatever comes ends
// it, and while the rest of a body is thrown away.
struct Pool::Line final : http1::ClientConnection::User {
  Line(Pool& of_pool, http1::ClientConnection& with) : pool(of_pool), connection(with) {
    timeout.owner = this;
    timeout.fire = [](net::Timeout& fired) { static_cast<Line*>(fired.owner)->connection.Close(); };
  }

  void OnReady() override {}
  bool TakesMore() override { return true; }
  void OnHead(const http1::ParsedResponse&) override {}
  void OnBody(std::string_view) override {}
  // Of a body that nobody wants: the connection is free again.
  void OnResponseEnd() override {
    pool.Unpark(*this);
    pool.Release(connection, /*reuse=*/true, keep_alive);
  }
  void OnEnded(const http1::ClientConnection::Ending&) override { pool.Unpark(*this); }
  void OnDrained() override {}
  void OnProgress() override {}

  Pool& pool;
  http1::ClientConnection& connection;
  Way* way = nullptr;    // Null: not dialled yet.
  bool used = false;     // Has served a call.
  uint64_t expires = 0;  // By the server's word, in the loop's milliseconds; 0: it said nothing.
  std::optional<uint64_t> keep_alive;  // The server's word on it, while a body is drained.
  net::Timeout timeout;
  std::list<Line*>* list = nullptr;  // The pool's list that it is in …
  std::list<Line*>::iterator place;  // … and where.
};

// A route, and who waits on it.
struct Pool::Way {
  explicit Way(Route to) : route(std::move(to)) {}

  const Route route;
  std::deque<PooledCall*> calls;  // Waiting, in order.
  std::vector<Line*> idle;        // The one used last comes last, and is used first.
  std::list<std::unique_ptr<Dialer>> dialers;
  size_t lines = 0;                 // Open, idle or not.
  bool starved = false;             // In the pool's list …
  std::list<Way*>::iterator place;  // … here …
  uint64_t since = 0;  // … without a connection since then, in the loop's milliseconds.
};

Pool::Pool(http1::ClientLoop& loop, Settings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      timeouts_(loop.loop,
                {settings_.timeouts.connect, settings_.timeouts.first_byte, settings_.timeouts.idle,
                 settings_.timeouts.total, settings_.keep_alive, settings_.drain}),
      starving_(loop.loop, [this] { OnStarving(); }) {}

Pool::~Pool() {
  for (const auto& [route, way] : ways_) {
    NANO_CHECK(way->calls.empty());
    way->dialers.clear();
  }
  for (const auto& [connection, line] : lines_) {
    timeouts_.Clear(line->timeout);
    line->connection.Close();
    line->connection.Disown();
  }
}

Pool::Way& Pool::WayOf(const Route& route) {
  std::unique_ptr<Way>& way = ways_[route];
  if (!way) way = std::make_unique<Way>(route);
  return *way;
}

void Pool::Acquire(PooledCall& call) {
  Way& way = WayOf(call.route());
  while (!way.idle.empty()) {
    Line& line = *way.idle.back();
    Unpark(line);
    const bool expired = line.expires != 0 && uv_now(loop_.loop) >= line.expires;
    if (!expired && line.connection.Quiet()) {
      return call.OnConnection(line.connection, line.used);
    }
    line.connection.Close();
  }
  AcquireNew(call);
}

void Pool::AcquireNew(PooledCall& call) {
  Way& way = WayOf(call.route());
  way.calls.push_back(&call);
  Dial(way);
}

// As many connections are made as calls wait, while there is room.
void Pool::Dial(Way& way) {
  while (way.dialers.size() < way.calls.size()) {
    if (!MakeRoom()) return Starve(way);
    DialOnce(way);
  }
}

void Pool::DialOnce(Way& way) {
  ++dialling_;
  way.dialers.push_back(
      std::make_unique<Dialer>(loop_, static_cast<Dialer::Host&>(*this), way.route));
  way.dialers.back()->Start();
}

// There may be another connection, if need be in the place of one that waits.
bool Pool::MakeRoom() {
  if (connections() < settings_.connections) return true;
  const std::list<Line*>& dispensable = draining_.empty() ? idle_lines_ : draining_;
  if (dispensable.empty()) return false;
  Line& oldest = *dispensable.front();
  Unpark(oldest);
  oldest.connection.Close();
  return true;
}

void Pool::Starve(Way& way) {
  if (std::exchange(way.starved, true)) return;
  way.since = uv_now(loop_.loop);
  way.place = starved_.insert(starved_.end(), &way);
  if (!settings_.on_starving || starving_.active()) return;
  patience_ = kPatience;
  served_ = false;
  starving_.Start(patience_);
}

// Who has waited for longest. Those who do not any more are taken off the list.
Pool::Way* Pool::FirstStarved() {
  while (!starved_.empty()) {
    Way& way = *starved_.front();
    if (way.dialers.size() < way.calls.size()) return &way;
    starved_.pop_front();
    way.starved = false;
    Forget(way);
  }
  return nullptr;
}

// It has got a connection: everybody else has a turn before the next one.
void Pool::TakeTurn(Way& way) {
  served_ = true;
  if (!way.starved) return;
  way.since = uv_now(loop_.loop);
  starved_.splice(starved_.end(), starved_, way.place);
}

void Pool::ServeStarved() {
  while (Way* const way = FirstStarved()) {
    if (!MakeRoom()) return;
    DialOnce(*way);
    TakeTurn(*way);
  }
}

// Whether a connection is to make room for another host, though calls to its own wait.
bool Pool::OthersAreDue(const Way& way) {
  const Way* const first = FirstStarved();
  return first != nullptr && first != &way && uv_now(loop_.loop) >= first->since + kTurn;
}

void Pool::OnStarving() {
  if (FirstStarved() == nullptr) return;
  patience_ = served_ ? kPatience : patience_ * 2;
  starving_.Start(patience_);
  if (!std::exchange(served_, false)) settings_.on_starving();
}

void Pool::Cancel(PooledCall& call) {
  Way& way = WayOf(call.route());
  // Mostly one of the first: who gives up many calls does it in their order.
  const auto found = std::find(way.calls.begin(), way.calls.end(), &call);
  if (found != way.calls.end()) way.calls.erase(found);
  // The one that has been tried for longest is the likeliest to be in vain.
  if (way.dialers.size() > way.calls.size()) {
    way.dialers.pop_front();
    --dialling_;
  }
  Forget(way);
  ServeStarved();
}

void Pool::Release(http1::ClientConnection& connection, bool reuse,
                   std::optional<uint64_t> keep_alive) {
  Line& line = *lines_.at(&connection);
  connection.SetUser(line);
  line.used = true;
  line.expires = 0;
  if (keep_alive) {
    reuse = reuse && *keep_alive > settings_.margin;
    line.expires = uv_now(loop_.loop) + *keep_alive - std::min(*keep_alive, settings_.margin);
  }
  // A call that waits gets it at once, and after the same look as later.
  const bool wanted = !line.way->calls.empty();
  if (!reuse || !connection.reusable() || (wanted && !connection.Quiet())) {
    connection.Close();
    return;
  }
  Offer(line);
}

void Pool::Drain(http1::ClientConnection& connection, std::optional<uint64_t> keep_alive) {
  Line& line = *lines_.at(&connection);
  connection.SetUser(line);
  connection.SetReading(true);
  line.keep_alive = keep_alive;
  Move(line, draining_);
  timeouts_.Start(line.timeout, kDrain);
  ServeStarved();
}

std::string Pool::WaitsFor(const PooledCall& call) const {
  const auto found = ways_.find(call.route());
  if (found == ways_.end() || found->second->dialers.empty()) {
    return "for one of the " + std::to_string(settings_.connections) +
           " connections that the app may have open";
  }
  return "for " + std::string(found->second->dialers.front()->stage());
}

// To the call that has waited longest, or to the next one; in the place of the connection there may
// be one to another host. A call that is asked again after a used connection turned out to be dead
// waits for a new one, since the next used one may be dead too.
void Pool::Offer(Line& line) {
  Way& way = *line.way;
  const auto waiting =
      std::find_if(way.calls.begin(), way.calls.end(),
                   [&](const PooledCall* call) { return !line.used || !call->retried(); });
  if (waiting != way.calls.end() && !(line.used && OthersAreDue(way))) {
    PooledCall& call = **waiting;
    way.calls.erase(waiting);
    TakeTurn(way);
    return call.OnConnection(line.connection, line.used);
  }
  Park(line);
  ServeStarved();
}

void Pool::Move(Line& line, std::list<Line*>& to) {
  to.splice(to.end(), *line.list, line.place);
  line.list = &to;
}

void Pool::Park(Line& line) {
  line.way->idle.push_back(&line);
  Move(line, idle_lines_);
  line.connection.SetUser(line);
  line.connection.SetReading(true);
  timeouts_.Start(line.timeout, kKeepAlive);
}

void Pool::Unpark(Line& line) {
  timeouts_.Clear(line.timeout);
  const bool idle_one = line.list == &idle_lines_;
  Move(line, busy_);
  if (!idle_one) return;
  std::vector<Line*>& idle = line.way->idle;
  if (idle.back() == &line) {
    idle.pop_back();
  } else {
    std::erase(idle, &line);
  }
}

void Pool::Forget(Way& way) {
  if (way.calls.empty() && way.dialers.empty() && way.lines == 0 && !way.starved) {
    ways_.erase(Route(way.route));
  }
}

Result<std::shared_ptr<net::TlsClientContext>> Pool::Tls() { return settings_.tls(); }

http1::ClientConnection& Pool::NewConnection() {
  http1::ClientConnection& connection = http1::ClientConnection::Make(loop_, *this);
  Line& line =
      *lines_.emplace(&connection, std::make_unique<Line>(*this, connection)).first->second;
  line.list = &busy_;
  line.place = busy_.insert(busy_.end(), &line);
  return connection;
}

namespace {

// Takes a dialer off its list; it lives until the end of what called.
std::unique_ptr<Dialer> Take(std::list<std::unique_ptr<Dialer>>& dialers, const Dialer& dialer) {
  const auto found = std::find_if(dialers.begin(), dialers.end(),
                                  [&](const auto& held) { return held.get() == &dialer; });
  NANO_CHECK(found != dialers.end());
  std::unique_ptr<Dialer> taken = std::move(*found);
  dialers.erase(found);
  return taken;
}

}  // namespace

void Pool::OnDialed(Dialer& dialer, http1::ClientConnection& connection) {
  Way& way = WayOf(dialer.route());
  const std::unique_ptr<Dialer> done = Take(way.dialers, dialer);
  --dialling_;
  ++open_;
  ++way.lines;
  Line& line = *lines_.at(&connection);
  line.way = &way;
  connection.SetUser(line);
  Offer(line);
}

void Pool::OnDialFailed(Dialer& dialer, const Failure& failure) {
  Way& way = WayOf(dialer.route());
  const std::unique_ptr<Dialer> done = Take(way.dialers, dialer);
  --dialling_;
  PooledCall* failed = nullptr;
  if (way.calls.size() > way.dialers.size()) {
    failed = way.calls.front();
    way.calls.pop_front();
  }
  Forget(way);
  ServeStarved();
  if (failed != nullptr) failed->OnNoConnection(failure);
}

void Pool::OnClosed(http1::ClientConnection& connection) {
  const auto found = lines_.find(&connection);
  Line& line = *found->second;
  Unpark(line);
  Way* way = line.way;
  busy_.erase(line.place);
  lines_.erase(found);
  if (way == nullptr) return;  // Of a dialer.
  --open_;
  --way->lines;
  Forget(*way);
  ServeStarved();
}

}  // namespace nano::http
