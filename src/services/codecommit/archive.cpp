#include "services/codecommit/archive.h"

#include <filesystem>

#include "base/encoding.h"
#include "platform/archive/zip_folder.h"
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
  if (authorizer.authorise(transaction, call, "codecommit:UploadArchive", arn, {}).ok()) return {};
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

/// Puts the zip where the caller wants it, if anywhere, and answers. `bytes`: the zip.
void deliver(const std::shared_ptr<dispatch::AsyncContext>& context, Json output,
             const platform::ByteSourcePointer& bytes, const dispatch::CallDone& done) {
  const dispatch::Call& call = context->call();
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
}

/// A working copy with its history, made by git's own programs and zipped.
class Clone : public std::enable_shared_from_this<Clone> {
 public:
  Clone(World& world, std::shared_ptr<dispatch::AsyncContext> context, Wanted wanted, dispatch::CallDone done)
      : world_(world),
        context_(std::move(context)),
        wanted_(std::move(wanted)),
        done_(std::move(done)),
        folder_(world.environment.blobs.stagingFolder() + "/clone-" + context_->random().hex(24)) {}
  ~Clone() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Clone(const Clone&) = delete;
  Clone& operator=(const Clone&) = delete;

  void start() {
    const rows::RepositoryRecord& repository = wanted_.repository;
    const std::vector<std::string> here = {"--git-dir=" + folder_ + "/.git", "--work-tree=" + folder_};
    const auto in = [&here](std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), here.begin(), here.end());
      return arguments;
    };
    const std::string branch = context_->call().input.stringAt("Branch");
    const std::string& commit = wanted_.commit.id;
    run({{"clone", "--quiet", "--no-hardlinks", "--no-checkout", "--template=", "--",
          "file://" + world_.folders.path(repository.id()), folder_},
         // Where a build finds it, with its role's credentials.
         in({"remote", "set-url", "origin",
             "https://git-codecommit." + repository.region() + ".amazonaws.com/v1/repos/" + repository.name()}),
         branch.empty() ? in({"checkout", "--quiet", "--detach", commit})
                        : in({"checkout", "--quiet", "-B", branch, commit})});
  }

 private:
  void run(std::vector<std::vector<std::string>> commands) {
    const auto process = startGit(world_, wanted_.repository.id(), std::move(commands.front()));
    commands.erase(commands.begin());
    process->closeInput();
    platform::readAll(process, kMostWords,
                      [self = shared_from_this(), rest = std::move(commands)](
                          const std::string&, const platform::ProcessOutcome& outcome) mutable {
                        if (!outcome.ok()) {
                          return self->done_(base::ApiError{"InternalFailure", "git failed: " + outcome.error, 500});
                        }
                        if (!rest.empty()) return self->run(std::move(rest));
                        runBlocking(self->world_, self->done_, [self] { self->zip(); });
                      });
  }

  void zip() {
    const std::string path = folder_ + ".zip";
    platform::zipFolder(folder_, path);
    deliver(context_, outputOf(wanted_.commit), std::make_shared<platform::FileBytes>(path, true), done_);
  }

  World& world_;
  std::shared_ptr<dispatch::AsyncContext> context_;
  Wanted wanted_;
  dispatch::CallDone done_;
  std::string folder_;
};

void archive(World& world, const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::CallDone& done) {
  runBlocking(world, done, [&world, context, done] {
    auto wanted = find(world, context->call());
    if (!wanted.ok()) return done(std::move(wanted).error());
    if (context->call().input["WithHistory"] == Json(true)) {
      return std::make_shared<Clone>(world, context, *std::move(wanted), done)->start();
    }
    const git::Repository git(world.folders.path(wanted->repository.id()));
    const git::CommitHandle commit = git.commit(wanted->commit.id);
    const git::TreeHandle tree = git.treeOf(commit.get());
    const auto staging = world.environment.blobs.stage();
    writeZip(git, tree.get(), wanted->commit.committer.seconds, *staging);
    const std::string blob = staging->finish();
    Json output = outputOf(wanted->commit);
    output.set("Blob", blob);
    deliver(context, std::move(output), world.environment.blobs.open(blob), done);
  });
}

}  // namespace

void registerArchive(dispatch::Registry& registry, World& world) {
  registry.addInternal(kInternalService, "Archive",
                       [&world](const std::shared_ptr<dispatch::AsyncContext>& context,
                                const dispatch::CallDone& done) { archive(world, context, done); });
}

}  // namespace thimble::services::codecommit
