// The order of a release's fields. See release_codec.h.
#include "server/release/release_codec.h"

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/byte_stream.h"

namespace nano::server {
namespace {

using Version = std::shared_ptr<const AppVersion>;

Error Malformed(const std::string& why) { return Error{"a release is malformed: " + why, {}, {}}; }

void EncodeApp(ByteWriter& out, const ServedApp& app) {
  out.Number(app.version->id);
  out.Each(app.hosts, [&out](const std::string& host) { out.Text(host); });
  out.Flag(app.is_default);
  out.Flag(app.leaving);
  out.Text(app.group);
  app.terms.Encode(out);
  out.Flag(app.canary.has_value());
  if (!app.canary) return;
  out.Number(app.canary->version->id);
  out.Number(app.canary->percent);
  out.Flag(app.canary->key.is_cookie);
  out.Text(app.canary->key.name);
}

// `find` gives a version by its id.
template <typename Find>
Result<ServedApp> DecodeApp(ByteReader& in, const Find& find) {
  ServedApp app;
  app.version = find(in.Number<uint32_t>());
  std::vector<std::string> hosts;
  in.Each([&] { hosts.emplace_back(in.Text()); });
  app.hosts = std::move(hosts);
  app.is_default = in.Flag();
  app.leaving = in.Flag();
  app.group = in.Text();
  app.terms = TRY(AppTerms::Decode(in));
  if (in.Flag()) {
    Canary& canary = app.canary.emplace();
    canary.version = find(in.Number<uint32_t>());
    canary.percent = in.Number<uint32_t>();
    canary.key.is_cookie = in.Flag();
    canary.key.name = in.Text();
  }
  return app;
}

}  // namespace

std::string EncodeRelease(const Release& base, const Release& next) {
  std::vector<const ServedApp*> changed;
  std::vector<const std::string*> gone;
  std::vector<const AppVersion*> unknown;
  const auto add = [&](const Version& version) {
    if (base.FindAnyVersion(version->id) == nullptr) unknown.push_back(version.get());
  };
  ForEachChange(&base, next, [&](const ServedApp* before, const ServedApp* now) {
    if (now == nullptr) return gone.push_back(&before->name());
    changed.push_back(now);
    add(now->version);
    if (now->canary) add(now->canary->version);
  });
  ByteWriter out;
  out.Number(next.number());
  out.Number(base.number());
  out.Each(unknown, [&out](const AppVersion* version) {
    out.Number(version->id);
    out.Text(version->Encode());
  });
  out.Each(gone, [&out](const std::string* name) { out.Text(*name); });
  out.Each(changed, [&out](const ServedApp* app) { EncodeApp(out, *app); });
  return out.Take();
}

Result<std::shared_ptr<const Release>> DecodeRelease(std::string_view bytes, const Release& base,
                                                     const AppVersion::FindSnapshot& find) {
  ByteReader in(bytes);
  const auto number = in.Number<uint64_t>();
  if (const auto before = in.Number<uint64_t>(); before != base.number()) {
    return Malformed("it is told from release " + std::to_string(before) + ", and here is " +
                     std::to_string(base.number()));
  }
  std::unordered_map<uint32_t, Version> sent;
  std::optional<Error> wrong;  // The first thing that is.
  in.Each([&] {
    const auto id = in.Number<uint32_t>();
    Result<AppVersion> version = AppVersion::Decode(id, in.Text(), find);
    if (version.ok()) {
      sent[id] = std::make_shared<const AppVersion>(std::move(version).value());
    } else if (!wrong) {
      wrong = std::move(version).error();
    }
  });
  const auto find_version = [&](uint32_t id) {
    const auto found = sent.find(id);
    Version version = found == sent.end() ? base.FindAnyVersion(id) : found->second;
    if (version == nullptr && !wrong) {
      wrong = Malformed("version " + std::to_string(id) + " is not here");
    }
    return version;
  };
  std::vector<ServedApp> apps = base.apps();
  in.Each([&] {
    const std::string_view name = in.Text();
    const auto place = PlaceOf(apps, name);
    if (place != apps.end() && place->name() == name) apps.erase(place);
  });
  in.Each([&] {
    Result<ServedApp> decoded = DecodeApp(in, find_version);
    if (wrong) return;
    if (!decoded.ok()) {
      wrong = std::move(decoded).error();
      return;
    }
    ServedApp app = std::move(decoded).value();
    const auto place = PlaceOf(apps, app.name());
    if (place != apps.end() && place->name() == app.name()) {
      *place = std::move(app);
    } else {
      apps.insert(place, std::move(app));
    }
  });
  if (wrong) return *std::move(wrong);
  if (!in.Done()) return Malformed("it does not end where its message does");
  return Release::Make(number, std::move(apps), &base);
}

}  // namespace nano::server
