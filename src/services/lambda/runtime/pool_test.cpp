#include "services/lambda/runtime/pool.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/json.h"
#include "services/lambda/runtime/test_pool.h"

namespace thimble::services::lambda::runtime {
namespace {

using Kind = InvocationResult::Kind;

/// Every test is run with instances that are started plainly, and with such as are made out of spares.
class PoolTest : public PoolFixture, public testing::WithParamInterface<bool> {
 protected:
  std::shared_ptr<Image> python(const std::string& code, const std::string& handler = "index.handler") {
    return prepared(PoolFixture::python(code, handler));
  }
  std::shared_ptr<Image> node(const std::string& code, const std::string& handler = "index.handler") {
    return prepared(PoolFixture::node(code, handler));
  }

 private:
  std::shared_ptr<Image> prepared(std::shared_ptr<Image> image) {
    if (!GetParam()) return image;
    pool_->expect(withSpare(image));
    EXPECT_TRUE(awaitSpares(1));
    return image;
  }
};

TEST_P(PoolTest, PythonAnswersAndStaysWarm) {
  auto function = python(
      "count = 0\ndef handler(event, context):\n    global count\n    count += 1\n    print('hello', event['x'])\n"
      "    return {'count': count, 'id': context.aws_request_id, 'left': context.get_remaining_time_in_millis() > "
      "1000}\n");
  const InvocationResult first = invoke(function, R"({"x":"ä"})");
  EXPECT_EQ(first.kind, Kind::Succeeded) << first.payload;
  EXPECT_EQ(first.payload, R"({"count": 1, "id": "request-1", "left": true})");
  EXPECT_NE(first.log_tail.find("START RequestId: request-1 Version: $LATEST\nhello ä\nEND RequestId: "
                                "request-1\nREPORT RequestId: request-1\tDuration: "),
            std::string::npos)
      << first.log_tail;
  EXPECT_NE(first.log_tail.find("Init Duration: "), std::string::npos);
  const InvocationResult second = invoke(function, R"({"x":1})");
  EXPECT_EQ(second.payload, R"({"count": 2, "id": "request-2", "left": true})");
  EXPECT_EQ(second.log_tail.find("Init Duration: "), std::string::npos);
  EXPECT_EQ(pool_->counters().cold_starts, 1u);
}

TEST_P(PoolTest, PythonErrorsAreReportedAsAwsDoes) {
  auto function = python("def handler(event, context):\n    raise Exception(\"Some exception was raised.\")\n");
  const InvocationResult result = invoke(function);
  EXPECT_EQ(result.kind, Kind::FunctionError);
  EXPECT_EQ(
      base::Json::parse(result.payload).value(),
      base::Json::parse(R"({"errorMessage":"Some exception was raised.","errorType":"Exception","requestId":"request-1",
              "stackTrace":["  File \"/var/task/index.py\", line 2, in handler\n    raise Exception(\"Some exception was raised.\")\n"]})")
          .value());
  EXPECT_NE(
      result.log_tail.find("[ERROR] Exception: Some exception was raised.\rTraceback (most recent call last):\r  File"),
      std::string::npos);
}

TEST_P(PoolTest, PythonSetUpErrors) {
  const auto error = [&](const std::shared_ptr<Image>& function) {
    const base::Json json = base::Json::parse(invoke(function).payload).value();
    return json.stringAt("errorType") + ": " + json.stringAt("errorMessage");
  };
  EXPECT_EQ(error(python("import nothing_like_this")),
            "Runtime.ImportModuleError: Unable to import module 'index': No module named 'nothing_like_this'");
  EXPECT_EQ(error(python("x = 1")), "Runtime.HandlerNotFound: Handler 'handler' missing on module 'index'");
  EXPECT_EQ(error(python("x = 1", "index")),
            "Runtime.MalformedHandlerName: Bad handler 'index': not enough values to unpack (expected 2, got 1)");
  EXPECT_EQ(error(python("def handler(e, c)\n  pass")),
            "Runtime.UserCodeSyntaxError: Syntax error in module 'index': expected ':' (index.py, line 1)");
  EXPECT_EQ(error(python("def handler(e, c): return {1, 2}")),
            "Runtime.MarshalError: Unable to marshal response: Object of type set is not JSON serializable");
}

TEST_P(PoolTest, PythonLogging) {
  auto function =
      python("import logging\nlogging.getLogger().setLevel('INFO')\ndef handler(e, c):\n    logging.info('said so')\n");
  const InvocationResult result = invoke(function);
  EXPECT_EQ(result.payload, "null");
  EXPECT_NE(result.log_tail.find("Z\trequest-1\tsaid so\nEND"), std::string::npos) << result.log_tail;
  EXPECT_NE(result.log_tail.find("[INFO]\t20"), std::string::npos);
}

TEST_P(PoolTest, ExitsAndTimeouts) {
  const InvocationResult exited = invoke(python("import os\ndef handler(e, c): os._exit(1)\n"));
  EXPECT_EQ(exited.kind, Kind::FunctionError);
  EXPECT_EQ(
      exited.payload,
      R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: request-1 Error: Runtime exited with error: exit status 1"})");
  auto sleeper = python("import time\ndef handler(e, c): time.sleep(100)\n");
  sleeper->timeout_seconds = 1;
  const auto before = std::chrono::steady_clock::now();
  const InvocationResult late = invoke(sleeper);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(1600));
  EXPECT_EQ(
      late.payload,
      R"({"errorType":"Sandbox.Timedout","errorMessage":"RequestId: request-2 Error: Task timed out after 1.00 seconds"})");
  EXPECT_NE(late.log_tail.find(" request-2 Task timed out after 1.00 seconds\nEND RequestId: request-2\n"),
            std::string::npos)
      << late.log_tail;
  auto greedy = python("def handler(e, c): return len(bytearray(8 << 30))\n");
  greedy->tmp_megabytes = 16;
  if (sandbox_->support().memory_limit) {
    EXPECT_EQ(
        invoke(greedy).payload,
        R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: request-3 Error: Runtime exited with error: signal: killed"})");
  }
}

