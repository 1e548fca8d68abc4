// Collecting what is allowed of both families' answers.
#include "net/address_lookup.h"

#include <utility>

#include "base/check.h"

namespace nano::net {

AddressLookup::AddressLookup(uv_loop_t* loop, Resolver& resolver, Events events)
    : resolver_(resolver), events_(std::move(events)), timer_(loop, [this] {
        const auto known = events_.known;
        known();
      }) {}

void AddressLookup::Start(std::string_view host) {
  if (const auto address = IpAddress::Parse(host)) {
    Take(*address);
    told_ = true;
    timer_.Start(0);
    return;
  }
  lookup_ = resolver_.Resolve(
      host, [this](Family family, const NameAnswer& answer) { OnAnswer(family, answer); });
}

void AddressLookup::Take(const IpAddress& address) {
  const std::optional<std::string> refusal = events_.refuse(address);
  if (!refusal) return addresses_.push_back(address);
  if (!refusals_.empty()) refusals_ += "; ";
  refusals_ += address.ToString() + ": " + *refusal;
}

void AddressLookup::OnAnswer(Family family, const NameAnswer& answer) {
  ++answers_;
  for (const IpAddress& address : answer.addresses) Take(address);
  if (answer.error != NameError::kNone && (!no_names_ || answer.error != NameError::kNotFound)) {
    no_names_ = answer;
  }
  const bool both = answers_ == 2;
  if (told_ || (!both && (family != Family::kV4 || addresses_.empty()))) return;
  told_ = true;
  const auto known = events_.known;
  known();
}

std::optional<IpAddress> AddressLookup::Next() {
  if (next_ == addresses_.size()) return std::nullopt;
  return addresses_[next_++];
}

ConnectFailure AddressLookup::failure() const {
  if (!refusals_.empty()) return {ConnectError::kDenied, refusals_};
  NANO_CHECK(no_names_.has_value());
  return NameFailure(*no_names_);
}

}  // namespace nano::net
