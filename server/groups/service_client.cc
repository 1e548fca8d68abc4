// A client's call with another way there. See service_client.h for ownership and threads.
#include "server/groups/service_client.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "http/client/pooled_call.h"
#include "http/client/route.h"
#include "http/fields.h"
#include "http/request_name.h"
#include "server/groups/service_head.h"

namespace nano::server {
namespace {

http::Pool::Settings PoolSettings(http::MakeConnection connect, ServiceClient::Collect collect) {
  http::Pool::Settings settings;
  settings.connections = ServiceClient::kMostConnections;
  settings.timeouts.first_byte = 0;  // As long as the app may take.
  settings.connect = std::move(connect);
  settings.on_starving = std::move(collect);
  return settings;
}

// Without what is said of a connection that the caller knows nothing of.
std::string OwnFields(std::string_view headers) {
  std::string own;
  while (const auto field = http::TakeField(headers)) {
    if (field->name != "connection" && field->name != "transfer-encoding") own.append(field->line);
  }
  return own;
}

// Tells of the answer as a call in the same worker does.
class ServiceCall final : public http::Call, private http::Caller {
 public:
  ServiceCall(http::Pool& pool, http::Route route, const http::CallRequest& request,
              http::Caller& caller)
      : caller_(caller),
        call_(pool, std::move(route), request, static_cast<http::Caller&>(*this)) {}

  bool Write(std::string_view part) override { return call_.Write(part); }
  void EndRequest() override { call_.EndRequest(); }
  void Read() override { call_.Read(); }
  void ReadPiped() override { call_.ReadPiped(); }
  bool AtEnd() const override { return call_.AtEnd(); }

 private:
  bool HasTurn() override { return caller_.HasTurn(); }
  void OnHead(const http::CallResponse& response) override {
    begun_ = true;
    http::CallResponse told = response;
    const std::string headers = OwnFields(response.headers);
    told.headers = headers;
    caller_.OnHead(told);
  }
  void OnBody(std::string_view part) override { caller_.OnBody(part); }
  void OnPiped(net::Pipe& part) override { caller_.OnPiped(part); }
  void OnEnd() override { caller_.OnEnd(); }
  void OnDrained() override { caller_.OnDrained(); }
  void OnFailed(const http::Failure& failure) override {
    caller_.OnFailed({failure.kind, "ERR_SERVICE_FAILED", WhyOf(failure)});
  }

  std::string WhyOf(const http::Failure& failure) const {
    if (begun_) return "the service's response broke off";
    // Nobody else has to be reached: it has waited for others to end.
    if (failure.code == "ERR_CONNECT_TIMEOUT") {
      return "the call was not begun: " + std::to_string(ServiceClient::kMostConnections) +
             " of this worker's to the service were under way for ten seconds, and a call from "
             "which a stub is kept is (dispose of stubs that are not needed)";
    }
    return "the service did not answer: the worker that runs it ended, or did not take the call (" +
           failure.message + ")";
  }

  http::Caller& caller_;
  bool begun_ = false;  // The response.
  http::PooledCall call_;
};

}  // namespace

ServiceClient::ServiceClient(http1::ClientLoop& loop, Send send, Collect collect)
    : loop_(loop), send_(std::move(send)), collect_(std::move(collect)) {}

http::Pool& ServiceClient::PoolOf(std::string_view app) {
  const auto known = pools_.find(app);
  if (known != pools_.end()) return known->second;
  const auto connect = [this](const http::Route& route) { return Connect(route.host); };
  return pools_.try_emplace(std::string(app), loop_, PoolSettings(connect, collect_)).first->second;
}

Result<Descriptor> ServiceClient::Connect(const std::string& group) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error{std::string("cannot make a pair of sockets: ") + std::strerror(errno), {}, {}};
  }
  send_(group, Descriptor(ends[1]));
  return Descriptor(ends[0]);
}

std::unique_ptr<http::Call> ServiceClient::Start(const std::string& group, std::string_view app,
                                                 const http::CallRequest& request,
                                                 http::Caller& caller) {
  std::string headers =
      ServiceFields(app, request.depth + 1, request.calls, http::RequestIdFrom(request.request_id),
                    request.scheme, request.aim.get(), request.cf);
  headers.append(request.headers);
  http::CallRequest asked = request;
  asked.headers = headers;
  return std::make_unique<ServiceCall>(PoolOf(app), http::Route{.host = group}, asked, caller);
}

}  // namespace nano::server
