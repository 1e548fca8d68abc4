// Out through departures, in through the listener. See forwarding.h for ownership and threads.
#include "server/worker/forwarding.h"

#include <utility>
#include <variant>

#include "server/limits/refusal.h"
#include "server/log/request_id.h"
#include "server/metrics/app_meter.h"
#include "server/worker/residents.h"

namespace nano::server {

Forwarding::Forwarding(SlotContext& context, http1::Listener& listener,
                       ServiceRequests::Answer answer)
    : context_(context),
      listener_(listener),
      answer_(std::move(answer)),
      // Of all those apps together.
      refusals_(context.loop,
                [this](Reason reason, const std::string& text, uint64_t count) {
                  context_.log->Error(text, {{"reason", WordsOf(reason).name},
                                             {"count", static_cast<int64_t>(count)}});
                }),
      departures_(context.loop, [this](HandedConnection connection, Departures::Why why) {
        Adopt(std::move(connection), why == Departures::Why::kLate);
      }) {}

Result<void> Forwarding::Receive(int fd) {
  return listener_.Receive(fd, [this](int channel) { return Take(channel); });
}

void Forwarding::Forward(const ServedApp& app, http::ServerExchange& exchange, bool is_call) {
  if (closed_) return Refuse(app, exchange);
  const bool departs = exchange.Depart(
      [this, group = app.group, is_call, way = arriving_](http::Departure departure) {
        departures_.Send(group, {.socket = std::move(departure.socket),
                                 .input = std::move(departure.input),
                                 .is_call = is_call,
                                 .since = way.since,
                                 .hops = way.hops});
      });
  if (!departs) Refuse(app, exchange);
}

std::unique_ptr<http::Call> Forwarding::Call(const ServedApp& app, const http::CallRequest& request,
                                             http::Caller& caller) {
  if (!service_client_) {
    service_client_.emplace(
        context_.clients->loop(),
        [this](const std::string& group, Descriptor end) {
          departures_.Send(group, {.socket = std::move(end), .is_call = true});
        },
        [this] { context_.residents->CollectGarbage(); });
  }
  return service_client_->Start(app.group, app.name(), request, caller);
}

void Forwarding::PassOn() {
  listener_.PassOn([this](http::Departure departure) {
    departures_.Send({}, {.socket = std::move(departure.socket)});
  });
}

http1::TookMessage Forwarding::Take(int fd) {
  ReceivedPacket received = ReceivePacket(fd);
  if (std::holds_alternative<NoPacket>(received)) return http1::TookMessage::kNone;
  if (const auto* end = std::get_if<NoMorePackets>(&received)) {
    if (end->error.empty()) return http1::TookMessage::kEnded;
    context_.log->Error("a connection of another worker is lost: " + end->error);
    return http1::TookMessage::kOne;
  }
  Result<HandedConnection> connection = ConnectionOf(std::get<Packet>(std::move(received)));
  if (!connection.ok()) {
    context_.log->Error(connection.error().ToString());
    return http1::TookMessage::kOne;
  }
  Adopt(std::move(connection).value(), /*is_late=*/false);
  return http1::TookMessage::kOne;
}

void Forwarding::Adopt(HandedConnection connection, bool is_late) {
  arriving_ = {.since = connection.since, .hops = connection.hops};
  context_.read_elsewhere = connection.since;
  if (!connection.is_call) {
    listener_.Adopt(std::move(connection.socket), connection.input, /*stays=*/is_late);
  } else if (!is_late) {
    if (!services_) services_.emplace(context_.loop, answer_);
    services_->Adopt(std::move(connection.socket), connection.input);
  }
  // A call that is late ends here: its caller is told by its own end.
  arriving_ = {};
  context_.read_elsewhere = 0;
}

void Forwarding::Refuse(const ServedApp& app, http::ServerExchange& exchange) {
  const Reason reason = Reason::kGroupUnavailable;
  AppMeter meter(context_.loop, context_.metrics->At(context_.worker, app.name()), nullptr);
  meter.Begin(exchange);
  if (arriving_.since != 0) exchange.began = arriving_.since * 1'000'000;
  meter.counters().stops[static_cast<size_t>(reason)].Add(1);
  const auto line = refusals_.Line("a request was not answered: ", reason);
  if (line) {
    const std::string request = RequestIdOf(exchange);
    context_.log->Write(
        LogLevel::kError, app.name(), *line,
        {{"reason", WordsOf(reason).name}, {"group", app.group}, {"request_id", request}});
  }
  server::Refuse(exchange, {.reason = reason, .app = app.name(), .retry_after = 1});
  exchange.refuser = nullptr;  // The meter ends here.
}

}  // namespace nano::server
