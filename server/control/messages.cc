// The fields of each message, in one order for both directions. See messages.h.
#include "server/control/messages.h"

#include <type_traits>

#include "base/byte_stream.h"

namespace nano::server {
namespace {

// Writes fields …
class Writing {
 public:
  template <typename T>
  void operator()(const T& field) {
    if constexpr (std::is_same_v<T, std::string>) {
      out_.Text(field);
    } else if constexpr (std::is_same_v<T, bool>) {
      out_.Flag(field);
    } else if constexpr (std::is_same_v<T, BootAhead>) {
      out_.Flag(field == BootAhead::kAll);
    } else {
      out_.Number(field);
    }
  }
  template <typename T, typename Each>
  void List(const std::vector<T>& list, Each each) {
    out_.Each(list, [&](const T& item) { each(*this, const_cast<T&>(item)); });
  }
  std::string Take() { return out_.Take(); }

 private:
  ByteWriter out_;
};

// … and reads them.
class Reading {
 public:
  explicit Reading(std::string_view bytes) : in_(bytes) {}

  template <typename T>
  void operator()(T& field) {
    if constexpr (std::is_same_v<T, std::string>) {
      field = in_.Text();
    } else if constexpr (std::is_same_v<T, bool>) {
      field = in_.Flag();
    } else if constexpr (std::is_same_v<T, BootAhead>) {
      field = in_.Flag() ? BootAhead::kAll : BootAhead::kServing;
    } else {
      field = in_.Number<T>();
    }
  }
  template <typename T, typename Each>
  void List(std::vector<T>& list, Each each) {
    in_.Each([&] { each(*this, list.emplace_back()); });
  }
  bool Done() const { return in_.Done(); }

