// What of an app's terms goes from process to process. See app_terms.h.
#include "server/release/app_terms.h"

namespace nano::server {
namespace {

void EncodeTime(ByteWriter& out, std::chrono::milliseconds time) {
  out.Number(static_cast<uint64_t>(time.count()));
}

std::chrono::milliseconds DecodeTime(ByteReader& in) {
  return std::chrono::milliseconds(in.Number<uint64_t>());
}

}  // namespace

void AppTerms::Encode(ByteWriter& out) const {
  for (const config::Key<config::AppLimits>& key : config::AppLimitKeys()) {
    out.Number(key.value.get(limits));
  }
  EncodeTime(out, drain_timeout);
  EncodeTime(out, idle);
}

AppTerms AppTerms::Decode(ByteReader& in) {
  AppTerms terms;
  for (const config::Key<config::AppLimits>& key : config::AppLimitKeys()) {
    key.value.set(terms.limits, in.Number<uint64_t>());
  }
  terms.drain_timeout = DecodeTime(in);
  terms.idle = DecodeTime(in);
  return terms;
}

}  // namespace nano::server
