// Records of drains. See operations.h for ownership and threads.
#include "server/deploy/operations.h"

#include <utility>

namespace nano::server {
namespace {

constexpr size_t kRemembered = 100;  // That have ended.

}  // namespace

std::string Operations::Begin(const std::string& kind, std::string app, std::set<uint32_t> versions,
                              int64_t now) {
  OperationView view{.id = "op" + std::to_string(now) + "x" + std::to_string(++last_),
                     .kind = kind,
                     .app = std::move(app),
                     .started = now,
                     .message = kind == kRemove
                                    ? "new requests are answered with 503 until what was under way "
                                      "has ended, for a second at least"
                                    : "what was under way when it was replaced goes on"};
  records_.push_back({std::move(view), std::move(versions)});
  size_t ended = 0;
  for (const Record& record : records_) {
    ended += record.view.state == OperationView::State::kRunning ? 0 : 1;
  }
  for (auto record = records_.begin(); record != records_.end() && ended > kRemembered;) {
    if (record->view.state == OperationView::State::kRunning) {
      ++record;
    } else {
      record = records_.erase(record);
      --ended;
    }
  }
  return records_.back().view.id;
}

std::vector<std::string> Operations::Settle(const std::function<bool(uint32_t)>& held,
                                            int64_t now) {
  std::vector<std::string> ended;
  for (Record& record : records_) {
    if (record.view.state != OperationView::State::kRunning) continue;
    std::erase_if(record.versions, [&held](uint32_t version) { return !held(version); });
    if (!record.versions.empty()) continue;
    record.view.state = OperationView::State::kDone;
    record.view.ended = now;
    record.view.message =
        record.view.kind == kRemove ? "the removal is over" : "all that was under way has ended";
    record.view.holding.clear();
    record.view.workers.clear();
    ended.push_back(record.view.id);
  }
  return ended;
}

void Operations::Note(const Status& status, const Holders& holders) {
  for (Record& record : records_) {
    if (record.view.state != OperationView::State::kRunning) continue;
    record.view.workers = holders(record.versions);
    record.view.holding.clear();
    for (const WorkerLoad& worker : status.workers) {
      for (const VersionLoad& load : worker.versions) {
        if (load.draining && record.versions.contains(load.id)) record.view.holding.push_back(load);
      }
    }
  }
}

const OperationView* Operations::Find(std::string_view id) const {
  for (const Record& record : records_) {
    if (record.view.id == id) return &record.view;
  }
  return nullptr;
}

}  // namespace nano::server
