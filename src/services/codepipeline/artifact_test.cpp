// Artifacts: read within bounds, and the operations that handle them, with an S3 of a few lines.
#include <gtest/gtest.h>

#include <map>

#include "base/zip.h"
#include "dispatch/testing/test_world.h"
#include "services/codepipeline/artifact_operations.h"
#include "services/codepipeline/artifact_zip.h"
#include "services/codepipeline/content_type.h"
#include "wire/shapes/s3.h"

namespace thimble::services::codepipeline {
namespace {

using base::Json;

platform::ByteSourcePointer bytes(std::string text) {
  return std::make_shared<platform::MemoryBytes>(std::move(text));
}

TEST(ArtifactZipTest, NamesStayInside) {
  const std::vector<std::pair<std::string, std::optional<std::string>>> cases = {{"a", "a"},
                                                                                 {"./a//b", "a/b"},
                                                                                 {"a/./b/", "a/b"},
                                                                                 {"..", std::nullopt},
                                                                                 {"/a", std::nullopt},
                                                                                 {"a/../../b", std::nullopt},
                                                                                 {"a\\b", std::nullopt},
                                                                                 {"", std::nullopt},
                                                                                 {".", std::nullopt},
                                                                                 {std::string("a\0b", 3), std::nullopt},
                                                                                 {"\xff", std::nullopt},
                                                                                 {"..a", "..a"}};
  for (const auto& [name, plain] : cases) EXPECT_EQ(plainName(name), plain) << name;
}

TEST(ArtifactZipTest, ReadsAndRefuses) {
  ZipReader good(bytes(base::zipOf("a/b.txt", "hello")));
  const auto file = good.next();
  ASSERT_TRUE(file.ok() && file->has_value());
  EXPECT_EQ((*file)->name, "a/b.txt");
  EXPECT_EQ(good.declaredSize(), 5U);
  EXPECT_EQ(*good.read(5), "hello");
  EXPECT_FALSE((*good.next()).has_value());

  ZipReader long_one(bytes(base::zipOf("a", "hello")));
  ASSERT_TRUE(long_one.next().ok());
  EXPECT_EQ(long_one.read(4).error().message, "a in it is larger than 4 bytes.");
  ZipReader bounded(bytes(base::zipOf("a", "hello")), {.max_bytes = 4});
  ASSERT_TRUE(bounded.next().ok());
  EXPECT_FALSE(bounded.read(100).ok());
  ZipReader few(bytes(base::zipOf("a", "hello")), {.max_entries = 0});
  EXPECT_FALSE(few.next().ok());
  for (const char* name : {"../a", "/etc/passwd", "a/../../b"}) {
    ZipReader slip(bytes(base::zipOf(name, "x")));
    EXPECT_FALSE(slip.next().ok()) << name;
  }
}

TEST(ArtifactZipTest, EveryCutOfAnArchiveIsAProblem) {
  const std::string whole = base::zipOf("a/b.txt", "hello");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ZipReader reader(bytes(whole.substr(0, size)));
    EXPECT_FALSE(reader.next().ok()) << size;
  }
}

TEST(ContentTypeTest, ByTheEnding) {
  EXPECT_EQ(contentTypeOf("a/index.HTML"), "text/html");
  EXPECT_EQ(contentTypeOf("a.b/c"), "");
  EXPECT_EQ(contentTypeOf("Makefile"), "");
}

class ArtifactOperationsTest : public testing::Test {
 protected:
  ArtifactOperationsTest() {
    namespace s3 = shapes::s3;
    registerArtifactOperations(world_.registry());
    world_.registry().add<s3::GetObject>(
        [this](dispatch::Context&,
               const s3::GetObject::Input& input) -> base::Result<dispatch::Reply<s3::GetObject::Output>> {
          const auto found = objects_.find(input.Bucket_ + "/" + input.Key_);
          if (found == objects_.end()) return base::ApiError{"NoSuchKey", "The specified key does not exist.", 404};
          return dispatch::Reply<s3::GetObject::Output>(s3::GetObject::Output(), bytes(found->second));
        });
    world_.registry().add<s3::PutObject>(
        [this](dispatch::Context& context, const s3::PutObject::Input& input) -> base::Result<s3::PutObject::Output> {
          objects_[input.Bucket_ + "/" + input.Key_] = context.call().body->readAll();
          types_[input.Key_] = input.ContentType_.value_or("");
          return s3::PutObject::Output();
        });
    world_.start();
  }

