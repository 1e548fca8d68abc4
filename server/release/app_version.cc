// What of a version goes from process to process. See app_version.h for ownership and threads.
#include "server/release/app_version.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/byte_stream.h"
#include "snapshot/digest.h"

namespace nano::server {
namespace {

// In front of all else, so that a program of another kind is not read as if it were one of this.
constexpr uint32_t kFormat = 5;

void EncodeDeployment(ByteWriter& out, const Deployment& deployment) {
  out.Text(deployment.health);
  out.Time(deployment.boot_timeout);
  out.Time(deployment.health_timeout);
}

Deployment DecodeDeployment(ByteReader& in) {
  Deployment deployment;
  deployment.health = in.Text();
  deployment.boot_timeout = in.Time();
  deployment.health_timeout = in.Time();
  return deployment;
}

Error Malformed(std::string_view what) {
  return Error{"a version of an app is malformed: " + std::string(what), {}, {}};
}

}  // namespace

void AppVersion::Use(Snapshot container) {
  site = nullptr;
  if (container->assets() != nullptr) {
    // A file from the future says so to clients no earlier than it is there (RFC 9110, section
    // 8.8.2.1).
    if (modified == 0) modified = std::min<int64_t>(container->modified(), time(nullptr));
    auto made = assets::Site::Make(*container->assets(), modified);
    if (!made.ok()) {
      refusal = made.error().ToString();
      return;
    }
    site = std::move(made).value();
  }
  image = container->Image(name);
  snapshot = std::move(container);
}

std::string AppVersion::Encode() const {
  ByteWriter out;
  out.Number(kFormat);
  out.Text(name);
  out.Text(digest);
  out.Number(bytes);
  out.Number(static_cast<uint64_t>(modified));
  out.Text(refusal);
  out.Text(script_name);
  out.Each(env, [&out](const auto& variable) {
    out.Text(variable.first);
    out.Text(variable.second);
  });
  out.Each(json_env, [&out](const std::string& name) { out.Text(name); });
  out.Each(secrets, [&out](const std::string& secret) { out.Text(secret); });
  out.Each(services, [&out](const Service& service) {
    out.Text(service.name);
    out.Text(service.app);
    out.Text(service.entrypoint);
    out.Text(service.props);
  });
  out.Each(kv, [&out](const KvBinding& binding) {
    out.Text(binding.name);
    out.Text(binding.space);
    out.Text(binding.url_tag);
  });
  outbound.Encode(out);
  out.Number(memory);
  out.Number(external_memory);
  EncodeDeployment(out, deployment);
  return out.Take();
}

Result<AppVersion> AppVersion::Decode(uint32_t id, std::string_view encoded,
                                      const FindSnapshot& find) {
  ByteReader in(encoded);
  if (in.Number<uint32_t>() != kFormat) return Malformed("it is of another format");
  AppVersion version;
  version.id = id;
  version.name = in.Text();
  version.digest = in.Text();
  version.bytes = in.Number<uint64_t>();
  version.modified = static_cast<int64_t>(in.Number<uint64_t>());
  version.refusal = in.Text();
  version.script_name = in.Text();
  in.Each([&] {
    std::string name(in.Text());
    version.env.emplace_back(std::move(name), in.Text());
  });
  in.Each([&] { version.json_env.emplace_back(in.Text()); });
  in.Each([&] { version.secrets.emplace_back(in.Text()); });
  in.Each([&] {
    Service service;
    service.name = in.Text();
    service.app = in.Text();
    service.entrypoint = in.Text();
    service.props = in.Text();
    version.services.push_back(std::move(service));
  });
  in.Each([&] {
    KvBinding binding;
    binding.name = in.Text();
    binding.space = in.Text();
    binding.url_tag = in.Text();
    version.kv.push_back(std::move(binding));
  });
  version.outbound = TRY(ClientSettings::Decode(in));
  version.memory = in.Number<uint64_t>();
  version.external_memory = in.Number<uint64_t>();
  version.deployment = DecodeDeployment(in);
  if (!in.Done()) return Malformed("it does not end where its message does");
  if (!version.refusal.empty()) return version;
  Snapshot snapshot = find(version.digest);
  if (snapshot == nullptr) return Malformed("no snapshot " + version.digest + " is here");
  version.Use(std::move(snapshot));
  return version;
}

}  // namespace nano::server
