// What is deployed, and changes to it: what the admin API asks of the deployer, which implements
// this.
//
// Thread: the supervisor's loop. Callbacks come later, never inside the call, each once; none comes
// after the object is gone. What is returned by reference is valid until the loop is back in
// control.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/deploy/changes.h"
#include "server/deploy/crons.h"
#include "server/deploy/feed.h"
#include "server/deploy/profile_request.h"
#include "server/deploy/views.h"
#include "server/metrics/app_metrics.h"
#include "server/storage/frames.h"

namespace nano::server {

class Deployments {
 public:
  virtual ~Deployments() = default;

  virtual const Overview& overview() = 0;
  // One of its apps, at a cost that does not grow with the others; none: there is none.
  virtual std::optional<AppView> app(std::string_view name) = 0;
  // Asks the workers, and waits for each at most a second.
  virtual void AskStatus(std::function<void(const Status&)> done) = 0;
  // The versions of an app that are kept, the newest first; empty if there is no such app.
  virtual Result<std::vector<KeptVersion>> Versions(std::string_view app) = 0;
  // The newest first; as many as are remembered.
  virtual const std::vector<ReleaseView>& releases() = 0;
  // Null: there is no such operation, or it ended long ago.
  virtual const OperationView* operation(std::string_view id) = 0;

  // The files against what is served. Reads files.
  virtual Result<DiffView> Diff() = 0;
  // Serves what the files say.
  virtual void Reload(const ReloadRequest& request, OutcomeCallback done) = 0;
  // Changes one app, when the changes before have been made.
  virtual void Change(AppChange change, OutcomeCallback done) = 0;

  // Has a worker make a profile of an app; `done` gets it, or why there is none. Returns what
  // CancelProfile ends it by: then nothing is told.
  virtual uint64_t TakeProfile(const ProfileRequest& request, ProfileCallback done) = 0;
  virtual void CancelProfile(uint64_t token) = 0;

  // Calls of apps' `scheduled`.
  virtual Crons& crons() = 0;

  // Asks a service of the store, as who operates the server, by a message of that service's
  // (storage/*/messages.h).
  virtual void AskStore(StoreService service, std::string message, StoreDone done) = 0;

  // Where snapshots are uploaded to: in the state's folder, on one file system with it. Made by
  // whoever needs it. What is left in it when the server starts was not taken by anyone.
  virtual std::string upload_folder() = 0;

  // What happens, as lines of JSON: swaps, drains, deaths of workers.
  virtual Feed& events() = 0;
  // What all processes have counted of the apps.
  virtual const AppMetrics& metrics() const = 0;
  // Lines that the log's reader has missed since the start.
  virtual uint64_t lost_log_lines() const = 0;
  // The log's lines, of all workers.
  virtual Feed& log_lines() = 0;
};

}  // namespace nano::server
