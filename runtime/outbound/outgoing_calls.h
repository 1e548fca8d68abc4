// The calls in flight of one isolate, by their numbers, and by those of the exchanges whose bodies
// they move. Owns the calls. Thread: the isolate's.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

#include "runtime/outbound/number_table.h"
#include "runtime/outbound/outgoing_call.h"

namespace nano::runtime {

class OutgoingCalls {
 public:
  // Told of everything that comes of calls. Set before there is one.
  OutgoingCall::Listener* listener = nullptr;

  // A call that has still to be started; null if too many are in flight.
  OutgoingCall* Add() {
    const uint32_t id = calls_.Add(std::make_unique<OutgoingCall>(*listener));
    if (id == 0) return nullptr;
    OutgoingCall* const call = calls_.Find(id);
    call->id = id;
    return call;
  }

  OutgoingCall* Find(uint32_t id) const { return calls_.Find(id); }

  // Its number is forgotten; destroying it ends it.
  std::unique_ptr<OutgoingCall> Take(uint32_t id) {
    std::unique_ptr<OutgoingCall> call = calls_.Take(id);
    if (call != nullptr && call->upload_exchange != 0) uploads_.erase(call->upload_exchange);
    if (call != nullptr && call->download_exchange != 0) downloads_.erase(call->download_exchange);
    return call;
  }

  void Clear() {
    while (const uint32_t id = calls_.First()) Take(id);
  }

  // The exchange's body becomes the call's request, or the call's response the exchange's.
  void BindUpload(OutgoingCall& call, uint32_t exchange) {
    call.upload_exchange = exchange;
    uploads_[exchange] = &call;
  }
  void BindDownload(OutgoingCall& call, uint32_t exchange) {
    call.download_exchange = exchange;
    downloads_[exchange] = &call;
  }
  void UnbindUpload(OutgoingCall& call) { uploads_.erase(std::exchange(call.upload_exchange, 0)); }

  // Null if there is none, as there is for nearly all exchanges.
  OutgoingCall* UploadOf(uint32_t exchange) const { return Of(uploads_, exchange); }
  OutgoingCall* DownloadOf(uint32_t exchange) const { return Of(downloads_, exchange); }

 private:
  using ByExchange = std::unordered_map<uint32_t, OutgoingCall*>;

  static OutgoingCall* Of(const ByExchange& calls, uint32_t exchange) {
    if (calls.empty()) [[likely]] {
      return nullptr;
    }
    const auto found = calls.find(exchange);
    return found == calls.end() ? nullptr : found->second;
  }

  NumberTable<std::unique_ptr<OutgoingCall>> calls_;
  ByExchange uploads_, downloads_;
};

}  // namespace nano::runtime
