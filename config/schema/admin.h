// `server.admin` in nano.yaml: where the admin API listens, and who may use it. Owns its values;
// immutable after loading, hence safe to share between threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "config/schema/key.h"
#include "config/schema/placed_text.h"
#include "config/values/admin_address.h"

namespace nano::config {

// A token with what it is for.
struct AdminToken {
  PlacedText token;  // A template, so that it is in the server's environment and in no file.
  std::vector<std::string> scopes;
  Place place;
};

struct AdminSettings {
  AdminAddress listen;
  PlacedText token;  // For everything. Empty: none.
  std::vector<AdminToken> tokens;
  PlacedText certificate, key;  // PEM files of the server's own. Empty: no TLS.
  PlacedText client_ca;  // A PEM file: clients need a certificate of it. Empty: they need none.
  std::vector<std::string> hosts;  // Names in Host besides addresses and localhost, in lower case.
  bool plain = false;              // HTTP without TLS on an address that others reach.
  // Bytes: unless set, whatever a build can have made (base/file.h).
  uint64_t max_upload = kMaxFileBytes;

  Place place;
};

const Table<AdminSettings>& AdminKeys();
const Table<AdminToken>& AdminTokenKeys();

// All of `server.admin`: a map of the keys, or what `listen` can be.
void ReadAdmin(Reader& reader, const Node& node, AdminSettings& admin);

// All of it, as a text that tells two apart. It has tokens as they are written: for comparing, and
// for nobody's eyes.
std::string ShowAdmin(const AdminSettings& admin);

}  // namespace nano::config
