// The port through which requests of apps leave the isolate. Thread: the isolate's.
//
// An isolate has no other way to the network, or to another app: an embedder that gives it none has
// refused it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/call.h"

namespace nano::runtime {

class OutboundPort {
 public:
  // The name of a service that is the app itself; no binding can have it.
  static constexpr std::string_view kSelf = ":self";
  // That of the app's cache: `aim->entrypoint` says which of its caches, and the URL is the key.
  // GET asks for what is kept: with the fields of conditions and ranges, answered by the response,
  // or with the status 0 if there is none. PUT keeps a response, its body the request's, its fields
  // behind lines of what else there is of it, of names that no field has: ":status: 200 OK",
  // ":length: 5", if that is known, and ":authorized: 1", if the key's request had an
  // Authorization; answered with 204, or 413 if it is not kept. DELETE removes what is kept: 200,
  // or 404 if there was none.
  static constexpr std::string_view kCache = ":cache";

  virtual ~OutboundPort() = default;

  // Begins a call to the network, or to the app that is bound to the name `service`. The caller
  // outlives the call, and is told nothing before this has returned. An Error: the call is refused;
  // its message is the end of a sentence, with which the app's fetch() is rejected. By default, as
  // in a build, everything is.
  virtual Result<std::unique_ptr<http::Call>> Start(const http::CallRequest& request,
                                                    std::string_view service,
                                                    http::Caller& caller) {
    return Error{
        "an app has no network while it is built; call fetch() in a handler, or when a "
        "request first needs what it gives",
        "", ""};
  }

  // A response that a GET of kCache would be answered with.
  struct KeptResponse {
    int status = 0;
    std::string status_text;
    std::string fields;  // A block (http/fields.h).
    bool has_body = false;
    std::string_view body;
    std::shared_ptr<const void> owner;  // Of the body's bytes.
  };

  // One that is at hand: of the app's cache of this name, of the key `url`, asked for with these
  // fields in wire format. None: who wants to know calls.
  virtual std::optional<KeptResponse> FindKept(std::string_view cache, std::string_view url,
                                               std::string_view fields) {
    return std::nullopt;
  }

  // Whether calls to the network carry on the trace of the request that they are made for.
  virtual bool traced() const { return true; }
};

}  // namespace nano::runtime
