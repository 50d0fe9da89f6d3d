#include "services/s3/service.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "dispatch/testing/test_world.h"
#include "services/s3/checksums.h"
#include "wire/shapes/sqs.h"

namespace thimble::services::s3 {
namespace {

using base::Json;

class S3 : public ::testing::Test {
 protected:
  S3() { connect(); }

  void connect() {
    registerOperations(world.registry(), world.kernel());
    world.start();
  }

  dispatch::CallOutcome call(const std::string& operation, Json input, const std::string& body = "") {
    return world.call("s3", operation, std::move(input), std::make_shared<platform::MemoryBytes>(body));
  }
  // The output; a test failure when there is none.
  Json must(const std::string& operation, Json input, const std::string& body = "") {
    auto outcome = call(operation, std::move(input), body);
    EXPECT_TRUE(outcome.ok()) << operation << ": " << outcome.error().code << " " << outcome.error().message;
    return outcome.ok() ? outcome->output : Json();
  }
  std::string errorOf(const std::string& operation, Json input, const std::string& body = "") {
    auto outcome = call(operation, std::move(input), body);
    return outcome.ok() ? "none" : outcome.error().code;
  }
  std::string read(Json input) {
    auto outcome = call("GetObject", std::move(input));
    if (!outcome.ok()) return "error " + outcome.error().code;
    return outcome->body ? outcome->body->readAll() : "";
  }
  Json at(const std::string& key, std::initializer_list<std::pair<std::string, Json>> more = {}) {
    Json input = Json::object({{"Bucket", "bucket"}, {"Key", key}});
    for (const auto& [name, value] : more) input.set(name, value);
    return input;
  }
  Json bucket(std::initializer_list<std::pair<std::string, Json>> more = {}) {
    Json input = Json::object({{"Bucket", "bucket"}});
    for (const auto& [name, value] : more) input.set(name, value);
    return input;
  }
  void enableVersioning(const char* status = "Enabled") {
    must("PutBucketVersioning", bucket({{"VersioningConfiguration", Json::object({{"Status", status}})}}));
  }
  std::string keysOf(const Json& listing) {
    std::string result;
    if (listing["Contents"].isArray()) {
      for (const Json& object : listing["Contents"].asArray()) result += object.stringAt("Key") + " ";
    }
    if (listing["CommonPrefixes"].isArray()) {
      for (const Json& prefix : listing["CommonPrefixes"].asArray()) result += "[" + prefix.stringAt("Prefix") + "] ";
    }
    return result;
  }

