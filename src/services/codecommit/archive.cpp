#include "services/codecommit/archive.h"

#include "base/encoding.h"
#include "services/codecommit/git/repository.h"
#include "services/codecommit/http/git_process.h"
#include "services/codecommit/repositories.h"
#include "services/codecommit/zip.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

constexpr std::size_t kMostWords = std::size_t{1} << 20;

struct Wanted {
  rows::RepositoryRecord repository;
  git::CommitValues commit;
};

Json outputOf(const git::CommitValues& commit) {
  return Json::object({{"CommitId", commit.id},
                       {"Message", commit.message},
                       {"AuthorName", commit.author.name},
                       {"AuthorEmail", commit.author.email},
                       {"AuthorDate", commit.author.seconds * 1000},
                       {"CommitterDate", commit.committer.seconds * 1000}});
}

std::string specifierOf(const dispatch::Call& call, const rows::RepositoryRecord& repository) {
  return call.input.stringAt("CommitId", call.input.stringAt("Specifier", repository.default_branch()));
}

/// An archive is what AWS's pipelines upload, so their roles need not be allowed to pull.
base::Result<void> authorise(const World& world, store::Transaction& transaction, const dispatch::Call& call,
                             const std::string& arn) {
  auto& authorizer = world.environment.authorizer;
  if (call.operation == "Archive" && authorizer.authorise(transaction, call, "codecommit:UploadArchive", arn, {}).ok())
    return {};
  return authorizer.authorise(transaction, call, "codecommit:GitPull", arn, {});
}

/// The repository and commit that are meant, when the caller may have them.
base::Result<Wanted> find(const World& world, const dispatch::Call& call) {
  const std::string name = call.input.stringAt("RepositoryName");
  TRY(checkRepositoryName(name));
  store::Transaction transaction = world.environment.store.begin();
  auto repository = kRepositories.get(transaction, call.account, call.region, name);
  if (!repository) return repositoryDoesNotExist(name);
  TRY(authorise(world, transaction, call, arnOf(*repository)));
  const std::string specifier = specifierOf(call, *repository);
  if (!world.folders.exists(repository->id())) return commitDoesNotExist(specifier);
  const git::Repository git(world.folders.path(repository->id()));
  const git::CommitHandle commit = git.resolve(specifier);
  if (!commit) return commitDoesNotExist(specifier);
  return Wanted{*std::move(repository), git::valuesOf(commit.get())};
}

/// Runs `work` on the executor; what it throws is the call's error.
template <class Work>
void runBlocking(const World& world, const dispatch::CallDone& done, Work work) {
  world.environment.executor.post([done, work = std::move(work)] {
    try {
      work();
    } catch (const std::exception& failure) {
      done(base::ApiError{"InternalFailure", failure.what(), 500});
    }
  });
}

void archive(World& world, const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::CallDone& done) {
  runBlocking(world, done, [&world, context, done] {
    const dispatch::Call& call = context->call();
    auto wanted = find(world, call);
    if (!wanted.ok()) return done(std::move(wanted).error());
    const git::Repository git(world.folders.path(wanted->repository.id()));
    const git::CommitHandle commit = git.commit(wanted->commit.id);
    const git::TreeHandle tree = git.treeOf(commit.get());
    const auto staging = world.environment.blobs.stage();
    writeZip(git, tree.get(), wanted->commit.committer.seconds, *staging);
    const std::string blob = staging->finish();
    const auto bytes = world.environment.blobs.open(blob);
    Json output = outputOf(wanted->commit);
    output.set("Blob", blob);
    output.set("Size", bytes->size());
    const std::string bucket = call.input.stringAt("Bucket");
    if (bucket.empty()) return done(dispatch::Answer{.output = std::move(output), .body = bytes});
    dispatch::Call put;
    put.identity = call.identity;
    put.account = call.account;
    put.region = call.region;
    put.service = "s3";
    put.operation = "PutObject";
    put.input =
        Json::object({{"Bucket", bucket}, {"Key", call.input.stringAt("Key")}, {"ContentType", "application/zip"}});
    put.body = bytes;
    put.source_arn = call.source_arn;
    context->doorway().call(std::move(put),
                            [output = std::move(output), bytes, done](dispatch::CallOutcome outcome) mutable {
                              if (!outcome.ok()) return done(std::move(outcome).error());
                              if (const Json* version = outcome->output.find("VersionId"))
                                output.set("VersionId", *version);
                              done(dispatch::Answer{.output = std::move(output), .body = bytes});
                            });
  });
}

void clone(World& world, const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::CallDone& done) {
  runBlocking(world, done, [&world, context, done] {
    const dispatch::Call& call = context->call();
    const std::string folder = call.input.stringAt("Folder");
    if (!folder.starts_with('/'))
      return done(base::ApiError{"ValidationException", "Folder is no absolute path.", 400});
    auto wanted = find(world, call);
    if (!wanted.ok()) return done(std::move(wanted).error());
    const std::string specifier = specifierOf(call, wanted->repository);
    std::vector<std::string> arguments = {"clone", "--quiet", "--no-hardlinks", "--template="};
    const Json& depth = call.input["Depth"];
    if (depth.isInt() && depth.asInt() > 0) arguments.push_back("--depth=" + std::to_string(depth.asInt()));
    // A commit that is no branch's or tag's end is checked out afterwards, with all of its history.
    const bool named = specifier != wanted->commit.id;
    if (named)
      arguments.push_back("--branch=" + specifier.substr(specifier.starts_with("refs/heads/")  ? 11
                                                         : specifier.starts_with("refs/tags/") ? 10
                                                                                               : 0));
    if (!named) arguments.push_back("--no-checkout");
    arguments.push_back("--");
    arguments.push_back("file://" + world.folders.path(wanted->repository.id()));
    arguments.push_back(folder);
    const auto answer = [done, commit = wanted->commit](const platform::ProcessOutcome& outcome) {
      if (!outcome.ok()) return done(base::ApiError{"InternalFailure", "git clone failed: " + outcome.error, 500});
      done(dispatch::Answer{.output = outputOf(commit), .body = nullptr});
    };
    const auto cloned = startGit(world, wanted->repository.id(), std::move(arguments));
    cloned->closeInput();
    platform::readAll(
        cloned, kMostWords,
        [&world, named, folder, answer, commit = wanted->commit, id = wanted->repository.id()](
            const std::string&, const platform::ProcessOutcome& outcome) {
          if (named || !outcome.ok()) return answer(outcome);
          const auto checked_out = startGit(
              world, id,
              {"--git-dir=" + folder + "/.git", "--work-tree=" + folder, "checkout", "--quiet", "--detach", commit.id});
          checked_out->closeInput();
          platform::readAll(checked_out, kMostWords,
                            [answer](const std::string&, const platform::ProcessOutcome& second) { answer(second); });
        });
  });
}

}  // namespace

void registerArchive(dispatch::Registry& registry, World& world) {
  registry.addInternal(kInternalService, "Archive",
                       [&world](const std::shared_ptr<dispatch::AsyncContext>& context,
                                const dispatch::CallDone& done) { archive(world, context, done); });
  registry.addInternal(kInternalService, "Clone",
                       [&world](const std::shared_ptr<dispatch::AsyncContext>& context,
                                const dispatch::CallDone& done) { clone(world, context, done); });
}

}  // namespace thimble::services::codecommit
