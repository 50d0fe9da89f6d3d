// Exports into an S3 of a few lines, over hours that a test need not wait.
#include <gtest/gtest.h>

#include <map>

#include "base/gzip.h"
#include "dispatch/testing/test_world.h"
#include "services/dynamodb/service.h"
#include "wire/shapes/s3.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

constexpr std::int64_t kMinute = 60'000;
const std::string kTable = "arn:aws:dynamodb:us-east-1:000000000000:table/things";

class ExportsTest : public testing::Test {
 protected:
  ExportsTest() {
    namespace s3 = shapes::s3;
    service_ = std::make_unique<Service>();
    service_->registerWith(world_.registry(), world_.kernel());
    world_.registry().add<s3::PutObject>(
        [this](dispatch::Context& context, const s3::PutObject::Input& input) -> base::Result<s3::PutObject::Output> {
          objects_[input.Key_] = context.call().body->readAll();
          return s3::PutObject::Output();
        });
    world_.start();
    call("CreateTable", R"({"TableName":"things","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
    world_.runFor(1000);
    call("UpdateContinuousBackups",
         R"({"TableName":"things","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}})");
  }

  /// The output, or the error as a text "Code: message".
  Json callWith(const std::string& operation, Json input) {
    auto answer = world_.call("dynamodb", operation, std::move(input));
    if (!answer.ok()) return Json(answer.error().code + ": " + answer.error().message);
    return answer->output;
  }
  Json call(const std::string& operation, const std::string& input) { return callWith(operation, *Json::parse(input)); }

  void put(const std::string& key, const std::string& value) {
    call("PutItem", R"({"TableName":"things","Item":{"p":{"S":")" + key + R"("},"v":{"N":")" + value + "\"}}}");
  }
  void erase(const std::string& key) {
    call("DeleteItem", R"({"TableName":"things","Key":{"p":{"S":")" + key + "\"}}}");
  }
  std::int64_t now() { return world_.clock().now().milliseconds; }

  Json request(const Json& more) {
    Json input = Json::object({{"TableArn", kTable}, {"S3Bucket", "bucket"}, {"S3Prefix", "in"}});
    for (const auto& [name, value] : more.asObject()) input.set(name, value);
    return callWith("ExportTableToPointInTime", std::move(input));
  }
  /// The export's description when it is done; its files are in objects_.
  Json exported(const Json& more) {
    objects_.clear();
    const Json started = request(more);
    EXPECT_TRUE(started.isObject()) << started.write();
    world_.runFor(2000);
    return callWith("DescribeExport",
                    Json::object({{"ExportArn", started["ExportDescription"]["ExportArn"]}}))["ExportDescription"];
  }
  /// The lines of the files that the export's manifest names.
  std::string linesOf(const Json& description) {
    const Json summary = *Json::parse(objects_[description.stringAt("ExportManifest")]);
    const Json file = *Json::parse(objects_[summary.stringAt("manifestFilesS3Key")]);
    base::GzipReader reader;
    std::string out;
    EXPECT_TRUE(reader.feed(objects_[file.stringAt("dataFileS3Key")], out, 1 << 20));
    return out;
  }
  Json span(std::int64_t from, std::int64_t to, const char* view) {
    return Json::object({{"ExportFromTime", from}, {"ExportToTime", to}, {"ExportViewType", view}});
  }

  dispatch::TestWorld world_;
  std::unique_ptr<Service> service_;
  std::map<std::string, std::string> objects_;
};

