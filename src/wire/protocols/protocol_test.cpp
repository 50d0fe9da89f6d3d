#include "wire/protocols/protocol.h"

#include <gtest/gtest.h>

#include <random>

#include "base/encoding.h"
#include "wire/protocols/random_values.h"
#include "wire/protocols/sdk_form.h"

namespace thimble::wire::protocols {
namespace {

using base::Json;
using shapes::Operation;
using shapes::Service;

const Operation& operation(std::string_view service, std::string_view name) {
  return *shapes::findService(service)->findOperation(name);
}

// Labels of a path by its template: what the router does.
Parameters matchPath(std::string_view pattern, std::string_view path) {
  Parameters result;
  pattern = pattern.substr(0, pattern.find('?'));
  while (!pattern.empty()) {
    std::size_t open = pattern.find('{');
    if (open == std::string_view::npos) break;
    std::size_t close = pattern.find('}');
    std::string_view label = pattern.substr(open + 1, close - open - 1);
    path.remove_prefix(open);
    bool greedy = label.back() == '+';
    if (greedy) label.remove_suffix(1);
    pattern.remove_prefix(close + 1);
    std::size_t end = greedy ? path.size() - pattern.size() : path.find('/');
    result.emplace_back(std::string(label), base::decodePercent(path.substr(0, end)).value_or("broken"));
    path.remove_prefix(std::min(end, path.size()));
  }
  return result;
}

RequestParts received(const Operation& operation, const OutgoingRequest& sent) {
  RequestParts parts;
  std::string_view target = sent.target;
  std::size_t mark = target.find('?');
  parts.path = matchPath(operation.uri, target.substr(0, mark));
  if (mark != std::string_view::npos) parts.query = parseParameters(target.substr(mark + 1));
  parts.headers = sent.headers;
  parts.body = sent.body;
  return parts;
}

// The deprecated forms, whose "Event" and "Events" are the same element.
bool twoMembersShareAnElement(const Operation& operation) {
  return operation.name == "GetBucketNotification" || operation.name == "PutBucketNotification";
}

TEST(Protocols, CarryEveryInputThere) {
  unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  testing::RandomValues random(seed);
  int count = 0;
  for (const Service* service : shapes::allServices()) {
    for (const Operation& each : service->operations) {
      if (!each.input || twoMembersShareAnElement(each)) continue;
      for (int i = 0; i < 4; ++i) {
        Json input = random.make(*each.input);
        OutgoingRequest request = writeRequest(each, input);
        auto read = parseRequest(each, received(each, request));
        ASSERT_TRUE(read.ok()) << service->name << " " << each.name << ": " << read.error().message;
        ASSERT_EQ(read.value(), input) << service->name << " " << each.name << "\n"
                                       << input.write() << "\n"
                                       << read.value().write() << "\n"
                                       << request.target << "\n"
                                       << request.body;
        ++count;
      }
    }
  }
  EXPECT_GT(count, 100);
}

TEST(Protocols, CarryEveryOutputBack) {
  unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  testing::RandomValues random(seed);
  for (const Service* service : shapes::allServices()) {
    for (const Operation& each : service->operations) {
      if (!each.output || twoMembersShareAnElement(each)) continue;
      Json output = random.make(*each.output);
      ResponseParts response = writeResponse(each, output, "request-1");
      if (response.status == 204) continue;
      auto read = parseResponse(each, response);
      ASSERT_TRUE(read.ok()) << service->name << " " << each.name << ": " << read.error().message;
      Json expected = output;
      for (const shapes::Member& member : each.output->members) {
        if (member.location == shapes::Location::StatusCode) expected.set(member.name, response.status);
        // A payload has a content type even where the output names none.
        if (member.wireName() == "Content-Type" && response.headers.contains("Content-Type"))
          expected.set(member.name, response.headers.get("Content-Type"));
      }
      ASSERT_EQ(read.value(), expected) << service->name << " " << each.name << "\n"
                                        << output.write() << "\n"
                                        << read.value().write() << "\n"
                                        << response.body;
    }
  }
}

// Bodies as AWS's own services and clients write them.
constexpr shapes::Shape kText = {.name = "Text", .kind = shapes::ShapeKind::String};
constexpr shapes::Shape kNumber = {.name = "Number", .kind = shapes::ShapeKind::Integer};
constexpr shapes::Shape kFlag = {.name = "Flag", .kind = shapes::ShapeKind::Boolean};
constexpr shapes::Shape kTime = {.name = "Time", .kind = shapes::ShapeKind::Timestamp};
constexpr shapes::Shape kBlob = {.name = "Blob", .kind = shapes::ShapeKind::Blob};
constexpr shapes::Member kTextElement = {.name = "member", .shape = &kText};
constexpr shapes::Member kMapKey = {.name = "key", .shape = &kText};
constexpr shapes::Member kMapValue = {.name = "value", .shape = &kText};
constexpr shapes::Shape kList = {.name = "List", .kind = shapes::ShapeKind::List, .element = &kTextElement};
constexpr shapes::Shape kMap = {.name = "Map", .kind = shapes::ShapeKind::Map, .element = &kMapValue, .key = &kMapKey};
constexpr shapes::Member kMembers[] = {{.name = "Name", .shape = &kText},  {.name = "Count", .shape = &kNumber},
                                       {.name = "On", .shape = &kFlag},    {.name = "When", .shape = &kTime},
                                       {.name = "Bytes", .shape = &kBlob}, {.name = "Names", .shape = &kList},
                                       {.name = "Tags", .shape = &kMap}};
constexpr shapes::Shape kShape = {.name = "DoItInput", .members = kMembers};
constexpr shapes::Member kErrorMembers[] = {{.name = "Type", .shape = &kText}, {.name = "Message", .shape = &kText}};
constexpr shapes::Shape kError = {
    .name = "Gone", .members = kErrorMembers, .exception = true, .error_code = "Gone", .http_status = 404};
constexpr const shapes::Shape* kErrors[] = {&kError};

struct TestService {
  explicit TestService(shapes::Protocol protocol) {
    service.protocol = protocol;
    service.xml_namespace = "http://x/";
    service.target_prefix = "Test";
    doIt = {.name = "DoIt",
            .service = &service,
            .method = "POST",
            .uri = "/",
            .input = &kShape,
            .output = &kShape,
            .result_wrapper = "DoItResult",
            .errors = kErrors};
  }
  Service service = {.name = "test"};
  Operation doIt;
};

TEST(Protocols, ReadJsonStrictly) {
  TestService json(shapes::Protocol::Json10);
  struct Case {
    const char* body;
    const char* answer;
  };
  const Case cases[] = {
      {R"({"Name":"a","Count":3,"On":true,"When":1.5,"Bytes":"aGk=","Names":["x"],"Tags":{"k":"v"},"Other":1})",
       R"({"Name":"a","Count":3,"On":true,"When":1500,"Bytes":"hi","Names":["x"],"Tags":{"k":"v"}})"},
      {"", "{}"},
      {R"({"Name":null})", "{}"},
      {R"({"Name":1})", "NUMBER_VALUE can not be converted to a String"},
      {R"({"Name":true})", "TRUE_VALUE can not be converted to a String"},
      {R"({"Name":{}})", "Start of structure or map found where not expected."},
      {R"({"Name":[]})", "Start of list found where not expected"},
      {R"({"Count":"3"})", "STRING_VALUE can not be converted to an Integer"},
      {R"({"Count":3000000000})", "NUMBER_VALUE can not be converted to an Integer"},
      {R"({"On":"yes"})", "STRING_VALUE can not be converted to a Boolean"},
      {R"({"Names":"x"})", "Expected list or null"},
      {R"({"Tags":"x"})", "Unexpected value type in payload"},
      {R"([])", "Start of list found where not expected"},
  };
  for (const Case& c : cases) {
    auto result = parseRequest(json.doIt, {.body = c.body});
    EXPECT_EQ(result.ok() ? result.value().write() : result.error().message, c.answer) << c.body;
    if (!result.ok()) {
      EXPECT_EQ(result.error().code, "SerializationException");
    }
  }
  EXPECT_EQ(parseRequest(json.doIt, {.body = "{"}).error().code, "SerializationException");
}

TEST(Protocols, ReadQueryParameters) {
  TestService query(shapes::Protocol::Query);
  struct Case {
    const char* body;
    const char* answer;
  };
  const Case cases[] = {
      {"Action=DoIt&Name=a+b%26&Count=3&Names.member.2=y&Names.member.1=x&Tags.entry.1.key=k&Tags.entry.1.value=v",
       R"({"Name":"a b&","Count":3,"Names":["x","y"],"Tags":{"k":"v"}})"},
      {"Names=", R"({"Names":[]})"},
      {"Names.member.10=c&Names.member.9=b&Names.member.x=q", R"({"Names":["b","c"]})"},
      {"When=2020-01-01T00%3A00%3A00Z", R"({"When":1577836800000})"},
      {"Count=x", "Invalid value for parameter Count: x"},
      {"%zz=1&&=", "{}"},
  };
  for (const Case& c : cases) {
    auto result = parseRequest(query.doIt, {.body = c.body});
    EXPECT_EQ(result.ok() ? result.value().write() : result.error().message, c.answer) << c.body;
  }
}

TEST(Protocols, WriteAnswers) {
  Json output = Json::object({{"Name", "a<b"}, {"When", 1577836800000}, {"Names", Json::array({"x"})}});
  EXPECT_EQ(writeResponse(TestService(shapes::Protocol::Json11).doIt, output, "r").body,
            R"({"Name":"a<b","When":1577836800,"Names":["x"]})");
  EXPECT_EQ(writeResponse(TestService(shapes::Protocol::Query).doIt, output, "r").body,
            "<DoItResponse xmlns=\"http://x/\">\n"
            "  <DoItResult><Name>a&lt;b</Name><When>2020-01-01T00:00:00Z</When><Names><member>x</member></Names>"
            "</DoItResult>\n"
            "  <ResponseMetadata>\n    <RequestId>r</RequestId>\n  </ResponseMetadata>\n"
            "</DoItResponse>\n");
}

TEST(Protocols, WhatHasNoOutputIsAnsweredByNothing) {
  for (const auto& [service, name] : {std::pair("dynamodb", "TagResource"), std::pair("kms", "EnableKey")}) {
    EXPECT_EQ(writeResponse(operation(service, name), Json::object(), "r").body, "");
  }
  EXPECT_EQ(writeResponse(operation("sns", "DeleteTopic"), Json::object(), "r").body,
            "<DeleteTopicResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n"
            "  <ResponseMetadata>\n    <RequestId>r</RequestId>\n  </ResponseMetadata>\n"
            "</DeleteTopicResponse>\n");
}

TEST(Protocols, WriteErrors) {
  base::ApiError error{"Gone", "It <went>", 404, Json::object({{"Name", "x"}})};
  for (auto protocol : {shapes::Protocol::Json10, shapes::Protocol::Json11, shapes::Protocol::RestJson,
                        shapes::Protocol::Query, shapes::Protocol::RestXml}) {
    TestService test(protocol);
    ResponseParts response = writeError(test.service, &test.doIt, error, "r");
    EXPECT_EQ(response.status, 404);
    auto read = parseResponse(test.doIt, response);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, "Gone");
    EXPECT_EQ(read.error().message, "It <went>");
    EXPECT_EQ(read.error().details["Name"], Json("x"));
  }
  TestService rest(shapes::Protocol::RestJson);
  EXPECT_EQ(writeError(rest.service, &rest.doIt, error, "r").body,
            R"({"Message":"It <went>","Name":"x","Type":"User"})");
  EXPECT_EQ(writeError(rest.service, nullptr, error, "r").body, R"({"message":"It <went>","Name":"x"})");
  // Bytes of a blob in a message are no text.
  error.message = "Value 'a\xf3'";
  EXPECT_EQ(writeError(rest.service, nullptr, error, "r").body,
            "{\"message\":\"Value 'a\xEF\xBF\xBD'\",\"Name\":\"x\"}");
}

TEST(Protocols, WriteXmlAsS3Does) {
  EXPECT_EQ(
      writeResponse(operation("s3", "GetBucketLocation"), Json::object({{"LocationConstraint", "eu-west-1"}}), "r")
          .body,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>");
  Json list = Json::object({{"Name", "b"}, {"Contents", Json::array({Json::object({{"Key", "a\x01"}})})}});
  EXPECT_EQ(writeResponse(operation("s3", "ListObjectsV2"), list, "r").body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Contents><Key>a&#x1;</Key></Contents>"
            "<Name>b</Name></ListBucketResult>");
  base::ApiError error{"NoSuchKey", "gone", 404};
  EXPECT_EQ(writeError(*shapes::findService("s3"), &operation("s3", "HeadObject"), error, "r").body, "");
}

TEST(SdkForm, HasNamesInPascalCase) {
  TestService json(shapes::Protocol::Json10);
  Json parameters =
      Json::object({{"Name", Json::object({{"a", 1}})}, {"Bytes", "x"}, {"When", "2020-01-01T00:00:00Z"}});
  EXPECT_EQ(readSdkForm(kShape, parameters).value().write(),
            R"({"Name":"{\"a\":1}","Bytes":"x","When":1577836800000})");
  EXPECT_EQ(readSdkForm(kShape, Json::object({{"name", "x"}})).error(),
            "The field \"name\" is not supported by Step Functions");
  EXPECT_EQ(writeSdkForm(kShape, Json::object({{"When", 1577836800000}, {"Bytes", "\xFF"}})).write(),
            R"({"When":"2020-01-01T00:00:00Z","Bytes":"/w=="})");
  EXPECT_EQ(findSdkOperation(*shapes::findService("s3"), "putObject")->name, "PutObject");
}

}  // namespace
}  // namespace thimble::wire::protocols
