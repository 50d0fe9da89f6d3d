#include "wire/shapes/model.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <vector>

#include "base/result.h"
#include "wire/shapes/s3.h"

namespace thimble::shapes {
namespace {

using base::Json;

TEST(Model, FindsAServiceByEachOfItsNames) {
  const Service* s3 = findService("s3");
  ASSERT_NE(s3, nullptr);
  EXPECT_EQ(findService("S3"), s3);
  EXPECT_EQ(findService("no such service"), nullptr);
  EXPECT_EQ(s3->protocol, Protocol::RestXml);
}

TEST(Model, KnowsTheNamesOfAllServices) {
  EXPECT_GT(allServiceNames().size(), 350u);
  for (auto [name, id] : {std::pair{"monitoring", "CloudWatch"},
                          {"cloudwatchlogs", "CloudWatch Logs"},
                          {"sfn", "SFN"},
                          {"states", "SFN"},
                          {"Kinesis_20131202", "Kinesis"}}) {
    const ServiceName* found = findServiceName(name);
    ASSERT_NE(found, nullptr) << name;
    EXPECT_EQ(found->service_id, id);
  }
  EXPECT_EQ(findServiceName("no such service"), nullptr);
}

TEST(Model, DescribesOperationsThatAreNotImplementedToo) {
  const Service* s3 = findService("s3");
  const Operation* select = s3->findOperation("SelectObjectContent");
  ASSERT_NE(select, nullptr);
  EXPECT_FALSE(select->implemented);
  const Operation* put = s3->findOperation("PutObject");
  ASSERT_NE(put, nullptr);
  EXPECT_TRUE(put->implemented);
  EXPECT_EQ(put->method, "PUT");
  EXPECT_EQ(put->uri, "/{Bucket}/{Key+}");
  EXPECT_EQ(put->input->payload, "Body");
  EXPECT_EQ(put->authorisation.action, "s3:PutObject");
  EXPECT_EQ(put->input->findMember("Metadata")->location, Location::Headers);
  EXPECT_EQ(put->input->findMember("Metadata")->location_name, "x-amz-meta-");
  EXPECT_TRUE(put->input->findMember("Bucket")->required);
  EXPECT_EQ(s3->findOperation("PutObjects"), nullptr);
}

TEST(Model, EveryPatternIsOneThatRe2Compiles) {
  for (const Service* service : allServices()) {
    for (const Operation& operation : service->operations) {
      std::vector<const Shape*> open = {operation.input};
      std::vector<const Shape*> seen;
      while (!open.empty()) {
        const Shape* shape = open.back();
        open.pop_back();
        if (!shape || std::find(seen.begin(), seen.end(), shape) != seen.end()) continue;
        seen.push_back(shape);
        for (const Member& member : shape->members) open.push_back(member.shape);
        if (shape->element) open.push_back(shape->element->shape);
        if (shape->key) open.push_back(shape->key->shape);
        for (std::string_view pattern : {shape->pattern_re2, shape->forbidden_re2}) {
          re2::RE2 compiled(re2::StringPiece(pattern.data(), pattern.size()), re2::RE2::Quiet);
          EXPECT_TRUE(compiled.ok()) << service->name << " " << shape->name << ": " << compiled.error();
        }
      }
    }
  }
}

TEST(Structures, GoThroughModelValuesAndBack) {
  s3::PutObject::Input input;
  input.Bucket_ = "b";
  input.Key_ = "k";
  input.Metadata_ = std::map<std::string, std::string>{{"colour", "green"}};
  input.ContentLength_ = 5;
  input.ObjectLockRetainUntilDate_ = base::Timestamp{1000};
  Json json = toJson(input);
  EXPECT_EQ(
      json.write(),
      R"({"Bucket":"b","ContentLength":5,"Key":"k","Metadata":{"colour":"green"},"ObjectLockRetainUntilDate":1000})");
  EXPECT_EQ(toJson(fromJson<s3::PutObject::Input>(json)), json);

  Json cors = Json::parse(R"({"CORSRules":[{"ID":"1","AllowedMethods":["GET"],"AllowedOrigins":["*"]}]})").value();
  auto output = s3::fromJson<s3::GetBucketCors::Output>(cors);
  ASSERT_TRUE(output.CORSRules_.has_value());
  EXPECT_EQ(output.CORSRules_->at(0).AllowedMethods_.at(0), "GET");
  EXPECT_EQ(toJson(output), cors);
}

}  // namespace
}  // namespace thimble::shapes