TEST_P(PoolTest, CustomRuntimesThatCannotStart) {
  EXPECT_EQ(base::Json::parse(invoke(custom("exit 3")).payload).value().stringAt("errorMessage"),
            "RequestId: request-1 Error: Runtime exited with error: exit status 3");
  auto missing = custom("");
  missing->command = {"/var/task/other"};
  EXPECT_EQ(base::Json::parse(invoke(missing).payload).value().stringAt("errorType"), "Runtime.InvalidEntrypoint");
  auto broken = custom("");
  broken->mounts[0].source = "/no/such/folder";
  EXPECT_EQ(invoke(broken).kind, Kind::CannotStart);
  makePool({.init_milliseconds = 200});
  EXPECT_EQ(base::Json::parse(invoke(custom("sleep 1000")).payload).value().stringAt("errorType"), "Sandbox.Timedout");
}

TEST_P(PoolTest, NodeAnswersAndFails) {
  auto function = node(
      "let count = 0;\nexports.handler = async (event, context) => {\n  console.log('got', event);\n"
      "  if (event.fail) throw new TypeError('no');\n  return { count: ++count, id: context.awsRequestId };\n};\n");
  const InvocationResult first = invoke(function, R"({"a":1})");
  EXPECT_EQ(first.payload, R"({"count":1,"id":"request-1"})") << first.log_tail;
  EXPECT_NE(first.log_tail.find("Z\trequest-1\tINFO\tgot { a: 1 }\n"), std::string::npos) << first.log_tail;
  const InvocationResult second = invoke(function, R"({"fail":true})");
  EXPECT_EQ(second.kind, Kind::FunctionError);
  const base::Json error = base::Json::parse(second.payload).value();
  EXPECT_EQ(error.stringAt("errorType"), "TypeError");
  EXPECT_EQ(error.stringAt("errorMessage"), "no");
  EXPECT_EQ(error["trace"][std::size_t{0}], base::Json("TypeError: no"));
  EXPECT_EQ(invoke(function).payload, R"({"count":2,"id":"request-3"})");
  const base::Json missing = base::Json::parse(invoke(node("exports.other = 1;")).payload).value();
  EXPECT_EQ(missing.stringAt("errorType"), "Runtime.HandlerNotFound");
  EXPECT_EQ(missing.stringAt("errorMessage"), "index.handler is undefined or not exported");
}

