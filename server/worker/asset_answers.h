// Answers requests with files of apps, without their code: from where a version's assets are mapped
// (assets/site.h), small ones at once, large ones as their clients take them (asset_stream.h).
//
// Owns the streams that are under way; and the versions that others have taken the place of.
// Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <list>
#include <memory>
#include <vector>

#include "assets/site.h"
#include "http/handler.h"
#include "server/release/app_version.h"
#include "server/release/replaced_sites.h"
#include "server/worker/asset_stream.h"

namespace nano::server {

class AssetAnswers {
 public:
  // `replaced` are those that the worker was started with.
  explicit AssetAnswers(uv_loop_t* loop, const std::vector<ReplacedSite>& replaced = {});
  AssetAnswers(const AssetAnswers&) = delete;
  AssetAnswers& operator=(const AssetAnswers&) = delete;

  using Version = std::shared_ptr<const AppVersion>;

  // Answers with a file of the version, which has some, or what is set for where there is none.
  // False: the request is its code's. `sibling` is what is served of the app besides, or null: a
  // page of that may ask here for the rest.
  bool Answer(const Version& version, const Version& sibling, assets::Company company,
              http::ServerExchange& exchange, const http::RequestHead& head);

  // Whose files are found where the version that has taken their place has none of the name.
  ReplacedSites& replaced() { return replaced_; }

  // Responses that are under way by parts.
  size_t streams() const { return streams_.size(); }

 private:
  void Send(const Version& owner, http::ServerExchange& exchange, bool is_head);
  void Stream(const Version& owner, http::ServerExchange& exchange);
  const Version& OwnerOf(const Version& version, const Version& sibling) const;

  assets::SiteAnswer answer_;  // The last one.
  std::list<AssetStream> streams_;
  ReplacedSites replaced_;
  std::vector<const assets::Site*> before_;  // Of the app that is asked, those of replaced_.
};

}  // namespace nano::server
