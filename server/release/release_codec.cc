// The order of a release's fields. See release_codec.h.
#include "server/release/release_codec.h"

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/byte_stream.h"

namespace nano::server {
namespace {

Error Malformed(const std::string& why) { return Error{"a release is malformed: " + why, {}, {}}; }

}  // namespace

std::string EncodeRelease(const Release& release, const std::function<bool(uint32_t)>& knows) {
  std::vector<const AppVersion*> unknown;
  for (const ServedApp& app : release.apps()) {
    if (!knows(app.version->id)) unknown.push_back(app.version.get());
    if (app.canary && !knows(app.canary->version->id)) {
      unknown.push_back(app.canary->version.get());
    }
  }
  ByteWriter out;
  out.Number(release.number());
  out.Each(unknown, [&out](const AppVersion* version) {
    out.Number(version->id);
    out.Text(version->Encode());
  });
  out.Each(release.apps(), [&out](const ServedApp& app) {
    out.Number(app.version->id);
    out.Each(app.hosts, [&out](const std::string& host) { out.Text(host); });
    out.Flag(app.is_default);
    out.Flag(app.leaving);
    out.Flag(app.canary.has_value());
    if (!app.canary) return;
    out.Number(app.canary->version->id);
    out.Number(app.canary->percent);
    out.Flag(app.canary->key.is_cookie);
    out.Text(app.canary->key.name);
  });
  return out.Take();
}

Result<std::shared_ptr<const Release>> DecodeRelease(std::string_view bytes,
                                                     const KnownParts& known) {
  ByteReader in(bytes);
  const auto number = in.Number<uint64_t>();
  std::unordered_map<uint32_t, std::shared_ptr<const AppVersion>> sent;
  std::optional<Error> wrong;  // The first thing that is.
  in.Each([&] {
    const auto id = in.Number<uint32_t>();
    Result<AppVersion> version = AppVersion::Decode(id, in.Text(), known.snapshot);
    if (version.ok()) {
      sent[id] = std::make_shared<const AppVersion>(std::move(version).value());
    } else if (!wrong) {
      wrong = std::move(version).error();
    }
  });
  const auto find = [&](uint32_t id) {
    const auto found = sent.find(id);
    auto version = found == sent.end() ? known.version(id) : found->second;
    if (version == nullptr && !wrong) {
      wrong = Malformed("version " + std::to_string(id) + " is not here");
    }
    return version;
  };
  std::vector<ServedApp> apps;
  in.Each([&] {
    ServedApp app;
    app.version = find(in.Number<uint32_t>());
    in.Each([&] { app.hosts.emplace_back(in.Text()); });
    app.is_default = in.Flag();
    app.leaving = in.Flag();
    if (in.Flag()) {
      Canary& canary = app.canary.emplace();
      canary.version = find(in.Number<uint32_t>());
      canary.percent = in.Number<uint32_t>();
      canary.key.is_cookie = in.Flag();
      canary.key.name = in.Text();
    }
    apps.push_back(std::move(app));
  });
  if (wrong) return *std::move(wrong);
  if (!in.Done()) return Malformed("it does not end where its message does");
  return Release::Make(number, std::move(apps));
}

}  // namespace nano::server
