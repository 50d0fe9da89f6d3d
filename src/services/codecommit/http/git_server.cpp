#include "services/codecommit/http/git_server.h"

#include "services/codecommit/http/git_caller.h"
#include "services/codecommit/http/git_process.h"
#include "services/codecommit/http/git_request.h"
#include "services/codecommit/http/gzip.h"
#include "services/codecommit/http/push.h"
#include "services/codecommit/repositories.h"

namespace thimble::services::codecommit {
namespace {

using wire::http::HttpResponse;

constexpr std::uint64_t kMostPush = std::uint64_t{5} << 30;
constexpr std::uint64_t kMostFetch = std::uint64_t{64} << 20;  // A list of wants and haves.

/// What plan() found out.
struct Planned {
  GitRequest request;
  rows::RepositoryRecord repository;
  std::shared_ptr<Push> push;  ///< Of a push only.
};

HttpResponse plain(int status, const std::string& message) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  if (status == 401) response.headers.add("WWW-Authenticate", "Basic realm=\"CodeCommit\"");
  response.body = message + "\n";
  return response;
}

/// A process's output as an answer's body.
class ProcessSource final : public wire::http::ByteSource, public std::enable_shared_from_this<ProcessSource> {
 public:
  ProcessSource(std::string first, std::shared_ptr<platform::Process> process)
      : first_(std::move(first)), process_(std::move(process)) {}

  void pull(std::size_t max, Ready ready) override {
    if (!first_.empty()) {
      ready({.bytes = std::exchange(first_, {})});
      return;
    }
    process_->read(max, [self = shared_from_this(), ready = std::move(ready)](platform::Process::Output piece) {
      self->any_ = self->any_ || !piece.bytes.empty();
      Chunk chunk;
      chunk.bytes = std::move(piece.bytes);
      chunk.end = piece.end;
      // git tells its errors within the protocol; only when it says nothing is the answer cut off.
      chunk.failed = piece.end && !piece.outcome.ok() && !self->any_;
      ready(std::move(chunk));
    });
  }

  void cancel() override { process_->kill(); }

 private:
  std::string first_;
  std::shared_ptr<platform::Process> process_;
  bool any_ = false;
};

struct Admitted {
  rows::RepositoryRecord repository;
  dispatch::Call call;
};

base::Result<Admitted, GitRefusal> admit(const World& world, const wire::http::HttpRequest& head,
                                         const GitRequest& request) {
  store::Transaction transaction = world.environment.store.begin();
  // 1. Who?
  TRY_ASSIGN(GitCaller caller, findGitCaller(world, transaction, head, request.path, request.repository));
  // 2. Which repository? A path has no region in it.
  if (caller.region.empty()) caller.region = regionOfHost(head);
  if (caller.region.empty()) {
    const auto regions = regionsOf(transaction, caller.identity.account, request.repository);
    if (regions.size() > 1) {
      std::string message = "Several regions have a repository of that name. Say which in the host: ";
      for (const std::string& region : regions) message += "git-codecommit." + region + ".localhost ";
      return GitRefusal{409, message};
    }
    if (!regions.empty()) caller.region = regions.front();
  }
  auto repository = kRepositories.get(transaction, caller.identity.account, caller.region, request.repository);
  if (!repository) return GitRefusal{404, "Repository " + request.repository + " does not exist."};
  // 3. May they?
  Admitted admitted;
  admitted.repository = *std::move(repository);
  admitted.call.identity = std::move(caller.identity);
  admitted.call.account = admitted.repository.account();
  admitted.call.region = admitted.repository.region();
  admitted.call.service = "codecommit";
  admitted.call.operation = request.writes ? "GitPush" : "GitPull";
  admitted.call.source_ip = head.peer;
  admitted.call.user_agent = head.headers.get("user-agent");
  const auto allowed = world.environment.authorizer.authorise(
      transaction, admitted.call, "codecommit:" + admitted.call.operation, arnOf(admitted.repository), {});
  if (!allowed.ok()) return GitRefusal{403, allowed.error().message};
  return admitted;
}

}  // namespace

