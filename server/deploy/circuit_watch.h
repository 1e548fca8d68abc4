// Tells when the circuits of versions open, are tried and close: also when that is by time alone.
//
// Owns a timer, and what was told last. Thread: the supervisor's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "net/handles.h"
#include "server/faults/circuit.h"

namespace nano::server {

class CircuitWatch {
 public:
  // None: the version has ended no worker lately, or gets no requests any more.
  using Find = std::function<std::optional<Circuit>(uint32_t version)>;
  // `circuit` is closed, and has no deaths, if there is none any more.
  using Told =
      std::function<void(const std::string& app, uint32_t version, const Circuit& circuit)>;

  CircuitWatch(uv_loop_t* loop, Find find, Told told);

  // The version has ended a worker.
  void Note(uint32_t version, const std::string& app);
  // Any circuit may be another one now.
  void Check();

 private:
  struct Known {
    std::string app;
    Circuit last{};
  };

  const Find find_;
  const Told told_;
  std::map<uint32_t, Known> known_;  // Versions that have ended workers lately.
  net::Timer timer_;
};

}  // namespace nano::server
