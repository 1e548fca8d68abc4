// Answers requests with files of apps, without their code: from where a version's assets are mapped
// (assets/site.h), small ones at once, large ones as their clients take them (asset_stream.h).
//
// Owns the streams that are under way; and a share of each version that another one has taken the
// place of, for as long as what clients have of it may ask for the rest. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "assets/site.h"
#include "http/handler.h"
#include "net/handles.h"
#include "server/release/app_version.h"
#include "server/worker/asset_stream.h"

namespace nano::server {

class AssetAnswers {
 public:
  explicit AssetAnswers(uv_loop_t* loop);
  AssetAnswers(const AssetAnswers&) = delete;
  AssetAnswers& operator=(const AssetAnswers&) = delete;

  using Version = std::shared_ptr<const AppVersion>;

  // Answers with a file of the version, which has some, or what is set for where there is none.
  // False: the request is its code's. `sibling` is what is served of the app besides, or null: a
  // page of that may ask here for the rest.
  bool Answer(const Version& version, const Version& sibling, assets::Company company,
              http::ServerExchange& exchange, const http::RequestHead& head);

  // A version that another one has taken the place of: its files are found for so long where the
  // other one has none of their name.
  void Keep(Version version, std::chrono::milliseconds time);

  // Responses that are under way by parts.
  size_t streams() const { return streams_.size(); }

 private:
  struct Kept {
    Version version;
    uint64_t until;  // By the loop's clock, in milliseconds.
  };

  void Send(const Version& owner, http::ServerExchange& exchange, bool is_head);
  void Stream(const Version& owner, http::ServerExchange& exchange);
  const Version& OwnerOf(const Version& version, const Version& sibling) const;
  void LetGo();

  uv_loop_t* const loop_;
  assets::SiteAnswer answer_;  // The last one.
  std::list<AssetStream> streams_;
  std::vector<Kept> kept_;
  std::vector<const assets::Site*> before_;  // Of the app that is asked, those of kept_.
  net::Timer let_go_;
};

}  // namespace nano::server