 private:
  ByteReader in_;
};

template <typename Visitor>
void Visit(Visitor& visit, SnapshotPassed& message) {
  visit(message.digest);
  visit(message.bytes);
}

template <typename Visitor>
void Visit(Visitor& visit, Prepare& message) {
  visit(message.number);
  visit(message.boot);
  visit(message.release);
}

template <typename Visitor>
void Visit(Visitor& visit, ReleaseNumber& message) {
  visit(message.number);
}

template <typename Visitor>
void Visit(Visitor& visit, GroupChannel& message) {
  visit(message.group);
}

template <typename Visitor>
void Visit(Visitor& visit, Preparing& message) {
  visit(message.version);
  visit(message.step);
}

template <typename Visitor>
void Visit(Visitor& visit, AppLog& message) {
  visit(message.version);
  visit(message.line);
}

template <typename Visitor>
void Visit(Visitor& visit, Prepared& message) {
  visit(message.number);
  visit(message.error);
  visit.List(message.failures, [](Visitor& each, PrepareFailure& failure) {
    each(failure.version);
    each(failure.step);
    each(failure.message);
  });
}

template <typename Visitor>
void Visit(Visitor& visit, DrainingVersions& message) {
  visit.List(message.versions, [](Visitor& each, uint32_t& version) { each(version); });
}

template <typename Visitor>
void Visit(Visitor& visit, StatusRequest& message) {
  visit(message.token);
}

template <typename Visitor>
void Visit(Visitor& visit, WorkerStatus& message) {
  visit(message.token);
  visit(message.release);
  visit(message.connections);
  visit.List(message.versions, [](Visitor& each, VersionStatus& status) {
    each(status.version);
    each(status.draining);
    each(status.booted);
    each(status.heap_bytes);
    each(status.external_bytes);
    each(status.requests);
    each(status.limits_hit);
    each(status.evictions);
    each(status.held.requests);
    each(status.held.streams);
    each(status.held.promises);
    each(status.held.queued);
  });
}

template <typename Visitor>
void Visit(Visitor& visit, ProfileStart& message) {
  visit(message.token);
  visit(message.app);
  visit(message.heap);
  visit(message.seconds);
}

template <typename Visitor>
void Visit(Visitor& visit, ProfileToken& message) {
  visit(message.token);
}

template <typename Visitor>
void Visit(Visitor& visit, ProfileEnd& message) {
  visit(message.token);
  visit(message.error);
}

template <typename Visitor>
void Visit(Visitor& visit, SandboxState& message) {
  visit(message.in_force);
  visit(message.missing);
}

template <typename Visitor>
void Visit(Visitor& visit, BrokenVersion& message) {
  visit(message.version);
  visit(message.why);
}

template <typename Visitor>
void Visit(Visitor& visit, RunStart& message) {
  visit(message.token);
  visit(message.mark);
  visit(message.app);
  visit(message.cron);
  visit(message.time);
}

template <typename Visitor>
void Visit(Visitor& visit, RunEnd& message) {
  visit(message.token);
  visit(message.outcome);
  visit(message.why);
  visit(message.ms);
  visit(message.request);
}

template <typename Visitor>
void Visit(Visitor& visit, StoreScopes& message) {
  visit.List(message.scopes, [](Visitor& each, StoreScope& scope) {
    each(scope.id);
    each(scope.app);
    each.List(scope.groups, [](Visitor& item, std::string& group) { item(group); });
    each.List(scope.kv, [](Visitor& item, StoreBinding& binding) {
      item(binding.name);
      item(binding.url);
    });
  });
}

template <typename Visitor>
void Visit(Visitor& visit, StoreUser& message) {
  visit(message.group);
  visit(message.is_probe);
  visit(message.is_operator);
}

template <typename Message>
std::string EncodeFields(const Message& message) {
  Writing writing;
  Visit(writing, const_cast<Message&>(message));
  return writing.Take();
}

}  // namespace

std::string Encode(const SnapshotPassed& message) { return EncodeFields(message); }
std::string Encode(const Prepare& message) { return EncodeFields(message); }
std::string Encode(const ReleaseNumber& message) { return EncodeFields(message); }
std::string Encode(const GroupChannel& message) { return EncodeFields(message); }
std::string Encode(const Preparing& message) { return EncodeFields(message); }
std::string Encode(const AppLog& message) { return EncodeFields(message); }
std::string Encode(const Prepared& message) { return EncodeFields(message); }
std::string Encode(const DrainingVersions& message) { return EncodeFields(message); }
std::string Encode(const StatusRequest& message) { return EncodeFields(message); }
std::string Encode(const WorkerStatus& message) { return EncodeFields(message); }
std::string Encode(const ProfileStart& message) { return EncodeFields(message); }
std::string Encode(const ProfileToken& message) { return EncodeFields(message); }
std::string Encode(const ProfileEnd& message) { return EncodeFields(message); }
std::string Encode(const SandboxState& message) { return EncodeFields(message); }
std::string Encode(const BrokenVersion& message) { return EncodeFields(message); }
std::string Encode(const RunStart& message) { return EncodeFields(message); }
std::string Encode(const RunEnd& message) { return EncodeFields(message); }
std::string Encode(const StoreScopes& message) { return EncodeFields(message); }
std::string Encode(const StoreUser& message) { return EncodeFields(message); }

template <typename Message>
Result<Message> Decode(std::string_view body) {
  Reading reading(body);
  Message message;
  Visit(reading, message);
  if (!reading.Done()) return Error{"a message's fields are malformed", {}, {}};
  return message;
}

template Result<SnapshotPassed> Decode(std::string_view);
template Result<Prepare> Decode(std::string_view);
template Result<ReleaseNumber> Decode(std::string_view);
template Result<GroupChannel> Decode(std::string_view);
template Result<Preparing> Decode(std::string_view);
template Result<AppLog> Decode(std::string_view);
template Result<Prepared> Decode(std::string_view);
template Result<DrainingVersions> Decode(std::string_view);
template Result<StatusRequest> Decode(std::string_view);
template Result<WorkerStatus> Decode(std::string_view);
template Result<ProfileStart> Decode(std::string_view);
template Result<ProfileToken> Decode(std::string_view);
template Result<ProfileEnd> Decode(std::string_view);
template Result<SandboxState> Decode(std::string_view);
template Result<BrokenVersion> Decode(std::string_view);
template Result<RunStart> Decode(std::string_view);
template Result<RunEnd> Decode(std::string_view);
template Result<StoreScopes> Decode(std::string_view);
template Result<StoreUser> Decode(std::string_view);

}  // namespace nano::server
