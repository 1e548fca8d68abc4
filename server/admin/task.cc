// Reading what a request brings, and answering it once.
#include "server/admin/task.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "config/yaml/units.h"
#include "server/admin/api.h"
#include "server/admin/download.h"
#include "server/admin/etag.h"

namespace nano::server::admin {
namespace {

// "application/json" of "Application/JSON; charset=utf-8".
std::string MediaType(std::string_view field) {
  std::string type(field.substr(0, field.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type;
}

}  // namespace

Task::Task(Api& api, http::ServerExchange& exchange, const Route& route, Request request,
           Identity identity)
    : api_(&api),
      exchange_(&exchange),
      route_(route),
      request_(std::move(request)),
      identity_(std::move(identity)) {
  exchange.responder = this;
  api.Enter(*this);
}

Task::~Task() {
  if (api_ != nullptr) api_->Leave(*this);
}

void Task::OnAborted(http::ServerExchange&) {
  exchange_ = nullptr;
  Retire();
}

void Task::Send(const Reply& reply) {
  if (api_ != nullptr) api_->Report(request_, route_, identity_, reply.status);
  if (exchange_ == nullptr) return;
  http::ServerExchange& exchange = *std::exchange(exchange_, nullptr);
  reply.Send(exchange);
  Retire();
}

void Task::Retire() {
  if (api_ != nullptr) api_->Retire(*this);
}

void ActTask::Start() {
  std::optional<Reply> wrong;
  if (route_.changes()) wrong = CheckKey();
  if (!wrong.has_value()) wrong = CheckPrecondition();
  if (!wrong.has_value() && route_.body != Body::kNone) wrong = CheckBody();
  if (wrong.has_value()) return Send(*wrong);
  if (route_.body == Body::kNone || !request_.has_body) return Run();
  exchange_->ReadBody(false);
}

std::optional<Reply> ActTask::CheckKey() {
  key_ = request_.Field("idempotency-key").value_or("");
  if (key_.size() > Idempotency::kMaxKey) {
    return Problem(Wrong::kMalformed, "Idempotency-Key is too long.");
  }
  if (key_.empty()) return std::nullopt;
  const Idempotency::Known* known = api_->idempotency().Find(identity_.name(), key_, api_->now());
  if (known != nullptr && !known->answered) {
    return Problem(Wrong::kInProgress, "A request with this Idempotency-Key is under way.");
  }
  return std::nullopt;
}

// Before the body is read: who is late need not upload anything. The deployer checks again, when it
// is the change's turn.
std::optional<Reply> ActTask::CheckPrecondition() {
  if (route_.match == Match::kNever) return std::nullopt;
  Result<Precondition> precondition = PreconditionOf(request_);
  if (!precondition.ok()) return Problem(Wrong::kMalformed, precondition.error().message);
  input_.precondition = std::move(precondition).value();
  const Idempotency& answers = api_->idempotency();
  if (!key_.empty() && answers.Knows(identity_.name(), key_)) return std::nullopt;

  std::optional<AppView> app = api_->deployments().app(request_.parameter());
  // One that was removed is gone for whoever changes something; it only finishes what it has.
  if (app && app->state == AppState::kLeaving) app.reset();
  const bool says = input_.precondition.kind != Precondition::Kind::kNone;
  if (!app && route_.match == Match::kNeeded) {
    return Problem(Wrong::kNoSuchApp, "There is no app '" + request_.parameter() + "'.");
  }
  if (app && !says && (route_.match == Match::kNeeded || route_.match == Match::kIfThere)) {
    Reply reply = Problem(Wrong::kNoPrecondition,
                          "Say what the change is based on: If-Match with the ETag of a GET of the "
                          "app, or * for whatever it is.");
    reply.etag = app->etag;
    return reply;
  }
  if (!input_.precondition.Holds(app ? &*app : nullptr)) return StaleReply(app);
  if (!app && !says && route_.match == Match::kIfThere) {
    input_.precondition.kind = Precondition::Kind::kAbsent;
  }
  return std::nullopt;
}

std::optional<Reply> ActTask::CheckBody() {
  const std::string field = request_.Field("content-type").value_or("");
  const std::string type = MediaType(field);
  const bool form = route_.body == Body::kForm;
  // Nothing at all is an empty object.
  if (!form && !request_.has_body) return std::nullopt;
  bool taken = type == "application/json" && !form;
  if (route_.body == Body::kMergePatch) taken = taken || type == "application/merge-patch+json";
  std::optional<std::string> boundary;
  if (form) {
    boundary = MultipartReader::BoundaryOf(field);
    taken = boundary.has_value() && request_.has_body;
  }
  if (!taken) {
    std::string wanted = "application/json";
    if (form) wanted = "multipart/form-data with a boundary (curl -F)";
    if (route_.body == Body::kMergePatch) wanted += " or application/merge-patch+json";
    return Problem(Wrong::kMediaType, "The body has to be " + wanted + ".");
  }
  const uint64_t room =
      FormInput::kMaxConfig + MultipartReader::kMaxParts * (MultipartReader::kMaxHeader + 256);
  const uint64_t most = form ? api_->max_upload() + room : route_.most_json;
  if (request_.body_length.value_or(0) > most) {
    return Problem(Wrong::kTooLarge,
                   "The body can have " + config::FormatSize(form ? api_->max_upload() : most) +
                       " at most here" + (form ? " (server.admin.max_upload of nano.yaml)." : "."));
  }
  if (form) {
    form_ = std::make_unique<FormInput>(*boundary, api_->deployments().upload_folder(),
                                        api_->max_upload());
  }
  return std::nullopt;
}

void ActTask::OnBody(http::ServerExchange& exchange, std::string_view part, bool last) {
  if (api_ == nullptr) return;
  if (std::optional<Reply> wrong = TakePart(part, last)) {
    form_.reset();  // With what has come of the upload.
    return Send(*wrong);
  }
  if (last) return Run();
  exchange.ReadBody(false);
}

std::optional<Reply> ActTask::TakePart(std::string_view part, bool last) {
  if (form_ != nullptr) {
    if (std::optional<Reply> wrong = form_->Read(part)) return wrong;
    return last ? form_->Finish(input_) : std::nullopt;
  }
  if (text_.size() + part.size() > route_.most_json) {
    return Problem(Wrong::kTooLarge,
                   "The body can have " + config::FormatSize(route_.most_json) + " at most here.");
  }
  text_.append(part);
  return last && !text_.empty() ? ReadObject(text_, "body", input_.json) : std::nullopt;
}

void ActTask::OnAborted(http::ServerExchange& exchange) {
  form_.reset();
  download_.reset();
  if (on_left_ != nullptr && *on_left_) std::exchange(*on_left_, nullptr)();
  input_.snapshot.reset();
  Task::OnAborted(exchange);
}

std::optional<Reply> ActTask::Replayed() {
  if (key_.empty()) return std::nullopt;
  std::string all = request_.method + "\n" + request_.target + "\n" +
                    request_.Field("if-match").value_or("") + "\n" +
                    request_.Field("if-none-match").value_or("") + "\n" + text_;
  if (form_ != nullptr) all += form_->summary();
  const std::string digest = EtagOf(all);
  Idempotency& answers = api_->idempotency();
  const Idempotency::Known* known = answers.Find(identity_.name(), key_, api_->now());
  if (known == nullptr) {
    keeps_answer_ = answers.Begin(identity_.name(), key_, digest, api_->now());
    if (keeps_answer_) return std::nullopt;
    return Problem(Wrong::kBusy, "Too many requests with an Idempotency-Key are under way.");
  }
  if (known->request != digest) {
    return Problem(Wrong::kKeyReused,
                   "The Idempotency-Key was used for another request: take a new one.");
  }
  if (!known->answered) {
    return Problem(Wrong::kInProgress, "A request with this Idempotency-Key is under way.");
  }
  Reply reply = known->reply;
  reply.fields.emplace_back("idempotent-replayed", "true");
  return reply;
}

void ActTask::Run() {
  if (std::optional<Reply> known = Replayed()) return Send(*known);
  const auto self = std::static_pointer_cast<ActTask>(shared_from_this());
  on_left_ = input_.on_left = std::make_shared<std::function<void()>>();
  std::get<Act>(route_.handler)(request_, std::move(input_), api_->deployments(),
                                [self](Reply reply) { self->OnReply(std::move(reply)); });
}

void ActTask::OnReply(Reply reply) {
  on_left_.reset();
  if (api_ == nullptr) return;
  if (keeps_answer_) {
    // What is the server's own trouble may go better the next time, and files are not kept.
    if (reply.status < 500 && reply.file == nullptr) {
      api_->idempotency().Answer(identity_.name(), key_, reply);
    } else {
      api_->idempotency().Forget(identity_.name(), key_);
    }
  }
  if (reply.file != nullptr) {
    api_->Report(request_, route_, identity_, reply.status);
    if (exchange_ == nullptr) return;
    download_ = std::move(reply.file);
    exchange_->StartBody({.status = reply.status, .headers = reply.Headers()}, download_->left());
    return Pump();
  }
  if (!route_.changes()) reply = api_->Conditional(request_, std::move(reply));
  Send(reply);
}

void ActTask::OnDrain(http::ServerExchange&) { Pump(); }

void ActTask::Pump() {
  if (exchange_ == nullptr || download_ == nullptr) return;
  const Download::State state = download_->Pump(*exchange_);
  if (state == Download::State::kWaits) return;
  download_.reset();
  http::ServerExchange& exchange = *std::exchange(exchange_, nullptr);
  if (state == Download::State::kSent) {
    exchange.EndBody();
  } else {
    exchange.Fail();
  }
  Retire();
}

}  // namespace nano::server::admin