  dispatch::TestWorld world;
};

TEST_F(S3, KeepsObjectsWithTheirHeaders) {
  must("CreateBucket", bucket());
  Json put = must(
      "PutObject",
      at("a b/\xC3\xA9", {{"ContentType", "text/plain"}, {"Metadata", Json::object({{"colour", "green"}})}}), "hello");
  EXPECT_EQ(put["ETag"], Json("\"5d41402abc4b2a76b9719d911017c592\""));
  EXPECT_EQ(put["ChecksumCRC64NVME"], Json("M3eFcAZSQlc="));
  auto got = call("GetObject", at("a b/\xC3\xA9"));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->body->readAll(), "hello");
  EXPECT_EQ(got->output["ContentType"], Json("text/plain"));
  EXPECT_EQ(got->output["ContentLength"], Json(5));
  EXPECT_EQ(got->output["Metadata"]["colour"], Json("green"));
  must("DeleteObject", at("a b/\xC3\xA9"));
  EXPECT_EQ(read(at("a b/\xC3\xA9")), "error NoSuchKey");
}

TEST_F(S3, SurvivesACrash) {
  must("CreateBucket", bucket());
  must("PutObject", at("k"), "kept");
  world.crash();
  connect();
  EXPECT_EQ(read(at("k")), "kept");
}

TEST_F(S3, RefusesBadNamesAndBuckets) {
  for (const char* name : {"ab", "Upper", "a..b", "-a-b", "192.168.1.1", "a_b_c", "xn--abc"}) {
    EXPECT_EQ(errorOf("CreateBucket", Json::object({{"Bucket", name}})), "InvalidBucketName") << name;
  }
  EXPECT_EQ(errorOf("HeadBucket", bucket()), "NoSuchBucket");
  EXPECT_EQ(errorOf("PutObject", at("k"), "x"), "NoSuchBucket");
  must("CreateBucket", bucket());
  must("PutObject", at("k"), "x");
  EXPECT_EQ(errorOf("DeleteBucket", bucket()), "BucketNotEmpty");
  EXPECT_EQ(errorOf("PutObject", at(std::string(1025, 'k')), "x"), "KeyTooLongError");
}

TEST_F(S3, ChecksDigests) {
  must("CreateBucket", bucket());
  EXPECT_EQ(errorOf("PutObject", at("k", {{"ContentMD5", base::encodeBase64(base::md5("other"))}}), "x"), "BadDigest");
  EXPECT_EQ(errorOf("PutObject", at("k", {{"ContentMD5", "short"}}), "x"), "InvalidDigest");
  EXPECT_EQ(errorOf("PutObject", at("k", {{"ChecksumCRC32", "AAAAAA=="}}), "x"), "BadDigest");
  EXPECT_EQ(errorOf("PutObject", at("k", {{"ChecksumSHA1", "AAAA"}}), "x"), "InvalidRequest");
  EXPECT_EQ(read(at("k")), "error NoSuchKey");
  Json put = must("PutObject", at("k", {{"ChecksumSHA256", base::encodeBase64(base::sha256("x"))}}), "x");
  EXPECT_EQ(put["ChecksumSHA256"], Json(base::encodeBase64(base::sha256("x"))));
}

TEST_F(S3, AnswersRanges) {
  must("CreateBucket", bucket());
  must("PutObject", at("k"), "0123456789");
  struct Case {
    const char* range;
    const char* bytes;
    const char* content_range;
  };
  for (const Case& c : std::initializer_list<Case>{{"bytes=2-4", "234", "bytes 2-4/10"},
                                                   {"bytes=7-", "789", "bytes 7-9/10"},
                                                   {"bytes=-3", "789", "bytes 7-9/10"},
                                                   {"bytes=-30", "0123456789", "bytes 0-9/10"},
                                                   {"bytes=8-99", "89", "bytes 8-9/10"},
                                                   {"bytes=4-2", "0123456789", ""},
                                                   {"lines=1-2", "0123456789", ""},
                                                   {"bytes=a-b", "0123456789", ""}}) {
    auto got = call("GetObject", at("k", {{"Range", c.range}}));
    ASSERT_TRUE(got.ok()) << c.range;
    EXPECT_EQ(got->body->readAll(), c.bytes) << c.range;
    EXPECT_EQ(got->output.stringAt("ContentRange"), c.content_range) << c.range;
    EXPECT_EQ(got->http_status, *c.content_range ? 206 : 0) << c.range;
  }
  EXPECT_EQ(errorOf("GetObject", at("k", {{"Range", "bytes=10-"}})), "InvalidRange");
}

TEST_F(S3, HonoursConditions) {
  must("CreateBucket", bucket());
  const Json etag = must("PutObject", at("k", {{"IfNoneMatch", "*"}}), "x")["ETag"];
  EXPECT_EQ(errorOf("PutObject", at("k", {{"IfNoneMatch", "*"}}), "y"), "PreconditionFailed");
  EXPECT_EQ(errorOf("PutObject", at("k", {{"IfMatch", "\"other\""}}), "y"), "PreconditionFailed");
  EXPECT_EQ(errorOf("PutObject", at("none", {{"IfMatch", etag}}), "y"), "NoSuchKey");
  EXPECT_EQ(errorOf("GetObject", at("k", {{"IfNoneMatch", etag}})), "NotModified");
  EXPECT_EQ(errorOf("GetObject", at("k", {{"IfMatch", "\"other\""}})), "PreconditionFailed");
  must("PutObject", at("k", {{"IfMatch", etag}}), "y");
  EXPECT_EQ(read(at("k")), "y");
}

TEST_F(S3, KeepsVersionsAndDeleteMarkers) {
  must("CreateBucket", bucket());
  must("PutObject", at("k"), "before");
  enableVersioning();
  const Json first = must("PutObject", at("k"), "one")["VersionId"];
  const Json second = must("PutObject", at("k"), "two")["VersionId"];
  EXPECT_EQ(read(at("k")), "two");
  EXPECT_EQ(read(at("k", {{"VersionId", first}})), "one");
  EXPECT_EQ(read(at("k", {{"VersionId", "null"}})), "before");
  Json marker = must("DeleteObject", at("k"));
  EXPECT_EQ(marker["DeleteMarker"], Json(true));
  EXPECT_EQ(read(at("k")), "error NoSuchKey");
  EXPECT_EQ(read(at("k", {{"VersionId", marker["VersionId"]}})), "error MethodNotAllowed");
  Json versions = must("ListObjectVersions", bucket());
  ASSERT_EQ(versions["Versions"].size(), 3u);
  EXPECT_EQ(versions["Versions"][std::size_t{0}]["VersionId"], second);
  EXPECT_EQ(versions["DeleteMarkers"][std::size_t{0}]["IsLatest"], Json(true));
  must("DeleteObject", at("k", {{"VersionId", marker["VersionId"]}}));
  EXPECT_EQ(read(at("k")), "two");
  must("DeleteObject", at("k", {{"VersionId", second}}));
  EXPECT_EQ(read(at("k")), "one");
  enableVersioning("Suspended");
  must("PutObject", at("k"), "after");
  EXPECT_EQ(must("ListObjectVersions", bucket())["Versions"].size(), 2u);
  EXPECT_EQ(read(at("k", {{"VersionId", "null"}})), "after");
}

TEST_F(S3, ListsInPagesWithPrefixesAndDelimiters) {
  must("CreateBucket", bucket());
  for (const char* key : {"a", "b/1", "b/2", "b/3/x", "c", "d e", "\xC3\xA9/z"}) must("PutObject", at(key), "x");
  EXPECT_EQ(keysOf(must("ListObjectsV2", bucket())), "a b/1 b/2 b/3/x c d e \xC3\xA9/z ");
  EXPECT_EQ(keysOf(must("ListObjectsV2", bucket({{"Delimiter", "/"}}))), "a c d e [b/] [\xC3\xA9/] ");
  EXPECT_EQ(keysOf(must("ListObjectsV2", bucket({{"Delimiter", "/"}, {"Prefix", "b/"}}))), "b/1 b/2 [b/3/] ");
  EXPECT_EQ(keysOf(must("ListObjectsV2", bucket({{"EncodingType", "url"}, {"StartAfter", "c"}}))), "d+e %C3%A9/z ");
  EXPECT_EQ(keysOf(must("ListObjects", bucket({{"Marker", "b/"}, {"Delimiter", "/"}}))), "c d e [\xC3\xA9/] ");
  std::string all;
  Json token;
  for (int page = 0; page < 20; ++page) {
    Json input = bucket({{"Delimiter", "/"}, {"MaxKeys", 1}});
    if (!token.isNull()) input.set("ContinuationToken", token);
    Json listing = must("ListObjectsV2", input);
    EXPECT_EQ(listing["KeyCount"], Json(1));
    all += keysOf(listing);
    token = listing["NextContinuationToken"];
    if (listing["IsTruncated"] == Json(false)) break;
  }
  EXPECT_EQ(all, "a [b/] c d e [\xC3\xA9/] ");
}

TEST_F(S3, PagesThroughVersions) {
  must("CreateBucket", bucket());
  enableVersioning();
  for (const char* key : {"a", "a", "b", "b", "b"}) must("PutObject", at(key), "x");
  std::string all;
  Json key, version;
  for (int page = 0; page < 20; ++page) {
    Json input = bucket({{"MaxKeys", 2}});
    if (!key.isNull()) input.set("KeyMarker", key);
    if (!version.isNull()) input.set("VersionIdMarker", version);
    Json listing = must("ListObjectVersions", input);
    for (const Json& each : listing["Versions"].asArray()) {
      all += each.stringAt("Key") + (each["IsLatest"].asBool() ? "! " : " ");
    }
    key = listing["NextKeyMarker"];
    version = listing["NextVersionIdMarker"];
    if (!listing["IsTruncated"].asBool()) break;
  }
  EXPECT_EQ(all, "a! a b! b b ");
}

TEST_F(S3, AssemblesMultipartUploads) {
  must("CreateBucket", bucket());
  const std::string big(5 << 20, 'a');
  const Json id = must("CreateMultipartUpload", at("k", {{"Metadata", Json::object({{"m", "1"}})}}))["UploadId"];
  const Json one = must("UploadPart", at("k", {{"UploadId", id}, {"PartNumber", 1}}), big)["ETag"];
  const Json two = must("UploadPart", at("k", {{"UploadId", id}, {"PartNumber", 2}}), "tail")["ETag"];
  auto complete = [&](Json::Array parts) {
    return at("k", {{"UploadId", id}, {"MultipartUpload", Json::object({{"Parts", Json(std::move(parts))}})}});
  };
  auto part = [](int number, const Json& etag) { return Json::object({{"PartNumber", number}, {"ETag", etag}}); };
  EXPECT_EQ(errorOf("CompleteMultipartUpload", complete({part(2, two), part(1, one)})), "InvalidPartOrder");
  EXPECT_EQ(errorOf("CompleteMultipartUpload", complete({part(1, two)})), "InvalidPart");
  Json done = must("CompleteMultipartUpload", complete({part(1, one), part(2, two)}));
  const std::string md5s = base::md5(big) + base::md5("tail");
  EXPECT_EQ(done["ETag"], Json("\"" + base::encodeHex(base::md5(md5s)) + "-2\""));
  EXPECT_EQ(done["ChecksumCRC64NVME"],
            Json(base::encodeBase64(base::digestOf(base::DigestKind::Crc64Nvme, big + "tail"))));
  EXPECT_EQ(read(at("k", {{"Range", "bytes=5242878-5242882"}})), "aatai");
  EXPECT_EQ(read(at("k", {{"PartNumber", 2}})), "tail");
  EXPECT_EQ(errorOf("GetObject", at("k", {{"PartNumber", 3}})), "InvalidPartNumber");
  EXPECT_EQ(errorOf("CompleteMultipartUpload", complete({part(1, one)})), "NoSuchUpload");
  // A copy of it is one object with an ETag of its own.
  Json copy = must("CopyObject", at("copy", {{"CopySource", "bucket/k"}}));
  EXPECT_EQ(copy["CopyObjectResult"]["ETag"], Json("\"" + base::encodeHex(base::md5(big + "tail")) + "\""));
  EXPECT_EQ(read(at("copy", {{"Range", "bytes=-4"}})), "tail");
}

TEST_F(S3, RefusesPartsThatAreTooSmall) {
  must("CreateBucket", bucket());
  const Json id = must("CreateMultipartUpload", at("k"))["UploadId"];
  Json parts = Json::array();
  for (int number : {1, 2}) {
    Json etag = must("UploadPart", at("k", {{"UploadId", id}, {"PartNumber", number}}), "small")["ETag"];
    parts.push(Json::object({{"PartNumber", number}, {"ETag", etag}}));
  }
  Json input = at("k", {{"UploadId", id}, {"MultipartUpload", Json::object({{"Parts", parts}})}});
  EXPECT_EQ(errorOf("CompleteMultipartUpload", input), "EntityTooSmall");
  must("AbortMultipartUpload", at("k", {{"UploadId", id}}));
  EXPECT_EQ(errorOf("ListParts", at("k", {{"UploadId", id}})), "NoSuchUpload");
}

TEST_F(S3, CopiesMetadataUnlessToldOtherwise) {
  must("CreateBucket", bucket());
  must("PutObject", at("k", {{"Metadata", Json::object({{"m", "1"}})}, {"Tagging", "t=1"}}), "x");
  must("CopyObject", at("same", {{"CopySource", "/bucket/k"}}));
  EXPECT_EQ(must("HeadObject", at("same"))["Metadata"]["m"], Json("1"));
  EXPECT_EQ(must("GetObjectTagging", at("same"))["TagSet"].size(), 1u);
  must("CopyObject",
       at("other",
          {{"CopySource", "bucket%2Fk"}, {"MetadataDirective", "REPLACE"}, {"Metadata", Json::object({{"n", "2"}})}}));
  EXPECT_EQ(must("HeadObject", at("other"))["Metadata"], Json::object({{"n", "2"}}));
  EXPECT_EQ(errorOf("CopyObject", at("k", {{"CopySource", "bucket/k"}})), "InvalidRequest");
  EXPECT_EQ(errorOf("CopyObject", at("z", {{"CopySource", "bucket/none"}})), "NoSuchKey");
  EXPECT_EQ(errorOf("CopyObject", at("z", {{"CopySource", "nonsense"}})), "InvalidArgument");
}

TEST_F(S3, LifecycleRulesAreDoneAtMidnight) {
  constexpr std::int64_t kDay = 86'400'000;
  must("CreateBucket", bucket());
  const auto rules = [&](const std::string& text) {
    must("PutBucketLifecycleConfiguration",
         bucket({{"LifecycleConfiguration", Json::object({{"Rules", Json::parse(text).value()}})}}));
  };
  rules(R"([{"ID":"a","Status":"Enabled","Filter":{"Prefix":"tmp/"},"Expiration":{"Days":2},
             "AbortIncompleteMultipartUpload":{"DaysAfterInitiation":1}},
            {"ID":"b","Status":"Enabled","Filter":{"Prefix":"old/"},"Transitions":[{"Days":1,"StorageClass":"GLACIER"}]},
            {"ID":"c","Status":"Disabled","Filter":{"Prefix":""},"Expiration":{"Days":1}}])");
  for (const char* key : {"tmp/1", "tmp/2", "old/1", "kept"}) must("PutObject", at(key), "x");
  must("CreateMultipartUpload", at("tmp/m"));
  must("CreateMultipartUpload", at("m"));
  world.runFor(kDay);
  EXPECT_EQ(keysOf(must("ListObjectsV2", bucket())), "kept old/1 tmp/1 tmp/2 ");
  world.crash();
  connect();
  world.runFor(2 * kDay);
  EXPECT_EQ(keysOf(must("ListObjectsV2", bucket())), "kept old/1 ");
  EXPECT_EQ(errorOf("GetObject", at("old/1")), "InvalidObjectState");
  EXPECT_EQ(must("ListMultipartUploads", bucket())["Uploads"].size(), 1u);
  // Versions: the current one gets a marker, those behind it go, and at last the marker does.
  enableVersioning();
  rules(R"([{"ID":"a","Status":"Enabled","Filter":{"Prefix":"v"},"Expiration":{"Days":1},
             "NoncurrentVersionExpiration":{"NoncurrentDays":1}}])");
  for (int i = 0; i < 2; ++i) must("PutObject", at("v"), "x");
  world.runFor(2 * kDay);
  const Json versions = must("ListObjectVersions", bucket({{"Prefix", "v"}}));
  EXPECT_EQ(versions["DeleteMarkers"].size(), 1u);
  world.runFor(4 * kDay);
  const Json after = must("ListObjectVersions", bucket({{"Prefix", "v"}}));
  EXPECT_FALSE(after.contains("Versions") || after.contains("DeleteMarkers")) << after.write();
}

