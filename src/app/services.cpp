#include "app/services.h"

#include <filesystem>
#include <stdexcept>

#include "app/caller.h"
#include "app/outgoing_http.h"
#include "dispatch/denials.h"
#include "services/apigateway/data_plane.h"
#include "services/apigateway/service.h"
#include "services/cloudformation/dynamic_references.h"
#include "services/cloudformation/service.h"
#include "services/cloudformation/stack_responses.h"
#include "services/cloudformation/stacks.h"
#include "services/codebuild/service.h"
#include "services/codecommit/service.h"
#include "services/codeconnections/service.h"
#include "services/codepipeline/service.h"
#include "services/codestarnotifications/service.h"
#include "services/dynamodb/service.h"
#include "services/events/service.h"
#include "services/iam/authorizer.h"
#include "services/iam/service.h"
#include "services/iam/service_users.h"
#include "services/kms/service.h"
#include "services/lambda/service.h"
#include "services/logs/service.h"
#include "services/s3/service.h"
#include "services/secretsmanager/service.h"
#include "services/sns/service.h"
#include "services/sqs/service.h"
#include "services/ssm/service.h"
#include "services/states/service.h"
#include "services/sts/service.h"

namespace thimble::app {
namespace {

/// Of a request to a page of ours that is no API: a webhook's call, a stack's response.
constexpr std::uint64_t kMostPageBytes = std::uint64_t{1} << 20;

}  // namespace

struct Services::Impl {
  Impl(store::Store& store, store::BlobStore& blobs, platform::Clock& clock, platform::Random& random,
       platform::Executor& executor, const dispatch::Registry& registry, const ServerOptions& given)
      : options(given),
        http_client(clientOptions(given)),
        denials(store),
        authorizer(registry, clock, denials,
                   given.observe_iam ? services::iam::Mode::Observe : services::iam::Mode::Enforce),
        sealer(loadSealer(blobs, random)),
        environment{store, blobs, clock, random, executor, authorizer},
        credentials(environment) {}

  static wire::http::ClientOptions clientOptions(const ServerOptions& options) {
    wire::http::ClientOptions out;
    for (const std::string& text : options.allowed_addresses) {
      const auto range = wire::http::parseAddressRange(text);
      if (!range) throw std::runtime_error("--allow-address: '" + text + "' is no address or range of addresses");
      out.policy.allowed.push_back(*range);
    }
    return out;
  }

  const ServerOptions& options;
  wire::http::Client http_client;
  dispatch::DenialLog denials;
  services::iam::Authorizer authorizer;
  platform::Sealer sealer;
  dispatch::Environment environment;
  IssuedCredentials credentials;
  std::unique_ptr<services::apigateway::DataPlane> deployed_apis;
  std::unique_ptr<dispatch::ProcessKind> stack_process;
  std::unique_ptr<dispatch::ProcessKind> pipeline_process;
  services::codepipeline::Settings pipeline_settings{&sealer, [this] { return local_endpoint; }};
  std::shared_ptr<services::codepipeline::SourcePoller> source_poller;
  std::string local_endpoint;  ///< "http://localhost:PORT"; set before the first request is served.
  services::events::Service events;
  services::codestarnotifications::Service notifications;
  services::sns::Service sns{environment};
  services::dynamodb::Service dynamodb;
  services::sqs::Service sqs{[this] { return local_endpoint; }};
  wire::http::Server* http = nullptr;
  dispatch::Doorway* doorway = nullptr;
  dispatch::Kernel* kernel = nullptr;
  std::unique_ptr<services::lambda::Service> lambda;
  std::unique_ptr<services::codebuild::Service> codebuild;

  /// A folder of the server's data, or with --memory of its temporary folder.
  static std::string besideBlobs(const store::BlobStore& blobs, const char* name) {
    return (std::filesystem::path(blobs.stagingFolder()).parent_path().parent_path() / name).string();
  }
  std::string besideBlobs(const char* name) const { return besideBlobs(environment.blobs, name); }

  /// The key lies beside the rows that it seals: whoever copies those alone reads no secret.
  static platform::Sealer loadSealer(const store::BlobStore& blobs, platform::Random& random) {
    platform::RealFileSystem files;
    return {platform::Sealer::loadKey(files, besideBlobs(blobs, "sealing.key"), random), random};
  }

