// The text of rules. See site_rules.h for ownership and threads.
#include "assets/site_rules.h"

#include "base/byte_stream.h"

namespace nano::assets {
namespace {

constexpr uint8_t kVersion = 1;

}  // namespace

std::string EncodeRules(const SiteRules& rules) {
  ByteWriter writer;
  writer.Number(kVersion);
  writer.Number(static_cast<uint8_t>(rules.html));
  writer.Number(static_cast<uint8_t>(rules.not_found));
  writer.Text(rules.binding);
  writer.Flag(rules.worker_first);
  writer.Each(rules.worker_first_paths, [&writer](const std::string& path) { writer.Text(path); });
  writer.Text(rules.redirects);
  writer.Text(rules.headers);
  return writer.Take();
}

Result<SiteRules> DecodeRules(std::string_view text) {
  ByteReader reader(text);
  const auto version = reader.Number<uint8_t>();
  const auto html = reader.Number<uint8_t>();
  const auto not_found = reader.Number<uint8_t>();
  SiteRules rules;
  rules.binding = reader.Text();
  rules.worker_first = reader.Flag();
  reader.Each([&] { rules.worker_first_paths.emplace_back(reader.Text()); });
  rules.redirects = reader.Text();
  rules.headers = reader.Text();
  if (!reader.Done() || version != kVersion ||
      html > static_cast<uint8_t>(config::HtmlHandling::kNone) ||
      not_found > static_cast<uint8_t>(config::NotFoundHandling::kSinglePageApplication)) {
    return Error{"the rules of the assets are malformed", "",
                 "Build it again with this version's nanoc."};
  }
  rules.html = static_cast<config::HtmlHandling>(html);
  rules.not_found = static_cast<config::NotFoundHandling>(not_found);
  return rules;
}

}  // namespace nano::assets