TEST_F(S3, QueuesAreToldWhatLifecycleRulesDid) {
  std::string told;
  using shapes::sqs::SendMessage;
  world.registry().add<SendMessage>([&](dispatch::Context&, const SendMessage::Input& input) {
    const Json records = Json::parse(input.MessageBody_).value()["Records"];
    if (records.isArray()) {
      const Json& record = records[std::size_t{0}];
      told += record.stringAt("eventName") + " " + record["s3"]["object"].stringAt("key") + " by " +
              record["userIdentity"].stringAt("principalId") + "\n";
    }
    return base::Result<SendMessage::Output>(SendMessage::Output());
  });
  must("CreateBucket", bucket());
  must("PutBucketNotificationConfiguration",
       bucket({{"NotificationConfiguration", Json::parse(R"({"QueueConfigurations":[{"Events":
         ["s3:LifecycleExpiration:*","s3:LifecycleTransition"],"QueueArn":"arn:aws:sqs:us-east-1:000000000000:q"}]})")
                                                 .value()}}));
  must("PutBucketLifecycleConfiguration", bucket({{"LifecycleConfiguration", Json::parse(R"({"Rules":[
                  {"ID":"a","Status":"Enabled","Filter":{"Prefix":"tmp/"},"Expiration":{"Days":1}},
                  {"ID":"b","Status":"Enabled","Filter":{"Prefix":"old/"},
                   "Transitions":[{"Days":1,"StorageClass":"GLACIER"}]}]})")
                                                                                 .value()}}));
  for (const char* key : {"tmp/1", "old/1", "kept"}) must("PutObject", at(key), "x");
  world.runFor(3LL * 86'400'000);
  EXPECT_EQ(told,
            "LifecycleTransition old/1 by s3.amazonaws.com\nLifecycleExpiration:Delete tmp/1 by s3.amazonaws.com\n");
}

