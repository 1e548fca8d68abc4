// An app's assets as a web site: which of them answers a request, with which status and fields, and
// which bytes of it.
//
// Refers to its pack, owns the rules that it has read from it. Immutable, thread-safe; an answer is
// one thread's. Knows no sockets: who has one sends the bytes from where they are.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assets/header_rules.h"
#include "assets/html_handling.h"
#include "assets/redirects.h"
#include "assets/site_rules.h"
#include "http/message.h"
#include "snapshot/asset_pack.h"

namespace nano::assets {

class Site;

// Made anew by each call that fills it; keeps its memory, so that who keeps it pays for none.
struct SiteAnswer {
  // A part of a body in parts: its head, and bytes of the pack.
  struct Part {
    std::string head;
    snapshot::AssetBytes bytes;
  };

  int status = 0;
  std::string fields;  // "name: value\r\n" repeated; without content-length.
  // The body: bytes of this site's pack, or parts of it, and then a text.
  const Site* site = nullptr;
  snapshot::AssetBytes bytes;
  std::vector<Part> parts;
  std::string text;

  uint64_t length() const;
};

// Who is there beside the files.
enum class Company : uint8_t {
  kNobody,  // What is set for paths without a file is done, and 404 answered in the end.
  kCode,    // The app's, which is asked where there is no file, or first.
};

class Site {
 public:
  // `modified` is when this version of the assets came to be, in seconds since 1970. The pack
  // outlives the site. Errors: the pack's rules are none.
  static Result<std::unique_ptr<const Site>> Make(const snapshot::AssetPack& pack,
                                                  int64_t modified);

  // Fills `answer`, or returns false: the request is for the app's code. `now` is the time, in
  // seconds since 1970. `before` are sites of the app that this one has taken the place of: what
  // pages that came from those need, and is no page itself, is found there if it is not here.
  bool Answer(const http::RequestHead& request, Company company, int64_t now, SiteAnswer& answer,
              std::span<const Site* const> before = {}) const;

  const snapshot::AssetPack& pack() const { return pack_; }
  const std::string& binding() const { return rules_.binding; }

 private:
  struct Fields;
  struct Found;

  Site(const snapshot::AssetPack& pack, SiteRules rules, int64_t modified);
  enum class First : uint8_t { kFiles, kCode, kFilesAlone };
  First WhoIsFirst(std::string_view path) const;
  Resolution ResolveName(std::string_view name, config::NotFoundHandling not_found) const;
  bool Redirect(const Destination& destination, std::string_view search, SiteAnswer& answer) const;
  bool AnswerFrom(std::span<const Site* const> before, std::string_view name,
                  const http::RequestHead& request, const Fields& fields, int64_t now,
                  SiteAnswer& answer) const;
  void AnswerFile(const snapshot::AssetFile& file, int status, const Fields& fields,
                  std::string_view method, int64_t now, SiteAnswer& answer) const;
  void Represent(const Found& found, const Fields& fields, std::string_view method, int64_t now,
                 SiteAnswer& answer) const;
  static void TakeRanges(const Found& found, std::string_view range_field, SiteAnswer& answer);
  void ApplyRules(std::string_view authority, std::string_view path, SiteAnswer& answer) const;

  const snapshot::AssetPack& pack_;
  const SiteRules rules_;
  const Redirects redirects_;
  const HeaderRules headers_;
  const int64_t modified_;
  const std::string modified_field_;  // "last-modified: …\r\n"
};

}  // namespace nano::assets