  dispatch::CallOutcome call(const char* operation, Json input) {
    return world_.call("thimble.codepipeline", operation, std::move(input));
  }
  static Json files(const std::vector<std::string>& paths) {
    Json list = Json::array();
    for (const std::string& path : paths) {
      list.push(Json::object({{"Artifact", "Built"}, {"Bucket", "b"}, {"Key", "k"}, {"Path", path}}));
    }
    return Json::object({{"Files", list}});
  }

  dispatch::TestWorld world_;
  std::map<std::string, std::string> objects_, types_;
};

TEST_F(ArtifactOperationsTest, ReadsFilesOfAnArtifact) {
  objects_["b/k"] = base::zipOf("dir/t.yaml", "Resources: {}");
  EXPECT_EQ(call("ReadArtifactFiles", files({"./dir/t.yaml"}))->output["Files"]["Built::./dir/t.yaml"],
            Json("Resources: {}"));
  EXPECT_EQ(call("ReadArtifactFiles", files({"t.yaml"})).error().message,
            "File [t.yaml] does not exist in artifact [Built]");
  objects_["b/k"] = "no zip";
  EXPECT_EQ(call("ReadArtifactFiles", files({"t"})).error().message,
            "The artifact Built cannot be read: it is not a valid zip file.");
  objects_.clear();
  EXPECT_EQ(call("ReadArtifactFiles", files({"t"})).error().message,
            "The artifact Built cannot be read: The specified key does not exist.");
}

TEST_F(ArtifactOperationsTest, ALargeTemplateIsNamedByItsAddress) {
  const std::string large(60'000, 'x');
  objects_["b/k"] = base::zipOf("t", large);
  Json input = files({"t"});
  input.set("Large", Json::object({{"File", "Built::t"}, {"Bucket", "b"}, {"Key", "k.template"}}));
  const Json output = call("ReadArtifactFiles", input)->output;
  EXPECT_EQ(output["LargeUrl"], Json("https://s3.us-east-1.amazonaws.com/b/k.template"));
  EXPECT_FALSE(output["Files"].contains("Built::t"));
  EXPECT_EQ(objects_["b/k.template"], large);
}

TEST_F(ArtifactOperationsTest, StoresAndExtracts) {
  ASSERT_TRUE(call("StoreArtifactFile",
                   Json::object({{"Bucket", "b"}, {"Key", "k"}, {"Path", "o/index.html"}, {"Content", "<p>"}}))
                  .ok());
  EXPECT_FALSE(call("StoreArtifactFile", Json::object({{"Bucket", "b"}, {"Key", "k"}, {"Path", "../o"}})).ok());
  const Json extract = Json::object({{"Artifact", "Built"},
                                     {"Bucket", "b"},
                                     {"Key", "k"},
                                     {"Folder", "site"},
                                     {"Object", Json::object({{"Bucket", "web"}})}});
  const auto extracted = call("ExtractArtifact", extract);
  ASSERT_TRUE(extracted.ok()) << extracted.error().message;
  EXPECT_EQ(extracted->output["Files"], Json(1));
  EXPECT_EQ(objects_["web/site/o/index.html"], "<p>");
  EXPECT_EQ(types_["site/o/index.html"], "text/html");
  objects_["b/k"] = base::zipOf("big", std::string(3 << 20, 'b'));
  ASSERT_TRUE(call("ExtractArtifact", extract).ok());
  EXPECT_EQ(objects_["web/site/big"].size(), 3U << 20);
}

}  // namespace
}  // namespace thimble::services::codepipeline