TEST_F(S3, LocksObjects) {
  must("CreateBucket", bucket({{"ObjectLockEnabledForBucket", true}}));
  const Json version = must("PutObject", at("k", {{"ObjectLockLegalHoldStatus", "ON"}}), "x")["VersionId"];
  EXPECT_EQ(errorOf("DeleteObject", at("k", {{"VersionId", version}})), "AccessDenied");
  must("PutObjectLegalHold", at("k", {{"LegalHold", Json::object({{"Status", "OFF"}})}}));
  must("DeleteObject", at("k", {{"VersionId", version}}));
}

TEST_F(S3, RefusesByNameWhatItDoesNotDo) {
  must("CreateBucket", bucket());
  auto outcome = call("SelectObjectContent", at("k"));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().http_status, 501);
  EXPECT_NE(outcome.error().message.find("SelectObjectContent"), std::string::npos);
  EXPECT_EQ(errorOf("PutObject", at("k", {{"ServerSideEncryption", "aws:kms:dsse"}}), "x"), "NotImplemented");
}

TEST(Checksums, OfPartsCombine) {
  const std::string first(1000, 'x'), second = "and the rest of it";
  for (auto kind : {base::DigestKind::Crc32, base::DigestKind::Crc32c, base::DigestKind::Crc64Nvme}) {
    EXPECT_EQ(combineCrc(kind, base::digestOf(kind, first), base::digestOf(kind, second), second.size()),
              base::digestOf(kind, first + second));
    EXPECT_EQ(combineCrc(kind, base::digestOf(kind, first), base::digestOf(kind, ""), 0), base::digestOf(kind, first));
  }
}

}  // namespace
}  // namespace thimble::services::s3