TEST_F(ExportsTest, AnIncrementIsWhatASpanChanged) {
  put("changed", "1");
  put("deleted", "2");
  put("same", "3");
  world_.runFor(20 * kMinute);
  const std::int64_t from = now();
  put("changed", "10");
  put("new", "20");
  put("came and went", "30");
  erase("came and went");
  erase("deleted");
  world_.runFor(20 * kMinute);
  const std::int64_t to = now();
  put("new", "21");
  world_.runFor(1000);
  const std::string time = R"({"Metadata":{"WriteTimestampMicros":{"N":")";
  for (const bool both : {true, false}) {
    const Json done = exported(
        Json::object({{"ExportType", "INCREMENTAL_EXPORT"},
                      {"IncrementalExportSpecification", span(from, to, both ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE")}}));
    ASSERT_EQ(done.stringAt("ExportStatus"), "COMPLETED") << done.write();
    EXPECT_EQ(done["ItemCount"].asInt(), 3);
    EXPECT_EQ(done["BilledSizeBytes"].asInt(), 10'000'000);
    EXPECT_FALSE(done.contains("ExportTime"));
    std::map<std::string, std::string> records;
    const std::string lines = linesOf(done);
    for (std::size_t begin = 0, end; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const Json record = *Json::parse(lines.substr(begin, end - begin));
      const std::int64_t written = std::stoll(record["Metadata"]["WriteTimestampMicros"].stringAt("N"));
      EXPECT_TRUE(written >= from * 1000 && written < to * 1000) << written;
      records[record["Keys"]["p"].stringAt("S")] =
          record["OldImage"]["v"].stringAt("N") + ">" + record["NewImage"]["v"].stringAt("N");
    }
    EXPECT_EQ(records, (std::map<std::string, std::string>{
                           {"changed", both ? "1>10" : ">10"}, {"new", ">20"}, {"deleted", both ? "2>" : ">"}}));
    const Json summary = *Json::parse(objects_[done.stringAt("ExportManifest")]);
    EXPECT_EQ(summary.stringAt("version"), "2023-08-01");
    EXPECT_EQ(summary.stringAt("exportType"), "INCREMENTAL_EXPORT");
    EXPECT_EQ(summary.stringAt("outputView"), both ? "NEW_AND_OLD_IMAGES" : "NEW_IMAGE");
    EXPECT_EQ(summary.stringAt("exportToTime"), base::formatIso8601Milliseconds({to}));
    const Json file = *Json::parse(objects_[summary.stringAt("manifestFilesS3Key")]);
    EXPECT_TRUE(file.stringAt("dataFileS3Key").starts_with("in/AWSDynamoDB/data/")) << file.write();
  }
  const Json done = exported(
      Json::object({{"ExportType", "INCREMENTAL_EXPORT"},
                    {"ExportFormat", "ION"},
                    {"IncrementalExportSpecification", span(to - 16 * kMinute, to + 500, "NEW_AND_OLD_IMAGES")}}));
  EXPECT_EQ(linesOf(done), "$ion_1_0 {Record:{Metadata:{WriteTimestampMicros:" + std::to_string(to * 1000) +
                               ".},Keys:{p:\"new\"},OldImage:{p:\"new\",v:2d1},NewImage:{p:\"new\",v:21.}}}\n");
}

TEST_F(ExportsTest, AnIncrementIsFilteredByTheNewestImages) {
  for (const char* key : {"a", "b", "c", "d", "e"}) put(key, "1");
  put("c", "3");
  world_.runFor(20 * kMinute);
  const std::int64_t from = now();
  put("a", "5");
  put("b", "6");
  put("c", "1");
  erase("d");
  put("e", "5");
  erase("e");
  world_.runFor(20 * kMinute);
  const auto found = [&](const char* filter) {
    const Json done =
        exported(Json::object({{"ExportType", "INCREMENTAL_EXPORT"},
                               {"IncrementalExportSpecification", span(from, now() - kMinute, "NEW_AND_OLD_IMAGES")},
                               {"FilterSpecification", *Json::parse(filter)}}));
    EXPECT_EQ(done.stringAt("ExportStatus"), "COMPLETED") << done.write();
    EXPECT_EQ(done["FilterSpecification"], *Json::parse(filter));
    std::string out;
    const std::string lines = linesOf(done);
    for (std::size_t begin = 0, end; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const Json record = *Json::parse(lines.substr(begin, end - begin));
      out += record["Keys"]["p"].stringAt("S") + record["OldImage"].write() + record["NewImage"].write() + ";";
    }
    return out;
  };
  // Of what was deleted the old image counts.
  EXPECT_EQ(found(R"({"FilterExpression":"v = :one","ProjectionExpression":"v",
                      "ExpressionAttributeValues":{":one":{"N":"1"}}})"),
            R"(c{"v":{"N":"3"}}{"v":{"N":"1"}};d{"v":{"N":"1"}}null;e{"v":{"N":"1"}}null;)");
  EXPECT_EQ(found(R"({"FilterExpression":"v > :five","ExpressionAttributeValues":{":five":{"N":"5"}}})"),
            R"(b{"p":{"S":"b"},"v":{"N":"1"}}{"p":{"S":"b"},"v":{"N":"6"}};)");
  EXPECT_EQ(found(R"({"KeyConditionExpression":"p = :a","ProjectionExpression":"w",
                      "ExpressionAttributeValues":{":a":{"S":"a"}}})"),
            "a{}{};");
}

TEST_F(ExportsTest, ItemsAreIonWhereThatIsWanted) {
  call("PutItem", R"~({"TableName":"things","Item":{"p":{"S":"a \"b\"\n"},"Price":{"N":"2000"},"b":{"B":"hello"},
      "tags":{"SS":["x","y"]},"n":{"NS":["1","2.5"]},"m":{"M":{"a b":{"L":[{"NULL":true},{"BOOL":false}]}}}}})~");
  world_.runFor(1000);
  const Json done = exported(Json::object({{"ExportFormat", "ION"}}));
  EXPECT_EQ(linesOf(done),
            "$ion_1_0 {Item:{Price:2d3,b:{{aGVsbG8=}},m:{'a b':[null,false]},n:$dynamodb_NS::[1.,2.5],"
            "p:\"a \\\"b\\\"\\n\",tags:$dynamodb_SS::[\"x\",\"y\"]}}\n");
  const Json summary = *Json::parse(objects_[done.stringAt("ExportManifest")]);
  EXPECT_EQ(summary.stringAt("outputFormat"), "ION");
  EXPECT_TRUE(
      Json::parse(objects_[summary.stringAt("manifestFilesS3Key")])->stringAt("dataFileS3Key").ends_with(".ion.gz"));
}

