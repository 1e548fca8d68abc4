// A call from one app of the server to another, in the same worker and without a socket: the
// caller's end of it is an http::Call, the answering app's an http::ServerExchange. Nothing that
// one end does is told to the other in the same turn, so that no app ever runs in the middle of
// another's.
//
// It has the name of the request that has led to it: what the log tells of both is one request's.
//
// The two ends share what is between them: the bodies, of which little is kept while the other end
// does not read. It lives until both have ended. Thread: the worker's loop.
#pragma once

#include <functional>
#include <memory>

#include "http/call.h"
#include "http/handler.h"
#include "net/later.h"

namespace nano::server {

// How an app is given a request.
using AnswerRequest = std::function<void(http::ServerExchange&, const http::RequestHead&)>;

// Calls an app, wherever it runs; `caller` outlives the call.
using StartService =
    std::function<std::unique_ptr<http::Call>(const http::CallRequest&, http::Caller& caller)>;

// `later` and `caller` outlive the call.
std::unique_ptr<http::Call> StartServiceCall(net::Later& later, AnswerRequest answer,
                                             const http::CallRequest& request,
                                             http::Caller& caller);

}  // namespace nano::server
