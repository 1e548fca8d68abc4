// From a site's answer to an exchange. See asset_answers.h for ownership and threads.
#include "server/worker/asset_answers.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>

namespace nano::server {
namespace {

// What is no larger is sent with its head by one call; what of it a client does not take at once is
// copied, as with any answer.
constexpr uint64_t kSmall = 64 * 1024;

}  // namespace

AssetAnswers::AssetAnswers(uv_loop_t* loop, const std::vector<ReplacedSite>& replaced)
    : replaced_(loop) {
  for (const ReplacedSite& site : replaced) replaced_.Keep(site);
}

bool AssetAnswers::Answer(const Version& version, const Version& sibling, assets::Company company,
                          http::ServerExchange& exchange, const http::RequestHead& head) {
  before_.clear();
  for (const ReplacedSite& kept : replaced_.all()) {
    if (kept.version->name == version->name && kept.version != version) {
      before_.push_back(kept.version->site.get());
    }
  }
  if (sibling != nullptr && sibling->site != nullptr) before_.push_back(sibling->site.get());
  if (!version->site->Answer(head, company, time(nullptr), answer_, before_)) return false;
  Send(OwnerOf(version, sibling), exchange, head.method == "HEAD");
  return true;
}

// The version whose bytes the answer has.
const AssetAnswers::Version& AssetAnswers::OwnerOf(const Version& version,
                                                   const Version& sibling) const {
  if (answer_.site == version->site.get()) [[likely]] {
    return version;
  }
  const std::vector<ReplacedSite>& all = replaced_.all();
  const auto kept = std::find_if(all.begin(), all.end(), [this](const ReplacedSite& each) {
    return each.version->site.get() == answer_.site;
  });
  return kept == all.end() ? sibling : kept->version;
}

void AssetAnswers::Send(const Version& owner, http::ServerExchange& exchange, bool is_head) {
  // How long a file may be, nobody bounds.
  exchange.refuser = nullptr;
  const http::ResponseHead head{.status = answer_.status, .headers = answer_.fields};
  const snapshot::AssetPack& pack = owner->site->pack();
  if (!answer_.parts.empty()) {
    if (answer_.length() > kSmall) return Stream(owner, exchange);
    std::string body;
    for (const assets::SiteAnswer::Part& part : answer_.parts) {
      body.append(part.head).append(pack.BytesOf(part.bytes));
    }
    return exchange.Respond(head, body.append(answer_.text));
  }
  if (!answer_.text.empty()) return exchange.Respond(head, answer_.text);
  if (answer_.bytes.size > kSmall && !is_head) return Stream(owner, exchange);
  exchange.Respond(head, pack.BytesOf(answer_.bytes));
}

void AssetAnswers::Stream(const Version& owner, http::ServerExchange& exchange) {
  const uint64_t length = answer_.length();
  const snapshot::Container& container = *owner->snapshot;
  const snapshot::AssetPack& pack = owner->site->pack();
  const auto file = [&](const snapshot::AssetBytes& bytes) {
    return net::FilePart{.bytes = pack.BytesOf(bytes),
                         .descriptor = container.descriptor(),
                         .offset = container.assets_offset() + bytes.offset,
                         .owner = owner};
  };
  std::vector<AssetStream::Piece> pieces;
  for (assets::SiteAnswer::Part& part : answer_.parts) {
    pieces.push_back({.text = std::move(part.head), .file = file(part.bytes)});
  }
  if (answer_.bytes.size != 0) pieces.push_back({.text = {}, .file = file(answer_.bytes)});
  if (!answer_.text.empty()) pieces.push_back({.text = answer_.text, .file = {}});
  const auto place = streams_.emplace(streams_.end());
  place->Start(std::move(pieces), exchange, {.status = answer_.status, .headers = answer_.fields},
               length, [this, place] { streams_.erase(place); });
}

}  // namespace nano::server