TEST_F(ExportsTest, SpansThatCannotBeAreRefused) {
  world_.runFor(30 * kMinute);
  const std::int64_t end = now();
  const auto increment = [&](Json specification) {
    return Json::object(
        {{"ExportType", "INCREMENTAL_EXPORT"}, {"IncrementalExportSpecification", std::move(specification)}});
  };
  const std::string times = "InvalidExportTimeException: ";
  const std::pair<Json, std::string> cases[] = {
      {Json::object({{"ExportType", "INCREMENTAL_EXPORT"}}),
       "ValidationException: Invalid Request: Incremental Export Specification expected when export type is set as "
       "Incremental Export"},
      {increment(Json::object({{"ExportViewType", "NEW_IMAGE"}})),
       "ValidationException: Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification"},
      {Json::object({{"IncrementalExportSpecification", span(end - 20 * kMinute, end, "NEW_IMAGE")}}),
       "ValidationException: Invalid Request: Export Type expected to be Incremental Export when incremental export "
       "specification is provided"},
      {Json::object({{"ExportType", "FULL_EXPORT"},
                     {"IncrementalExportSpecification", span(end - 20 * kMinute, end, "NEW_IMAGE")}}),
       "ValidationException: Invalid Request: When Export Type is Full Export , Incremental Export Specification "
       "should not be provided"},
      {increment(span(end - 14 * kMinute, end, "NEW_IMAGE")),
       times + "Difference between export period from time and export period to time is less than 15 minutes"},
      {increment(span(end - 60 * kMinute, end, "NEW_IMAGE")),
       times + "Incremental export period from time cannot be less than the table creation time : " +
           base::formatIso8601Seconds({end - 60 * kMinute})},
      {increment(span(end - 20 * kMinute, end + kMinute, "NEW_IMAGE")),
       times + "Incremental export period to time cannot be greater than the current time : " +
           base::formatIso8601Seconds({end + kMinute})},
      {Json::object({{"ExportTime", end + kMinute}}), times + "Export Time is invalid"},
      {Json::object({{"TableArn", "things"}}),
       "ValidationException: One or more parameter values were invalid: tableArn is not a valid ARN"},
      {Json::object({{"S3SseKmsKeyId", "key"}}),
       "ValidationException: Invalid Request: KMS Key Id is not supported for this encryption type"},
  };
  for (const auto& [more, wanted] : cases) EXPECT_EQ(request(more), Json(wanted)) << more.write();
  world_.runFor(26 * 60 * kMinute);
  EXPECT_EQ(
      request(increment(span(end, end + 25 * 60 * kMinute, "NEW_IMAGE"))),
      Json(times + "Difference between export period from time and export period to time is greater than 24 hours"));
  Json with_token = increment(span(end, end + 60 * kMinute, "NEW_IMAGE"));
  with_token.set("ClientToken", "t");
  const std::string arn = request(with_token)["ExportDescription"].stringAt("ExportArn");
  EXPECT_EQ(request(with_token)["ExportDescription"].stringAt("ExportArn"), arn);
  with_token.set("IncrementalExportSpecification", span(end, end + 70 * kMinute, "NEW_IMAGE"));
  EXPECT_EQ(request(with_token), Json("ExportConflictException: Export conflict: Duplicate request detected with "
                                      "conflicting parameters"));
}

}  // namespace
}  // namespace thimble::services::dynamodb
