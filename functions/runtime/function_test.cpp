#include "functions/runtime/function.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "functions/runtime/aws.h"
#include "functions/runtime/http.h"
#include "functions/runtime/testing_server.h"
#include "wire/shapes/codepipeline.h"
#include "wire/shapes/sns.h"

namespace thimble::function {
namespace {

using base::Json;

/// A Runtime API that gives these events, then goes away; what it was answered is in the requests.
std::vector<TestingServer::Request> runWith(const Handler& handler, const std::vector<std::string>& events) {
  std::size_t next = 0;
  TestingServer server([&](const TestingServer::Request& request) -> std::string {
    if (!request.head.starts_with("GET /2018-06-01/runtime/invocation/next")) return TestingServer::ok("{}");
    if (next == events.size()) return "";
    const std::string id = "id-" + std::to_string(next);
    return TestingServer::ok(events[next++],
                             "Lambda-Runtime-Aws-Request-Id: " + id +
                                 "\r\nlambda-runtime-deadline-ms: 99999999999999\r\nLambda-Runtime-Trace-Id: t\r\n");
  });
  EXPECT_EQ(run(handler, server.address()), 0);
  std::vector<TestingServer::Request> answers;
  for (const TestingServer::Request& request : server.requests()) {
    if (request.head.starts_with("POST")) answers.push_back(request);
  }
  return answers;
}

TEST(Function, AnswersEventsUntilTheRuntimeGoes) {
  const auto answers = runWith(
      [](const Json& event, const Context& context) {
        EXPECT_GT(context.remaining().count(), 0);
        return Json::object({{"was", event}, {"id", context.request_id}});
      },
      {R"({"a":1})", "[true]"});
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_TRUE(answers[0].head.starts_with("POST /2018-06-01/runtime/invocation/id-0/response HTTP/1.1"));
  EXPECT_EQ(answers[0].body, R"({"was":{"a":1},"id":"id-0"})");
  EXPECT_EQ(answers[1].body, R"({"was":[true],"id":"id-1"})");
}

TEST(Function, ErrorsHaveTheirTypes) {
  int call = 0;
  const auto answers = runWith(
      [&](const Json&, const Context&) -> Json {
        if (++call == 1) throw Error("PipelineNotFoundException", "no such pipeline");
        throw std::out_of_range("too far");
      },
      {"{}", "{}", "{broken"});
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_TRUE(answers[0].head.starts_with("POST /2018-06-01/runtime/invocation/id-0/error HTTP/1.1"));
  const auto report = [&](std::size_t i) { return Json::parse(answers[i].body).value(); };
  EXPECT_EQ(report(0).stringAt("errorType"), "PipelineNotFoundException");
  EXPECT_EQ(report(0).stringAt("errorMessage"), "no such pipeline");
  EXPECT_GT(report(0)["stackTrace"].size(), 0u);
  EXPECT_EQ(report(1).stringAt("errorType"), "std::out_of_range");
  EXPECT_EQ(report(2).stringAt("errorType"), "Runtime.UnmarshalError");
}

TEST(Aws, CallsAreSignedAndErrorsAreTheServices) {
  bool fails = false;
  TestingServer server([&](const TestingServer::Request&) {
    if (!fails)
      return TestingServer::ok(R"({"pipelineExecutionId":"e-1"})", "Content-Type: application/x-amz-json-1.1\r\n");
    const std::string body =
        R"({"__type":"PipelineNotFoundException","message":"Account '1' does not have a pipeline with name 'p'"})";
    return "HTTP/1.1 400 Bad Request\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  });
  setenv("AWS_ENDPOINT_URL", ("http://" + server.address()).c_str(), 1);
  setenv("AWS_REGION", "eu-west-1", 1);
  setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  setenv("AWS_SESSION_TOKEN", "token", 1);
  using shapes::codepipeline::StartPipelineExecution;
  StartPipelineExecution::Input input;
  input.name_ = "p";
  auto output = aws::call<StartPipelineExecution>(input);
  ASSERT_TRUE(output.ok()) << output.error().message;
  EXPECT_EQ(output->pipelineExecutionId_, "e-1");
  const TestingServer::Request sent = server.requests().at(0);
  EXPECT_EQ(sent.body, R"({"name":"p"})");
  EXPECT_NE(sent.head.find("X-Amz-Target: CodePipeline_20150709.StartPipelineExecution"), std::string::npos)
      << sent.head;
  EXPECT_NE(sent.head.find("Credential=AKIDEXAMPLE/"), std::string::npos);
  EXPECT_NE(sent.head.find("/eu-west-1/codepipeline/aws4_request"), std::string::npos);
  EXPECT_NE(sent.head.find("X-Amz-Security-Token: token"), std::string::npos);
  fails = true;
  output = aws::call<StartPipelineExecution>(input);
  ASSERT_FALSE(output.ok());
  EXPECT_EQ(output.error().code, "PipelineNotFoundException");
  EXPECT_EQ(output.error().message, "Account '1' does not have a pipeline with name 'p'");
}

TEST(Aws, ServiceFaultsAreTriedAgain) {
  int calls = 0;
  TestingServer server([&](const TestingServer::Request&) -> std::string {
    if (++calls < 3) return "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    return TestingServer::ok(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>m-1</MessageId>"
        "</PublishResult></PublishResponse>",
        "Content-Type: text/xml\r\n");
  });
  setenv("AWS_ENDPOINT_URL_SNS", ("http://" + server.address()).c_str(), 1);
  using shapes::sns::Publish;
  Publish::Input input;
  input.TopicArn_ = "arn:aws:sns:eu-west-1:000000000000:t";
  input.Message_ = "hello & more";
  auto output = aws::call<Publish>(input);
  unsetenv("AWS_ENDPOINT_URL_SNS");
  ASSERT_TRUE(output.ok()) << output.error().message;
  EXPECT_EQ(output->MessageId_, "m-1");
  EXPECT_EQ(calls, 3);
  EXPECT_NE(server.requests().at(0).body.find("Message=hello%20%26%20more"), std::string::npos)
      << server.requests().at(0).body;
}

TEST(Http, BodiesOfAllKinds) {
  std::string answer;
  TestingServer server([&](const TestingServer::Request&) { return std::exchange(answer, ""); });
  HttpRequest request;
  request.url = "http://" + server.address() + "/a?b=c";
  answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  EXPECT_EQ(fetch(request).body, "abcde");
  EXPECT_TRUE(server.requests().at(0).head.starts_with("GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:"));
  answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort";
  EXPECT_THROW(fetch(request, {.timeout = std::chrono::milliseconds(100)}), HttpError);
  answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
  EXPECT_THROW(fetch(request, {.max_body_bytes = 10}), HttpError);
  answer = "nonsense\r\n\r\n";
  EXPECT_THROW(fetch(request), HttpError);
  request.headers = {{"X", "a\r\nY: b"}};
  EXPECT_THROW(fetch(request), HttpError);
  EXPECT_THROW(fetch({.url = "ftp://host/"}), HttpError);
}

}  // namespace
}  // namespace thimble::function
