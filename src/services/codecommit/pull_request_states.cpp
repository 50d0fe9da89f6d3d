#include "services/codecommit/pull_request_states.h"

#include "services/codecommit/archive.h"
#include "services/codecommit/repositories.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

constexpr std::size_t kMost = 1000;

base::Result<Json> statesOf(store::Transaction& transaction, const dispatch::Call& call) {
  const std::string name = call.input.stringAt("RepositoryName");
  std::string region = call.input.stringAt("Region");
  if (region.empty()) {
    const auto regions = regionsOf(transaction, call.account, name);
    region = regions.size() == 1 ? regions.front() : call.region;
  }
  const auto repository = kRepositories.get(transaction, call.account, region, name);
  if (!repository) return repositoryDoesNotExist(name);
  Json out = Json::object();
  for (const auto& link : kPullRequestLinks.scan(transaction, {.limit = kMost, .reverse = true}, repository->id())) {
    store::KeyReader reader(link.key);
    reader.text();
    reader.text();
    const std::int64_t number = reader.number().value_or(0);
    const auto record = kPullRequests.get(transaction, repository->account(), repository->region(), number);
    if (!record) continue;
    out.set(std::to_string(number),
            Json::object({{"Open", !record->closed()},
                          {"Commit", record->source_commit()},
                          {"Base", record->merge_base().empty() ? record->destination_commit() : record->merge_base()},
                          {"Source", record->source_reference()},
                          {"Destination", record->destination_reference()}}));
  }
  return out;
}

}  // namespace

void registerPullRequestStates(dispatch::Registry& registry, World& world) {
  registry.addInternal(
      kInternalService, "PullRequests",
      [&world](const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::CallDone& done) {
        store::Transaction transaction = world.environment.store.begin();
        auto states = statesOf(transaction, context->call());
        if (!states.ok()) return done(std::move(states).error());
        dispatch::Answer answer;
        answer.output = Json::object({{"PullRequests", *std::move(states)}});
        done(std::move(answer));
      });
}

}  // namespace thimble::services::codecommit
