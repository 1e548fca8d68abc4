// Pieces, one after the other. See asset_stream.h for ownership and threads.
#include "server/worker/asset_stream.h"

#include <algorithm>
#include <utility>

namespace nano::server {
namespace {

// What is read at once where the exchange takes no files.
constexpr size_t kRead = 64 * 1024;

}  // namespace

void AssetStream::Start(std::vector<Piece> pieces, http::ServerExchange& exchange,
                        const http::ResponseHead& head, uint64_t length,
                        std::function<void()> done) {
  pieces_ = std::move(pieces);
  done_ = std::move(done);
  exchange.responder = this;
  exchange.streams = true;
  exchange.StartBody(head, length);
  GoOn(exchange);
}

// A file that is the last piece is the exchange's: however long its client takes for it, nobody
// else is needed.
void AssetStream::GoOn(http::ServerExchange& exchange) {
  while (at_ < pieces_.size()) {
    if (!Write(exchange, pieces_[at_]) && at_ < pieces_.size()) return;
  }
  exchange.EndBody();
  End();
}

// As WriteBody. Goes on to the next piece when this one is written.
bool AssetStream::Write(http::ServerExchange& exchange, Piece& piece) {
  if (!piece.text.empty()) {
    const bool more = exchange.WriteBody(std::exchange(piece.text, {}));
    if (piece.file.bytes.empty()) ++at_;
    return more;
  }
  if (exchange.TakesFile()) {
    ++at_;
    return exchange.WriteFile(std::move(piece.file));
  }
  const size_t size = std::min(kRead, piece.file.bytes.size());
  const std::string_view part = piece.file.bytes.substr(0, size);
  piece.file.TakeOff(size);
  if (piece.file.bytes.empty()) ++at_;
  return exchange.WriteBody(part);
}

void AssetStream::End() {
  // Its end may be this object's, with the function in it.
  const std::function<void()> done = std::move(done_);
  done();
}

}  // namespace nano::server
