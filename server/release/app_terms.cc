// What of an app's terms goes from process to process. See app_terms.h.
#include "server/release/app_terms.h"

namespace nano::server {

void AppTerms::Encode(ByteWriter& out) const {
  for (const config::Key<config::AppLimits>& key : config::AppLimitKeys()) {
    out.Number(key.value.get(limits));
  }
  out.Time(drain_timeout);
  out.Time(idle);
}

Result<AppTerms> AppTerms::Decode(ByteReader& in) {
  AppTerms terms;
  for (const config::Key<config::AppLimits>& key : config::AppLimitKeys()) {
    const auto value = in.Number<uint64_t>();
    if (value != 0 && !key.value.bounds.Hold(value)) {
      return Error{
          "an app's limit is malformed: " + key.path + " is " + std::to_string(value), {}, {}};
    }
    key.value.set(terms.limits, value);
  }
  terms.drain_timeout = in.Time();
  terms.idle = in.Time();
  return terms;
}

}  // namespace nano::server