TEST_P(PoolTest, OneInvocationAtATimeAndLimits) {
  auto function = python("import time\ndef handler(e, c):\n    time.sleep(e)\n    return 1\n");
  auto first = start(function, "0.3");
  auto second = start(function, "0.3");
  EXPECT_EQ(invoke(function, "0", 2).kind, Kind::Throttled);
  EXPECT_EQ(first.get().payload, "1");
  EXPECT_EQ(second.get().payload, "1");
  EXPECT_EQ(pool_->counters().cold_starts, 2u);
  EXPECT_EQ(invoke(function, "0", 0).kind, Kind::Throttled);
}

TEST_P(PoolTest, WarmInstancesKeepTheirTimeLimit) {
  auto function = python("import time\ndef handler(e, c):\n    time.sleep(e)\n    return 1\n");
  function->timeout_seconds = 1;
  // The second and third are given while the pool's thread sleeps, to the one instance that there is.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(invoke(function, "0").payload, "1");
  EXPECT_NE(invoke(function, "100").payload.find("Task timed out after 1.00 seconds"), std::string::npos);
  EXPECT_EQ(pool_->counters().cold_starts, 1u);
}

TEST_P(PoolTest, AnEndMayInvokeAgain) {
  auto function = python("def handler(e, c): return e + 1\n");
  invoke(function, "0");
  std::promise<std::string> last;
  std::function<void(InvocationResult)> again = [&](InvocationResult result) {
    if (result.payload == "20") return last.set_value(result.payload);
    Invocation invocation;
    invocation.request_id = "again-" + result.payload;
    invocation.payload = result.payload;
    pool_->invoke(function, std::move(invocation), 100, again);
  };
  again({Kind::Succeeded, "1", {}});
  EXPECT_EQ(last.get_future().get(), "20");
}

TEST_P(PoolTest, RetiredInstancesTakeNoMore) {
  auto function = python("n = 0\ndef handler(e, c):\n    global n\n    n += 1\n    return n\n");
  EXPECT_EQ(invoke(function).payload, "1");
  EXPECT_EQ(invoke(function).payload, "2");
  pool_->retire("function1");
  EXPECT_EQ(invoke(function).payload, "1");
}

TEST_P(PoolTest, StoppingAnswersEachOnce) {
  // A second answer would throw: the promise has one.
  auto running = start(python("import time\ndef handler(e, c):\n    print('up')\n    time.sleep(1000)\n"), "{}");
  auto starting = start(python("import time\ntime.sleep(1000)\n"), "{}");
  pool_->stop();
  for (auto* each : {&running, &starting}) {
    const InvocationResult result = each->get();
    EXPECT_EQ(result.kind, Kind::CannotStart);
    EXPECT_EQ(result.payload, "the server is stopping");
  }
}

TEST_P(PoolTest, LogFloodIsBounded) {
  const InvocationResult result =
      invoke(python("def handler(e, c):\n    for i in range(20): print('x' * (1 << 20))\n"));
  EXPECT_EQ(result.payload, "null");
  EXPECT_NE(result.log_tail.find("bytes of output were left out"), std::string::npos);
}

TEST_P(PoolTest, AnswersThatAreTooLong) {
  const InvocationResult result = invoke(python("def handler(e, c): return 'x' * e\n"), "7000000");
  EXPECT_EQ(base::Json::parse(result.payload).value().stringAt("errorType"), "Function.ResponseSizeTooLarge");
  EXPECT_EQ(invoke(python("def handler(e, c): return 'x' * e\n"), "6000000").payload.size(), 6000002u);
}

INSTANTIATE_TEST_SUITE_P(Start, PoolTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Spare" : "Plain"; });

}  // namespace
}  // namespace thimble::services::lambda::runtime
