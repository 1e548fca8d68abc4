// A process's way to the store: calls, their answers, and what becomes of them when the store ends.
//
// There is no channel until the first call: then it is asked for, and so it is again when the store
// has ended. What was under way then is sent once more, since whatever the store may have done of
// it it can do again; what has met two ends, or has waited for too long, fails.
//
// Owns the channel and the calls. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/handles.h"
#include "net/later.h"
#include "server/log/log.h"
#include "server/storage/store_channel.h"

namespace nano::server {

class StoreClient final : private StoreChannel::Peer {
 public:
  using Done = std::function<void(const Result<std::string_view>& answer)>;

  // How long a call waits for its answer.
  static constexpr uint64_t kPatienceMs = 60'000;

  // `ask` has a channel sent, which SetChannel gets. The log outlives the client.
  StoreClient(uv_loop_t* loop, Log& log, std::function<void()> ask);
  ~StoreClient();

  // `done` is called once, from the loop's next turn on, unless Forget was. A message that is
  // longer than kMaxStoreMessage fails.
  uint32_t Start(StoreService service, uint32_t scope, std::string message, Done done);
  // Nobody waits for the answer any more.
  void Forget(uint32_t call);

  // From the supervisor.
  void SetChannel(Descriptor end);

  size_t pending() const { return calls_.size(); }

 private:
  struct Call {
    StoreMessage message;  // Without a body: it is refused.
    Done done;
    uint64_t began = 0;  // By the loop's clock.
    int ends = 0;        // Of the store, that it has met.
  };

  void OnStoreMessage(StoreMessage message) override;
  void OnStoreEnd(std::string_view error) override;
  void Ask();
  void OnTick();
  void Fail(uint32_t call, const std::string& why);

  uv_loop_t* const loop_;
  Log& log_;
  const std::function<void()> ask_;
  std::unique_ptr<StoreChannel> channel_;
  bool asked_ = false;
  uint32_t last_call_ = 0;
  std::map<uint32_t, Call>
      calls_;  // In the order of their numbers, which is that of their beginning.
  net::Timer tick_;
  net::Later refusals_;
};

}  // namespace nano::server
