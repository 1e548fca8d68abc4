// What a server hands to the one that takes its place: the listening sockets with all that waits in
// them, and the channel of connections that were accepted already.
//
// The two may be different versions of the program, so this is a format: a file in memory with a
// line for each thing, whose descriptor comes first, and then the descriptors that it speaks of, in
// its order. Lines that the receiver does not know are passed over; what a later version adds with
// descriptors comes behind all that has some, as nobody else knows how many to pass over.
//
//   nano handover 1
//   pid 4711
//   socket http 2 own 127.0.0.1:0
//   relay
//   app shop
//   site 2f90…31 81234 1764565200 90000 shop
//
// A socket has a name, how many descriptors, whose they are (`own`, `given`), and the address asked
// for. The relay's two descriptors are where connections go in, and where they come out. Apps are
// those that are served. A site is a snapshot whose files clients may ask for a while longer, with
// its digest, its size, when it was written (in seconds since 1970), and for how many milliseconds.
// Sites' descriptors come in messages of their own, behind all others: who takes over knows only
// later which of them it has not got itself.
//
// Owns its values. Thread: as any value type; sending and receiving wait for the kernel only.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace nano::server {

// The name of the sockets that apps are asked at.
inline constexpr char kHttpSockets[] = "http";

// Listening sockets of one address, which share its connections.
struct HandedSockets {
  std::string name;     // kHttpSockets, or another listener's.
  bool given = false;   // They came from the service manager.
  std::string address;  // As it was asked for: with port 0, if so.
  std::vector<Descriptor> sockets;
};

// A version that is served, or was, with its files.
struct HandedSite {
  std::string app;
  std::string digest;  // Of its snapshot.
  uint64_t bytes = 0;  // The snapshot's.
  int64_t modified = 0;
  std::chrono::milliseconds time{0};  // For which its files are to be found.
  // The snapshot's copy, and who has it open, at the end that hands over.
  int descriptor = -1;
  std::shared_ptr<const void> owner{};
};

struct Handover {
  pid_t pid = 0;  // Whose.
  std::vector<HandedSockets> sockets;
  Descriptor relay_sender, relay_receiver;  // Of ConnectionRelay.
  std::vector<std::string> apps;            // That are served.
  std::vector<HandedSite> sites;
};

// Copies of the descriptors go through a socket of the kind SOCK_SEQPACKET.
Result<void> SendHandover(int channel, const Handover& handover);
// Waits until the other side has sent it, but for the sites' descriptors.
Result<Handover> ReceiveHandover(int channel);
// Those, once; `take` is called with each, in the order of the sites. Ends with the first that
// cannot be received.
Result<void> ReceiveSites(int channel, const std::vector<HandedSite>& sites,
                          const std::function<void(const HandedSite&, Descriptor)>& take);

// One more packet, of text. Nobody is waited for: false if it could not be sent.
bool SendText(int channel, std::string_view text);
// The next one; empty if the other side is gone, with `errno` 0, or if there is none (EAGAIN).
std::string ReceiveText(int channel);

}  // namespace nano::server