wire::http::BodyPlan GitServer::plan(wire::http::HttpRequest& head) {
  wire::http::BodyPlan plan;
  const auto request = readGitRequest(head);
  if (!request) {
    plan.refuse = plain(404, "This address serves git's smart HTTP protocol only.");
    return plan;
  }
  auto admitted = admit(world_, head, *request);
  if (!admitted.ok()) {
    plan.refuse = plain(admitted.error().status, admitted.error().message);
    return plan;
  }
  const std::string type = request->writes ? "receive" : "upload";
  if (request->kind != GitRequest::Kind::Advertise &&
      head.headers.get("content-type") != "application/x-git-" + type + "-pack-request") {
    plan.refuse = plain(415, "The content type is not git's.");
    return plan;
  }
  auto planned = std::make_shared<Planned>();
  planned->request = *request;
  planned->repository = std::move(admitted->repository);
  plan.max_bytes = request->kind == GitRequest::Kind::Push ? kMostPush : kMostFetch;
  plan.on_error = [](const base::ApiError& error) {
    // The client's protocol knows no other way: AWS refuses with 403, too.
    return plain(error.code == "AccessDeniedException" ? 403 : error.http_status, error.message);
  };
  const std::string_view coding = head.headers.get("content-encoding");
  if (coding == "gzip" || coding == "x-gzip") {
    plan.decoder = makeGzipDecoder();
  } else if (!coding.empty() && coding != "identity") {
    plan.refuse = plain(415, "The content encoding is not supported.");
    return plan;
  }
  if (request->kind == GitRequest::Kind::Push) {
    planned->push = std::make_shared<Push>(world_, planned->repository.id(), arnOf(planned->repository),
                                           planned->repository.default_branch(), std::move(admitted->call),
                                           std::string(head.headers.get("git-protocol")));
    plan.sink = planned->push;
  }
  head.context = planned;
  return plan;
}

void GitServer::handle(wire::http::HttpRequest request, wire::http::Responder responder) {
  const auto planned = std::static_pointer_cast<Planned>(request.context);
  if (planned->push) {
    planned->push->complete(std::move(responder));
    return;
  }
  const std::string protocol(request.headers.get("git-protocol"));
  const bool advertise = planned->request.kind == GitRequest::Kind::Advertise;
  const std::string program = planned->request.writes ? "receive-pack" : "upload-pack";
  HttpResponse response;
  response.headers.add("Content-Type", "application/x-git-" + program + (advertise ? "-advertisement" : "-result"));
  response.headers.add("Cache-Control", "no-cache, max-age=0, must-revalidate");
  response.headers.add("Expires", "Fri, 01 Jan 1980 00:00:00 GMT");
  response.headers.add("Pragma", "no-cache");
  std::string input;
  if (!advertise) {
    auto body = request.body.read(kMostFetch);
    input = std::move(body).value_or("");
  }
  // Making a repository's folder, and starting a process, are not for the io thread.
  world_.environment.executor.post([this, planned, responder, response = std::move(response), protocol, advertise,
                                    program, input = std::move(input)]() mutable {
    try {
      world_.folders.ensure(planned->repository.id(), planned->repository.default_branch());
    } catch (const std::exception& failure) {
      responder.send(plain(500, failure.what()));
      return;
    }
    std::vector<std::string> arguments = {program, "--stateless-rpc"};
    if (advertise) arguments.push_back("--advertise-refs");
    arguments.push_back(".");
    auto process = startGit(world_, planned->repository.id(), std::move(arguments), protocol);
    process->write(std::move(input));
    process->closeInput();
    // Version 2 leaves out the line that names the service.
    std::string first;
    if (advertise && (protocol.find("version=2") == std::string::npos || planned->request.writes)) {
      const std::string line = "# service=git-" + program + "\n";
      static constexpr char kDigits[] = "0123456789abcdef";
      const std::size_t length = line.size() + 4;
      first = std::string("00") + kDigits[length / 16] + kDigits[length % 16] + line + "0000";
    }
    response.stream = std::make_shared<ProcessSource>(std::move(first), std::move(process));
    responder.send(std::move(response));
  });
}

}  // namespace thimble::services::codecommit
