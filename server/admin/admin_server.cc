// Two faces of one API: for administrators, and for whoever asks how the server is.
#include "server/admin/admin_server.h"

#include <unistd.h>

#include <utility>

#include "base/check.h"
#include "net/tls/server_context.h"

namespace nano::server::admin {
namespace {

// Administrators are few, and their answers may take a while; who asks how the server is gets one
// at once.
http::Limits LimitsFor(bool open_only) {
  http::Limits limits;
  limits.connections = 256;
  limits.body_bytes = open_only ? 4096 : 0;  // The API has bounds of its own, and says so itself.
  return limits;
}

}  // namespace

struct AdminServer::Face {
  Face(uv_loop_t* loop, Access access, Deployments& deployments, Log& log, Api::Options options)
      : api(loop, std::move(access), deployments, log, options),
        listener(loop, LimitsFor(options.open_only), api) {}

  Api api;
  http1::Listener listener;
};

Result<Sockets> Sockets::Open(Settings settings, const Inherit& inherit) {
  Sockets sockets;
  if (!settings.certificate.empty()) {
    auto context =
        TRY(net::TlsServerContext::Make(settings.certificate, settings.key, settings.client_ca));
    sockets.secure = [context = std::move(context)] { return context->Accept(); };
  }
  const auto inherited = [&inherit](const char* listener, const std::string& address) {
    return inherit ? inherit(listener, address) : -1;
  };
  const auto on_address = [&](const char* listener,
                              const config::Address& address) -> Result<Listening> {
    const int fd = inherited(listener, address.ToString());
    if (fd < 0) return Listening::OnAddress(address);
    return Listening::Inherited(fd, address.ToString(), "");
  };
  if (!settings.socket.empty()) {
    const std::string name = "unix:" + settings.socket;
    const int fd = inherited("admin", name);
    if (fd < 0) {
      sockets.admin = TRY(Listening::OnSocket(settings.socket));
    } else {
      sockets.admin = Listening::Inherited(fd, name, "");
    }
  }
  if (settings.address.has_value()) sockets.admin = TRY(on_address("admin", *settings.address));
  for (const config::Address& address : settings.health) {
    sockets.health.push_back(TRY(on_address("health", address)));
  }
  sockets.settings = std::move(settings);
  return sockets;
}

AdminServer::AdminServer(uv_loop_t* loop, const Sockets& sockets, Deployments& deployments,
                         Log& log) {
  const Settings& settings = sockets.settings;
  const auto listen = [&](const Listening& listening, Face& face, http::Endpoint endpoint) {
    const Result<void> listens = face.listener.Listen(listening.Copy(), std::move(endpoint));
    // They listen already: what fails here is that descriptors have run out.
    if (!listens.ok()) {
      log.Error("the admin API is not there at " + listening.name() + ": " +
                listens.error().message);
    }
  };
  if (sockets.admin.has_value()) {
    Access access =
        settings.socket.empty()
            ? Access::ForTokens(settings.tokens, !settings.client_ca.empty(), settings.hosts)
            : Access::ForUser(geteuid());
    Api::Options options;
    options.max_upload = settings.max_upload;
    faces_.push_back(std::make_unique<Face>(loop, std::move(access), deployments, log, options));
    http::Endpoint endpoint;
    if (sockets.secure) endpoint = {.scheme = "https", .secure = sockets.secure};
    listen(*sockets.admin, *faces_.back(), std::move(endpoint));
  }
  if (sockets.health.empty()) return;
  Api::Options options;
  options.open_only = true;
  faces_.push_back(std::make_unique<Face>(loop, Access::ForAll(), deployments, log, options));
  for (const Listening& listening : sockets.health) listen(listening, *faces_.back(), {});
}

AdminServer::~AdminServer() = default;

void AdminServer::StopFollowing() {
  for (const auto& face : faces_) face->api.StopFollowing(false);
}

void AdminServer::Stop(uint64_t deadline, std::function<void()> done) {
  NANO_CHECK(ending_ == 0);
  done_ = std::move(done);
  ending_ = faces_.size() + 1;  // One for those that end before all were asked to.
  for (const auto& face : faces_) {
    face->api.StopFollowing(true);
    face->listener.Stop(deadline, [this] { OnEnded(); });
  }
  OnEnded();
}

void AdminServer::OnEnded() {
  if (--ending_ > 0) return;
  // May destroy this.
  std::exchange(done_, nullptr)();
}

}  // namespace nano::server::admin
