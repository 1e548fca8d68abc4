// The socket that the admin API is listened for on: bound before the server does anything else, so
// that what is wrong with it is told at the start.
//
// A Unix socket can be used by its owner alone from the moment that it is there. One that a server
// left when it died is replaced, one of a server that lives is not. Owns the descriptor, and
// removes the socket's file at the end, in the process that made it only, and only if it is still
// its own. Thread: any one at a time.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"
#include "config/values/address.h"

namespace nano::server::admin {

class Listening {
 public:
  static Result<Listening> OnSocket(const std::string& path);
  static Result<Listening> OnAddress(const config::Address& address);
  // A socket that another process has bound and hands over, and what it was asked for by here.
  static Listening Inherited(int fd, std::string asked, const std::string& path);

  ~Listening();
  Listening(Listening&& other) noexcept;
  Listening& operator=(Listening&& other) noexcept;

  // Where clients find it: "unix:/run/nano.sock", "127.0.0.1:9000".
  const std::string& name() const { return name_; }
  // What it is called where it was asked for, which finds it among those that are handed over. Port
  // 0 is still that there.
  const std::string& asked() const { return asked_; }
  int fd() const { return fd_.get(); }
  // A copy of the descriptor, for a listener to own.
  int Copy() const;
  // The file of an inherited socket is this process's to remove at the end.
  void OwnFile(const std::string& path);
  // The file stays at the end: another process goes on with the socket.
  void LeaveFile() { path_.clear(); }

 private:
  Listening(Descriptor fd, std::string name, std::string asked, const std::string& path);

  Descriptor fd_;
  std::string name_;
  std::string asked_;
  std::string path_;  // Of the file that is to be removed; empty: none.
  pid_t owner_ = 0;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace nano::server::admin
