// A response with files that goes out as its client takes it: sent from the file where the exchange
// can do that, else read where it is mapped, a little at a time.
//
// Owned by its worker's AssetAnswers, until it says that it is done; its files own what they are
// in. Thread: the worker's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "http/handler.h"
#include "net/file_part.h"

namespace nano::server {

class AssetStream final : private http::Responder {
 public:
  // A text, and then a part of a file, of which either may be empty.
  struct Piece {
    std::string text;
    net::FilePart file;
  };

  AssetStream() = default;
  AssetStream(const AssetStream&) = delete;
  AssetStream& operator=(const AssetStream&) = delete;

  // Once. `length` is that of all pieces. `done` is called when nothing of it is needed any more,
  // perhaps before this returns, and may destroy it.
  void Start(std::vector<Piece> pieces, http::ServerExchange& exchange,
             const http::ResponseHead& head, uint64_t length, std::function<void()> done);

 private:
  // Nobody has asked for the request's body.
  void OnBody(http::ServerExchange&, std::string_view, bool) override {}
  void OnBodyError(http::ServerExchange&, std::string_view) override {}
  void OnDrain(http::ServerExchange& exchange) override { GoOn(exchange); }
  void OnAborted(http::ServerExchange&) override { End(); }

  void GoOn(http::ServerExchange& exchange);
  bool Write(http::ServerExchange& exchange, Piece& piece);
  void End();

  std::vector<Piece> pieces_;
  size_t at_ = 0;  // The first one that is not written.
  std::function<void()> done_;
};

}  // namespace nano::server
