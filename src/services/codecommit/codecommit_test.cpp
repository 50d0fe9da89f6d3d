#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/gzip.h"
#include "dispatch/testing/test_world.h"
#include "services/codecommit/http/git_request.h"
#include "services/codecommit/http/gzip.h"
#include "services/codecommit/http/push_commands.h"
#include "services/codecommit/service.h"

namespace thimble::services::codecommit {
namespace {

using base::Json;

class CodeCommitTest : public testing::Test {
 protected:
  CodeCommitTest() {
    std::string pattern = testing::TempDir() + "codecommit-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    Settings settings;
    settings.folder = folder_;
    settings.endpoint = [] { return std::string("http://localhost:4566"); };
    settings.git_users = [](auto&, const auto&, const auto&) { return std::nullopt; };
    service_ = std::make_unique<CodeCommit>(world_.environment(), settings);
    service_->registerOperations(world_.registry(), world_.kernel());
    service_->start(world_.doorway());
    world_.start();
  }
  ~CodeCommitTest() override {
    service_.reset();
    std::filesystem::remove_all(folder_);
  }
  Json call(const std::string& operation, const Json& input) {
    auto answer = world_.call("codecommit", operation, input);
    return answer.ok() ? answer->output : Json(answer.error().code);
  }

  dispatch::TestWorld world_;
  std::string folder_;
  std::unique_ptr<CodeCommit> service_;
};

TEST_F(CodeCommitTest, RepositoriesAreMadeListedRenamedAndDeleted) {
  for (const char* name : {"b", "a"}) {
    EXPECT_EQ(call("CreateRepository", Json::object({{"repositoryName", name}}))["repositoryMetadata"].stringAt("Arn"),
              std::string("arn:aws:codecommit:us-east-1:000000000000:") + name);
  }
  EXPECT_EQ(call("CreateRepository", Json::object({{"repositoryName", "a"}})), Json("RepositoryNameExistsException"));
  EXPECT_EQ(call("ListRepositories", Json::object({{"order", "descending"}}))["repositories"][std::size_t{0}].stringAt(
                "repositoryName"),
            "b");
  EXPECT_EQ(call("UpdateRepositoryName", Json::object({{"oldName", "b"}, {"newName", "c"}})), Json::object());
  const Json batch = call("BatchGetRepositories", Json::object({{"repositoryNames", Json::array({"a", "b", "c"})}}));
  EXPECT_EQ(batch["repositories"].size(), 2u);
  EXPECT_EQ(batch["repositoriesNotFound"], Json::array({"b"}));
  EXPECT_TRUE(call("DeleteRepository", Json::object({{"repositoryName", "a"}})).contains("repositoryId"));
  EXPECT_EQ(call("GetRepository", Json::object({{"repositoryName", "a"}})), Json("RepositoryDoesNotExistException"));
}

TEST_F(CodeCommitTest, AFileThatIsPutIsACommitOfTheFirstBranch) {
  call("CreateRepository", Json::object({{"repositoryName", "r"}}));
  const Json put =
      call("PutFile",
           Json::object(
               {{"repositoryName", "r"}, {"branchName", "main"}, {"filePath", "a/b.txt"}, {"fileContent", "hello"}}));
  EXPECT_EQ(put.stringAt("blobId"), "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0");
  EXPECT_EQ(
      call("GetBranch", Json::object({{"repositoryName", "r"}, {"branchName", "main"}}))["branch"].stringAt("commitId"),
      put.stringAt("commitId"));
  EXPECT_EQ(
      call("GetRepository", Json::object({{"repositoryName", "r"}}))["repositoryMetadata"].stringAt("defaultBranch"),
      "main");
  EXPECT_EQ(call("GetFile", Json::object({{"repositoryName", "r"}, {"filePath", "a/b.txt"}})).stringAt("fileContent"),
            "hello");
  // The internal operations see it, too.
  auto archive = world_.call("thimble.codecommit", "Archive", Json::object({{"RepositoryName", "r"}}));
  ASSERT_TRUE(archive.ok()) << archive.error().message;
  EXPECT_EQ(archive->output.stringAt("CommitId"), put.stringAt("commitId"));
  EXPECT_EQ(archive->body->readAll().substr(0, 2), "PK");
}

TEST(PushCommands, AreReadAsTheyArriveAndRefusedWhenTheyAreNone) {
  const std::string zero(40, '0'), one(40, '1');
  const auto line = [](const std::string& text) {
    char length[8];
    std::snprintf(length, sizeof length, "%04zx", text.size() + 4);
    return length + text;
  };
  const std::string good = line(zero + " " + one + " refs/heads/a" + std::string(1, '\0') + " report-status atomic\n") +
                           line(one + " " + zero + " refs/tags/b") + "0000";
  PushCommandReader reader;
  for (std::size_t i = 0; i < good.size(); ++i) {
    const auto fed = reader.feed(good.substr(i, 1));
    ASSERT_TRUE(fed.ok());
    EXPECT_EQ(*fed, i + 1 == good.size());
  }
  ASSERT_EQ(reader.commands().size(), 2u);
  EXPECT_TRUE(reader.atomic());
  EXPECT_EQ(reader.commands()[0].reference, "refs/heads/a");
  EXPECT_EQ(reader.commands()[1].old_target, one);
  EXPECT_EQ(reader.takeBytes(), good);
  for (const std::string& bad :
       {std::string("zzzz"), std::string("0001"), std::string("0003"), line("hello"), line(zero + " " + one + " HEAD"),
        line(zero + " " + one + " refs/heads/../x"), line(zero + " " + one + " refs/heads/x.lock"),
        line(zero + " " + std::string(40, 'g') + " refs/heads/x"), line("push-cert x"), line("shallow x")}) {
    PushCommandReader each;
    EXPECT_FALSE(each.feed(bad + "0000").ok()) << bad;
  }
}

TEST(GitRequests, AreReadFromMethodAndTarget) {
  const auto read = [](const std::string& method, const std::string& target) {
    wire::http::HttpRequest head;
    head.method = method;
    head.target = target;
    const auto request = readGitRequest(head);
    if (!request) return std::string("none");
    return request->repository +
           (request->kind == GitRequest::Kind::Advertise ? " advertise"
            : request->kind == GitRequest::Kind::Fetch   ? " fetch"
                                                         : " push") +
           (request->writes ? " writes" : "");
  };
  const std::pair<std::pair<const char*, const char*>, const char*> cases[] = {
      {{"GET", "/v1/repos/a/info/refs?service=git-upload-pack"}, "a advertise"},
      {{"GET", "/v1/repos/a.git/info/refs?service=git-receive-pack"}, "a advertise writes"},
      {{"POST", "/v1/repos/a//git-upload-pack"}, "a fetch"},
      {{"POST", "/v1/repos/a/git-receive-pack"}, "a push writes"},
      {{"GET", "/v1/repos/a/info/refs"}, "none"},
      {{"GET", "/v1/repos/a/info/refs?service=git-upload-archive"}, "none"},
      {{"GET", "/v1/repos/a/git-upload-pack"}, "none"},
      {{"GET", "/v1/repos/a/objects/info/packs"}, "none"},
      {{"GET", "/v1/repos/a"}, "none"},
  };
  for (const auto& [asked, expected] : cases) EXPECT_EQ(read(asked.first, asked.second), expected) << asked.second;
}

TEST(GzipDecoder, UndoesWhatIsGzipAndRefusesAllElse) {
  const std::string text(100'000, 'x');
  base::GzipWriter writer;
  writer.append(text);
  const std::string packed = writer.finish();
  const auto decoder = makeGzipDecoder();
  std::string out;
  for (char byte : packed) ASSERT_TRUE(decoder->feed(std::string_view(&byte, 1), out).ok());
  EXPECT_TRUE(decoder->finish().ok());
  EXPECT_EQ(out, text);
  EXPECT_FALSE(decoder->feed("more", out).ok());
  EXPECT_FALSE(makeGzipDecoder()->feed("hello", out).ok());
  const auto cut = makeGzipDecoder();
  EXPECT_TRUE(cut->feed(packed.substr(0, packed.size() / 2), out).ok());
  EXPECT_FALSE(cut->finish().ok());
}

}  // namespace
}  // namespace thimble::services::codecommit
