#include "services/codecommit/seed.h"

#include <archive.h>
#include <archive_entry.h>

#include "services/codecommit/archive.h"
#include "services/codecommit/commit_values.h"
#include "services/codecommit/commits.h"
#include "services/codecommit/git/write.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

constexpr std::size_t kMostFiles = 20'000;
constexpr std::uint64_t kMostBytes = std::uint64_t{250} << 20;
constexpr std::uint64_t kLargestZip = std::uint64_t{100} << 20;

base::ApiError invalid(const std::string& what) {
  return makeError("InvalidRequest", "The code of the repository cannot be used: " + what);
}

struct FreeArchive {
  void operator()(archive* each) const { archive_read_free(each); }
};

/// Every file of the zip as a blob at its path.
base::Result<std::vector<git::TreeChange>> readZip(const git::Repository& git, const std::string& bytes) {
  const std::unique_ptr<archive, FreeArchive> zip(archive_read_new());
  archive_read_support_format_zip(zip.get());
  if (archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return invalid("it is no zip archive");
  std::vector<git::TreeChange> out;
  std::uint64_t total = 0;
  archive_entry* entry = nullptr;
  int code;
  while ((code = archive_read_next_header(zip.get(), &entry)) == ARCHIVE_OK || code == ARCHIVE_WARN) {
    if (archive_entry_filetype(entry) == AE_IFDIR) continue;
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG) return invalid("it holds what is no file");
    if (name[0] == '/') return invalid(std::string("its path ") + name);
    auto path = cleanPath(name);
    if (!path.ok()) return invalid(path.error().message);
    std::string content;
    char buffer[1 << 16];
    la_ssize_t count;
    while ((count = archive_read_data(zip.get(), buffer, sizeof buffer)) > 0) {
      total += static_cast<std::uint64_t>(count);
      if (total > kMostBytes) return invalid("it is larger than 250 MB");
      content.append(buffer, static_cast<std::size_t>(count));
    }
    if (count < 0) return invalid("it is damaged");
    if (out.size() == kMostFiles) return invalid("it holds more than 20,000 files");
    const bool executable = (archive_entry_perm(entry) & 0111) != 0;
    out.push_back({*std::move(path), git::writeBlob(git, content),
                   executable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB});
  }
  if (code != ARCHIVE_EOF) return invalid("it is no zip archive, or a damaged one");
  if (out.empty()) return invalid("it holds no files");
  return out;
}

base::Result<AlsoWrite> commitZip(World& world, const dispatch::Call& call, const rows::RepositoryRecord& record,
                                  const std::string& branch, const std::string& bytes) {
  store::Transaction transaction = world.environment.store.begin();
  if (branchTarget(transaction, record.id(), branch)) return AlsoWrite();
  const git::Repository git(world.folders.path(record.id()));
  TRY_ASSIGN(const auto files, readZip(git, bytes));
  TRY_ASSIGN(const git::Person person, personOf(GitCall{world, call, transaction}, "AWS CodeCommit", std::nullopt));
  const std::string tree = git::writeTree(git, nullptr, files);
  const std::string commit = git::writeCommit(git, tree, {}, person, person, "Initial commit by AWS CodeCommit");
  const std::string reference = std::string(kBranchPrefix) + branch;
  git::setReference(git, reference, commit, "");
  world.folders.syncFolders(record.id(), {reference});
  return AlsoWrite();
}

void seed(World& world, const std::shared_ptr<dispatch::AsyncContext>& context, const dispatch::CallDone& done) {
  const dispatch::Call& call = context->call();
  store::Transaction transaction = world.environment.store.begin();
  auto record = findRepository(transaction, call, call.input.stringAt("RepositoryName"));
  if (!record.ok()) return done(std::move(record).error());
  const std::string branch = call.input.stringAt("BranchName", "main");
  if (auto name = checkBranchName(branch); !name.ok()) return done(std::move(name).error());
  dispatch::Call fetch;
  fetch.identity = call.identity;
  fetch.account = call.account;
  fetch.region = call.region;
  fetch.service = "s3";
  fetch.operation = "GetObject";
  fetch.input = Json::object({{"Bucket", call.input.stringAt("Bucket")}, {"Key", call.input.stringAt("Key")}});
  if (const std::string version = call.input.stringAt("VersionId"); !version.empty())
    fetch.input.set("VersionId", version);
  context->doorway().call(std::move(fetch),
                          [&world, context, done, branch, id = record->id()](dispatch::CallOutcome outcome) {
                            if (!outcome.ok()) return done(std::move(outcome).error());
                            if (!outcome->body || outcome->body->size() > kLargestZip)
                              return done(invalid("it is larger than 100 MB"));
                            changeUnderLock(
                                world, context->call(), id,
                                [&world, context, branch, body = outcome->body](const rows::RepositoryRecord& now) {
                                  return commitZip(world, context->call(), now, branch, body->readAll());
                                },
                                [done](std::optional<base::ApiError> error) {
                                  if (error) return done(*std::move(error));
                                  done(dispatch::Answer{.output = Json::object(), .body = nullptr});
                                });
                          });
}

}  // namespace

void registerSeed(dispatch::Registry& registry, World& world) {
  registry.addInternal(kInternalService, "Seed",
                       [&world](const std::shared_ptr<dispatch::AsyncContext>& context,
                                const dispatch::CallDone& done) { seed(world, context, done); });
}

}  // namespace thimble::services::codecommit
