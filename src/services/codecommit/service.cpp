#include "services/codecommit/service.h"

#include "services/codecommit/archive.h"
#include "services/codecommit/git/library.h"
#include "services/codecommit/http/git_server.h"
#include "services/codecommit/operations.h"
#include "services/codecommit/pull_request_states.h"
#include "services/codecommit/references.h"
#include "services/codecommit/seed.h"
#include "services/codecommit/tables.h"
#include "services/codecommit/torn_pushes.h"
#include "services/codecommit/triggers.h"

namespace thimble::services::codecommit {
namespace {

/// A process of git that an earlier run left has lost its pipes, so it ends soon.
constexpr int kLongestFarewell = 10'000;

}  // namespace

struct CodeCommit::Impl {
  Impl(const dispatch::Environment& environment, Settings settings)
      : world(environment, std::move(settings)), git(world) {}

  World world;
  GitServer git;
  TriggerDelivery triggers;
};

CodeCommit::CodeCommit(const dispatch::Environment& environment, Settings settings)
    : impl_(std::make_unique<Impl>(environment, std::move(settings))) {}

CodeCommit::~CodeCommit() = default;

void CodeCommit::registerOperations(dispatch::Registry& registry, dispatch::Kernel& kernel) {
  World& world = impl_->world;
  world.kernel = &kernel;
  registerRepositoryOperations(registry, world);
  registerBranchOperations(registry, world);
  registerTagOperations(registry);
  registerCommitOperations(registry, world);
  registerFileOperations(registry, world);
  registerFileChanges(registry, world);
  registerMergeConflicts(registry, world);
  registerMergeOperations(registry, world);
  registerPullRequestOperations(registry, world);
  registerPullRequestMerges(registry, world);
  registerApprovalOperations(registry);
  registerApprovalTemplates(registry);
  registerCommentOperations(registry, world);
  registerTriggerOperations(registry);
  registerArchive(registry, world);
  registerPullRequestStates(registry, world);
  registerSeed(registry, world);
  kernel.addKind(TriggerDelivery::kName, impl_->triggers);
}

void CodeCommit::start(dispatch::Doorway& doorway) {
  World& world = impl_->world;
  world.doorway = &doorway;
  std::map<std::string, rows::RepositoryRecord> repositories;
  {
    store::Transaction transaction = world.environment.store.begin();
    for (auto& entry : kRepositories.scan(transaction, {})) {
      std::string id = entry.record.id();
      repositories.emplace(std::move(id), std::move(entry.record));
    }
  }
  // 1. Nobody of an earlier run is at work any more.
  world.folders.waitForChildren(kLongestFarewell);
  // 2. What was half done goes.
  world.folders.sweep([&](const std::string& id) { return repositories.contains(id); });
  // 3. A push of several references that was cut off between them is finished; what git did and we had not recorded is
  //    recorded and told.
  for (const auto& [id, record] : repositories) {
    if (!world.folders.exists(id)) continue;
    if (!record.default_branch().empty()) world.folders.setHead(id, record.default_branch());
    dispatch::Call call;
    call.account = record.account();
    call.region = record.region();
    call.service = "codecommit";
    call.identity.kind = dispatch::Identity::Kind::Service;
    call.identity.account = record.account();
    call.identity.arn = "codecommit.amazonaws.com";
    try {
      finishTornPushes(world, id);
    } catch (const git::GitFailure&) {
      // A damaged repository must not keep the others from being served; it tells its own users.
    }
    world.locks.acquire(id, [&world, id, call](Locks::Guard guard) {
      recordAndFollow(world, id, call, [guard = std::move(guard)](bool) {});
    });
  }
}

wire::http::BodyPlan CodeCommit::planGit(wire::http::HttpRequest& head) {
  return impl_->git.plan(head);
}

void CodeCommit::handleGit(wire::http::HttpRequest request, wire::http::Responder responder) {
  impl_->git.handle(std::move(request), std::move(responder));
}

}  // namespace thimble::services::codecommit
