#include "services/codecommit/http/push.h"

#include "services/codecommit/http/git_process.h"
#include "services/codecommit/torn_pushes.h"

namespace thimble::services::codecommit {
namespace {

constexpr std::size_t kKeptBack = 20;                      // A pack's checksum.
constexpr std::size_t kMostAnswer = std::size_t{8} << 20;  // Progress of a long push, and a line a reference.

wire::http::HttpResponse failed(const std::string& message) {
  wire::http::HttpResponse response;
  response.status = 500;
  response.headers.add("Content-Type", "text/plain");
  response.body = message + "\n";
  return response;
}

}  // namespace

Push::Push(World& world, std::string repository_id, std::string repository_arn, std::string default_branch,
           dispatch::Call call, std::string protocol)
    : world_(world),
      repository_id_(std::move(repository_id)),
      repository_arn_(std::move(repository_arn)),
      default_branch_(std::move(default_branch)),
      call_(std::move(call)),
      protocol_(std::move(protocol)) {}

base::Result<void> Push::accept(std::string_view bytes) {
  if (begun_) {
    feed(bytes);
    return {};
  }
  TRY_ASSIGN(const bool complete, reader_.feed(bytes));
  if (!complete) return {};
  TRY(begin());
  feed(reader_.takeBytes());
  return {};
}

base::Result<void> Push::begin() {
  begun_ = true;
  if (reader_.commands().empty()) return {};  // git asks with an empty push whether it may.
  std::vector<std::string> references;
  for (const PushCommand& command : reader_.commands()) references.push_back(command.reference);
  store::Transaction transaction = world_.environment.store.begin();
  // Each by itself: a policy that protects one reference refuses the push that names it among others.
  for (const std::string& reference : references) {
    TRY(world_.environment.authorizer.authorise(transaction, call_, "codecommit:GitPush", repository_arn_,
                                                {{"codecommit:References", {reference}}}));
  }
  world_.folders.ensure(repository_id_, default_branch_);
  process_ = startGit(world_, repository_id_, {"receive-pack", "--stateless-rpc", "."}, protocol_);
  return {};
}

void Push::feed(std::string_view bytes) {
  if (!process_) return;
  tail_ += bytes;
  if (tail_.size() <= kKeptBack) return;
  const std::size_t count = tail_.size() - kKeptBack;
  std::string rest = tail_.substr(count);
  tail_.resize(count);
  process_->write(std::exchange(tail_, std::move(rest)));
}

bool Push::ready(std::function<void()> resume) {
  return !process_ || process_->wantsInput(std::move(resume));
}

base::Result<void> Push::finish() {
  if (begun_) return {};
  return base::ApiError{"BadRequest", "The push ends before its commands do.", 400};
}

AlsoWrite Push::rememberAtomic() const {
  if (!reader_.atomic() || reader_.commands().size() < 2) return nullptr;
  rows::PendingPush pending;
  const auto target = [](const std::string& id) {
    return id.find_first_not_of('0') == std::string::npos ? std::string() : id;
  };
  for (const PushCommand& command : reader_.commands()) {
    rows::PendingReference& each = *pending.add_references();
    each.set_name(command.reference);
    each.set_old_target(target(command.old_target));
    each.set_new_target(target(command.new_target));
  }
  return [pending, id = repository_id_](dispatch::Context& context) {
    kPendingPushes.put(context.transaction(), pending, id);
  };
}

void Push::complete(wire::http::Responder responder) {
  wire::http::HttpResponse response;
  response.headers.add("Content-Type", "application/x-git-receive-pack-result");
  response.headers.add("Cache-Control", "no-cache");
  if (!process_) {
    responder.send(std::move(response));
    return;
  }
  world_.locks.acquire(repository_id_, [self = shared_from_this(), responder, response](Locks::Guard guard) mutable {
    auto answer = [self, responder, response, guard](std::string output,
                                                     const platform::ProcessOutcome& outcome) mutable {
      try {
        // git was killed: what it had begun is finished before anybody sees it.
        if (!outcome.ok()) finishTornPushes(self->world_, self->repository_id_);
        std::vector<std::string> references;
        for (const PushCommand& command : self->reader_.commands()) references.push_back(command.reference);
        self->world_.folders.syncFolders(self->repository_id_, references);
      } catch (const std::exception& failure) {
        responder.send(failed(failure.what()));
        return;
      }
      std::string problem = output.empty() && !outcome.ok() ? "git receive-pack failed: " + outcome.error : "";
      recordAndFollow(
          self->world_, self->repository_id_, self->call_,
          [responder, response, problem, output = std::move(output), guard = std::move(guard)](bool recorded) mutable {
            response.body = std::move(output);
            if (!recorded) problem = "The push cannot be recorded.";
            responder.send(problem.empty() ? std::move(response) : failed(problem));
          },
          [id = self->repository_id_](dispatch::Context& context) { kPendingPushes.erase(context.transaction(), id); });
    };
    // What a crash left between git's work and our rows is told first, so that each change is told by itself.
    recordAndFollow(
        self->world_, self->repository_id_, self->call_,
        [self, responder, answer = std::move(answer)](bool recorded) mutable {
          if (!recorded) {
            responder.send(failed("The repository cannot be recorded."));
            return;
          }
          self->process_->write(std::exchange(self->tail_, {}));
          self->process_->closeInput();
          platform::readAll(
              self->process_, kMostAnswer,
              [self, answer = std::move(answer)](std::string output, platform::ProcessOutcome outcome) mutable {
                // The thread that reads serves all processes: what writes is done elsewhere.
                self->world_.environment.executor.post(
                    [answer = std::move(answer), output = std::move(output), outcome = std::move(outcome)]() mutable {
                      answer(std::move(output), outcome);
                    });
              });
        },
        self->rememberAtomic());
  });
}

}  // namespace thimble::services::codecommit