  /// A function finds AWS's API in its own box, where only credentials that we issued count.
  services::lambda::Settings lambdaSettings() {
    services::lambda::Settings settings;
    settings.folder = besideBlobs("functions");
    settings.pool.host_ports = options.function_ports;
    settings.serve_api = [this](int listener) -> std::function<void()> {
      const auto id = http->listenDescriptor(listener, wire::http::ListenerKind::Sandbox);
      return [this, id] { http->removeListener(id); };
    };
    return settings;
  }
  services::codebuild::Settings buildSettings() {
    services::codebuild::Settings settings;
    settings.max_disk_bytes = options.build_disk_mebibytes << 20;
    settings.folder = besideBlobs("builds");
    settings.cache_folder = besideBlobs("builds-cache");
    settings.image_folder = besideBlobs("builds-images");
    settings.sealer = &sealer;
    settings.serve_api = lambdaSettings().serve_api;
    return settings;
  }
  services::states::StepFunctions states;

  services::codecommit::Settings codecommitSettings() {
    services::codecommit::Settings settings;
    settings.folder = besideBlobs("repositories");
    settings.endpoint = [this] { return local_endpoint; };
    settings.git_users = [](store::Transaction& transaction, const std::string& user, const std::string& password) {
      return services::iam::findServiceUser(transaction, "codecommit.amazonaws.com", user, password);
    };
    return settings;
  }
  services::codecommit::CodeCommit codecommit{environment, codecommitSettings()};
  services::codeconnections::Service codeconnections{{.folder = besideBlobs("connections"),
                                                      .policy = clientOptions(options).policy,
                                                      .sealer = &sealer,
                                                      .endpoint = [this] { return local_endpoint; }}};
};

Services::Services(store::Store& store, store::BlobStore& blobs, platform::Clock& clock, platform::Random& random,
                   platform::Executor& executor, const dispatch::Registry& registry, const ServerOptions& options)
    : impl_(std::make_unique<Impl>(store, blobs, clock, random, executor, registry, options)) {}

Services::~Services() = default;

const dispatch::Environment& Services::environment() const {
  return impl_->environment;
}

const dispatch::DenialLog& Services::denials() const {
  return impl_->denials;
}

void Services::connect(dispatch::Registry& registry, dispatch::Kernel& kernel, dispatch::Doorway& doorway,
                       wire::http::Server& http) {
  impl_->http = &http;
  impl_->doorway = &doorway;
  impl_->kernel = &kernel;
  impl_->lambda = std::make_unique<services::lambda::Service>(impl_->environment, impl_->lambdaSettings());
  impl_->lambda->registerOperations(registry, kernel);
  impl_->codebuild = std::make_unique<services::codebuild::Service>(impl_->environment, impl_->buildSettings());
  impl_->codebuild->registerOperations(registry, kernel);
  const services::apigateway::Outbound outbound = [this](wire::http::ClientRequest request,
                                                         std::function<void(wire::http::ClientResult)> done) {
    impl_->http_client.send(std::move(request), std::move(done));
  };
  impl_->deployed_apis = std::make_unique<services::apigateway::DataPlane>(doorway, outbound, &impl_->credentials);
  const dispatch::CallWithin call_within = [&doorway](store::Transaction& transaction, dispatch::Call call) {
    return doorway.callWithin(transaction, std::move(call));
  };
  registerOutgoingHttp(registry, impl_->http_client);
  services::apigateway::registerOperations(registry, outbound);
  services::cloudformation::registerOperations(registry, {[impl = impl_.get()] { return impl->local_endpoint; }});
  impl_->stack_process = services::cloudformation::makeStackProcess();
  kernel.addKind(std::string(services::cloudformation::kStackProcess), *impl_->stack_process);
  impl_->codecommit.registerOperations(registry, kernel);
  impl_->codeconnections.registerOperations(registry);
  impl_->pipeline_settings.call_within = call_within;
  services::codepipeline::registerOperations(registry, impl_->pipeline_settings);
  impl_->pipeline_process = services::codepipeline::makePipelineProcess(impl_->authorizer);
  kernel.addKind(std::string(services::codepipeline::kPipelineProcess), *impl_->pipeline_process);
  impl_->events.registerWith(registry, kernel, impl_->sealer, call_within);
  impl_->notifications.registerWith(registry, kernel);
  impl_->dynamodb.registerWith(registry, kernel);
  impl_->sns.registerWith(registry, kernel);
  impl_->sqs.registerWith(registry, kernel);
  services::iam::registerOperations(registry);
  services::logs::registerOperations(registry, kernel);
  services::s3::registerOperations(registry, kernel, call_within);
  services::kms::registerOperations(registry, impl_->sealer);
  services::secretsmanager::registerOperations(registry, impl_->sealer);
  services::ssm::registerOperations(registry, impl_->sealer);
  services::sts::registerOperations(registry);
  impl_->states.registerOperations(registry);
  impl_->states.registerProcesses(kernel);
}

void Services::start(std::uint16_t port) {
  impl_->local_endpoint = "http://localhost:" + std::to_string(port);
  impl_->codecommit.start(*impl_->doorway);
  impl_->sns.setBaseUrl("http://localhost:" + std::to_string(port));
  impl_->codebuild->start(*impl_->doorway, port);
  impl_->lambda->start(*impl_->doorway, port);
  impl_->source_poller = services::codepipeline::startSourcePoller(*impl_->kernel, *impl_->doorway);
}

std::string Services::notificationCertificate() {
  return impl_->sns.signer().certificate();
}

void Services::stop() {
  impl_->source_poller.reset();
  impl_->codebuild->stop();
  impl_->lambda->stop();
}

void Services::handleCode(const wire::http::HttpRequest& request, wire::http::Responder responder) {
  const std::string_view path = request.path();
  const platform::ByteSourcePointer code = impl_->lambda->openCode(std::string(path.substr(path.rfind('/') + 1)));
  wire::http::HttpResponse response;
  response.status = code ? 200 : 404;
  response.headers.add("Content-Type", code ? "application/zip" : "text/plain");
  if (code) response.body = code->readAll();
  responder.send(std::move(response));
}

bool Services::isStackResponse(std::string_view path) {
  return path.starts_with(services::cloudformation::kResponsePath);
}

void Services::handleStackResponse(const wire::http::HttpRequest& request, wire::http::Responder responder) {
  const auto plain = [](int status, std::string body) {
    wire::http::HttpResponse response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain");
    response.body = std::move(body);
    return response;
  };
  if (request.method != "PUT") return responder.send(plain(405, "A response is put here.\n"));
  const auto body = request.body.read(kMostPageBytes);
  if (!body) return responder.send(plain(413, "This is longer than a response may be.\n"));
  dispatch::Call call;
  call.service = services::cloudformation::kReferencesService;
  call.operation = services::cloudformation::kTakeResponse;
  call.source_ip = request.peer;
  call.input = base::Json::object({{"Path", std::string(request.path())}, {"Body", *body}});
  impl_->doorway->call(std::move(call), [responder, plain](const dispatch::CallOutcome& outcome) mutable {
    if (!outcome.ok()) return responder.send(plain(outcome.error().http_status, outcome.error().message + "\n"));
    const bool taken = outcome->output["Taken"].asBool();
    responder.send(taken ? plain(200, "") : plain(403, "This address takes no response, or none any more.\n"));
  });
}

bool Services::isWebhook(std::string_view path) {
  return path == services::codepipeline::kWebhookPath;
}

void Services::handleWebhook(const wire::http::HttpRequest& request, wire::http::Responder responder) {
  const auto body = request.body.read(kMostPageBytes);
  if (!body) {
    wire::http::HttpResponse response;
    response.status = 413;
    return responder.send(std::move(response));
  }
  std::string token(request.query());
  token = token.substr(0, token.find('&'));
  dispatch::Call call;
  call.service = "thimble.codepipeline";
  call.operation = "ReceiveWebhook";
  call.source_ip = request.peer;
  call.input = base::Json::object({{"Token", token.starts_with("t=") ? token.substr(2) : std::string()},
                                   {"Body", *body},
                                   {"SourceIp", request.peer}});
  for (const auto& [header, member] :
       {std::pair("x-hub-signature", "Signature"), std::pair("x-hub-signature-256", "Signature256")}) {
    if (const std::string value(request.headers.get(header)); !value.empty()) call.input.set(member, value);
  }
  impl_->doorway->call(std::move(call), [responder](const dispatch::CallOutcome& outcome) mutable {
    wire::http::HttpResponse response;
    response.headers.add("Content-Type", "application/json");
    if (!outcome.ok()) {
      const base::ApiError& error = outcome.error();
      response.status = error.code == "WebhookNotFoundException" ? 404 : error.http_status;
      response.body = base::Json::object({{"code", error.code}, {"message", error.message}}).write();
    } else {
      response.body = base::Json::object({{"started", outcome->output["Started"]}}).write();
    }
    responder.send(std::move(response));
  });
}

wire::http::BodyPlan Services::planGit(wire::http::HttpRequest& head) {
  return impl_->codecommit.planGit(head);
}

void Services::handleGit(wire::http::HttpRequest request, wire::http::Responder responder) {
  impl_->codecommit.handleGit(std::move(request), std::move(responder));
}

void Services::handleApi(wire::http::HttpRequest request, wire::Route::Api api, wire::http::Responder responder) {
  impl_->deployed_apis->handle({std::move(api.id), std::move(api.stage), std::move(api.target)}, std::move(request),
                               [responder](wire::http::HttpResponse response) { responder.send(std::move(response)); });
}

}  // namespace thimble::app
