// Lines and descriptors. See handover.h.
#include "server/supervisor/handover.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <span>
#include <sstream>

#include "base/descriptor_passing.h"
#include "base/file.h"

namespace nano::server {
namespace {

constexpr char kFormat[] = "nano handover 1";
constexpr size_t kMaxText = size_t{32} << 10;
constexpr uint32_t kMaxSockets = 1 << 16;
constexpr uint32_t kMaxPid = 1 << 22;  // The kernel's.

Error Failed(const char* what) { return Error{std::string(what) + ": " + strerror(errno), {}, {}}; }

Error Malformed(const std::string& line) {
  return Error{
      "the server that is to be replaced hands over what cannot be understood: " + line, {}, {}};
}

std::string Describe(const Handover& handover) {
  std::string text = std::string(kFormat) + "\npid " + std::to_string(handover.pid) + "\n";
  for (const HandedSockets& group : handover.sockets) {
    text += "socket " + group.name + " " + std::to_string(group.sockets.size()) + " " +
            (group.given ? "given" : "own") + " " + group.address + "\n";
  }
  if (handover.relay_sender.get() >= 0) text += "relay\n";
  for (const std::string& app : handover.apps) text += "app " + app + "\n";
  for (const HandedSite& site : handover.sites) {
    text += "site " + site.digest + " " + std::to_string(site.bytes) + " " +
            std::to_string(site.modified) + " " + std::to_string(site.time.count()) + " " +
            site.app + "\n";
  }
  return text;
}

Result<Descriptor> InMemory(const std::string& text) {
  Descriptor file(memfd_create("nano handover", MFD_CLOEXEC));
  if (file.get() < 0) return Failed("cannot make a file in memory");
  if (!WriteAll(file.get(), text)) return Failed("cannot write to a file in memory");
  return file;
}

Result<std::string> Contents(int file) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t size = pread(file, buffer, sizeof buffer, static_cast<off_t>(text.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Failed("cannot read what is handed over");
    if (size == 0) return text;
    text.append(buffer, static_cast<size_t>(size));
  }
}

// The descriptors that come, one after the other.
class Descriptors {
 public:
  explicit Descriptors(int channel) : channel_(channel) {}

  Result<Descriptor> Next() {
    if (received_.empty()) {
      for (Descriptor& each : ReceiveDescriptors(channel_)) received_.push_back(std::move(each));
    }
    if (received_.empty() && errno == 0) {
      return Error{
          "the server that is to be replaced ended before it had handed over its sockets", {}, {}};
    }
    if (received_.empty()) return Failed("cannot receive a socket that is handed over");
    Descriptor next = std::move(received_.front());
    received_.pop_front();
    return next;
  }

 private:
  const int channel_;
  std::deque<Descriptor> received_;
};

Result<uint32_t> NumberOf(const std::string& text, uint32_t most, const std::string& line) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > most) {
    return Malformed(line);
  }
  return number;
}

Result<void> TakeSockets(Descriptors& descriptors, const std::string& line, Handover& handover) {
  std::istringstream words(line);
  std::string kind, count, whose;
  HandedSockets group;
  if (!(words >> kind >> group.name >> count >> whose)) return Malformed(line);
  std::getline(words >> std::ws, group.address);  // A socket that was given may have none.
  group.given = whose == "given";
  const size_t sockets = TRY(NumberOf(count, kMaxSockets, line));
  for (size_t i = 0; i < sockets; ++i) group.sockets.push_back(TRY(descriptors.Next()));
  handover.sockets.push_back(std::move(group));
  return {};
}

Result<HandedSite> TakeSite(const std::string& line) {
  std::istringstream words(line);
  std::string kind;
  int64_t time = 0;
  HandedSite site;
  if (!(words >> kind >> site.digest >> site.bytes >> site.modified >> time >> site.app) ||
      time < 0) {
    return Malformed(line);
  }
  site.time = std::chrono::milliseconds(time);
  return site;
}

Result<void> Send(int channel, std::span<const int> descriptors) {
  while (!descriptors.empty()) {
    const auto some = descriptors.first(std::min(descriptors.size(), kDescriptorsAtOnce));
    if (!SendDescriptors(channel, some, MSG_DONTWAIT)) return Failed("cannot hand over sockets");
    descriptors = descriptors.subspan(some.size());
  }
  return {};
}

}  // namespace

Result<void> SendHandover(int channel, const Handover& handover) {
  const Descriptor text = TRY(InMemory(Describe(handover)));
  std::vector<int> descriptors = {text.get()};
  for (const HandedSockets& group : handover.sockets) {
    for (const Descriptor& socket : group.sockets) descriptors.push_back(socket.get());
  }
  if (handover.relay_sender.get() >= 0) {
    descriptors.push_back(handover.relay_sender.get());
    descriptors.push_back(handover.relay_receiver.get());
  }
  TRY(Send(channel, descriptors));
  descriptors.clear();
  for (const HandedSite& site : handover.sites) descriptors.push_back(site.descriptor);
  return Send(channel, descriptors);
}

Result<Handover> ReceiveHandover(int channel) {
  Descriptors descriptors(channel);
  const Descriptor file = TRY(descriptors.Next());
  std::istringstream lines(TRY(Contents(file.get())));
  std::string line;
  if (!std::getline(lines, line) || line != kFormat) return Malformed(line);
  Handover handover;
  while (std::getline(lines, line)) {
    if (line.starts_with("socket ")) {
      TRY(TakeSockets(descriptors, line, handover));
    } else if (line == "relay") {
      handover.relay_sender = TRY(descriptors.Next());
      handover.relay_receiver = TRY(descriptors.Next());
    } else if (line.starts_with("pid ")) {
      handover.pid = static_cast<pid_t>(TRY(NumberOf(line.substr(4), kMaxPid, line)));
    } else if (line.starts_with("app ")) {
      handover.apps.push_back(line.substr(4));
    } else if (line.starts_with("site ")) {
      handover.sites.push_back(TRY(TakeSite(line)));
    }
  }
  return handover;
}

Result<void> ReceiveSites(int channel, const std::vector<HandedSite>& sites,
                          const std::function<void(const HandedSite&, Descriptor)>& take) {
  Descriptors descriptors(channel);
  for (const HandedSite& site : sites) take(site, TRY(descriptors.Next()));
  return {};
}

bool SendText(int channel, std::string_view text) {
  text = text.substr(0, kMaxText);
  ssize_t sent;
  do {
    sent = send(channel, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

std::string ReceiveText(int channel) {
  std::string text(kMaxText, '\0');
  ssize_t size;
  do {
    size = recv(channel, text.data(), text.size(), MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  if (size == 0) errno = 0;
  text.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return text;
}

}  // namespace nano::server
