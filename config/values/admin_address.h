// Where the admin API listens. Owns its values. Thread-safe as any value type.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "config/values/address.h"

namespace nano::config {

struct AdminAddress {
  struct BesideDist {  // A Unix socket named nano.sock beside dist/.
    bool operator==(const BesideDist&) const = default;
  };
  struct Off {
    bool operator==(const Off&) const = default;
  };
  struct Unix {
    std::string path;
    bool operator==(const Unix&) const = default;
  };

  std::variant<BesideDist, Off, Unix, Address> place;

  bool operator==(const AdminAddress&) const = default;
  // As it is read; empty for BesideDist.
  std::string ToString() const;
};

// "unix:PATH", an address as ParseAddress takes it, or "off". The Error has no `where`.
Result<AdminAddress> ParseAdminAddress(std::string_view text);

}  // namespace nano::config
