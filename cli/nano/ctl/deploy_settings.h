// What the apps of a dist are to be served with, as far as it is known here: what a nano.yaml says,
// and what their builds were told. The same that `nano serve` would make of both.
//
// Owns its values. Thread: the process's only one.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "snapshot/manifest.h"

namespace nano::cli::ctl {

class DeploySettings {
 public:
  // Reads the file that is named, or the nano.yaml in the folder that the dist lies in, if there is
  // one.
  static Result<DeploySettings> Read(const std::string& dist, const snapshot::Manifest& manifest,
                                     const std::optional<std::string>& config);

  // The configuration of an app as the admin API takes it, in nano.yaml's words: variables of the
  // server's environment stay as they are written. An Error if the app could not run with it.
  Result<Json> Of(const snapshot::ManifestApp& app) const;

  // What the app can be without, and may not be meant to be, in a sentence; empty: nothing.
  std::string WarningOf(const snapshot::ManifestApp& app) const;

 private:
  struct Found {
    Json config;
    std::string why_without;  // As server::ServedFiles::App has it.
  };

  std::string file_;                    // That was read; empty: none.
  std::map<std::string, Found> found_;  // By the names of apps.
};

}  // namespace nano::cli::ctl
