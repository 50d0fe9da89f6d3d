#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "base/encoding.h"
#include "dispatch/testing/test_world.h"
#include "platform/archive/testing_zip.h"
#include "services/lambda/service.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr const char* kEcho = "def handler(event, context):\n    print('event', event)\n    return event\n";
constexpr const char* kFail = "def handler(event, context):\n    raise ValueError('no')\n";

class LambdaTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/thimble-lambda-XXXXXX";
    folder_ = mkdtemp(folder);
    begin();
  }
  void TearDown() override {
    service_.reset();
    std::filesystem::remove_all(folder_);
  }

  void begin() {
    Settings settings;
    settings.folder = folder_ + "/functions";
    settings.outbound = false;
    service_ = std::make_unique<Service>(world_.environment(), settings);
    service_->registerOperations(world_.registry(), world_.kernel());
    world_.start();
    service_->start(world_.doorway(), 4566);
  }

  /// Makes a call and pumps the world until its answer has come, from whichever thread.
  dispatch::CallOutcome call(const std::string& operation, Json input) {
    dispatch::Call call;
    call.identity = dispatch::Identity::root("000000000000");
    call.account = "000000000000";
    call.region = "us-east-1";
    call.service = "lambda";
    call.operation = operation;
    call.input = std::move(input);
    std::promise<dispatch::CallOutcome> promise;
    auto future = promise.get_future();
    world_.doorway().call(std::move(call),
                          [&](dispatch::CallOutcome outcome) { promise.set_value(std::move(outcome)); });
    while (future.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) world_.run();
    return future.get();
  }
  Json succeed(const std::string& operation, Json input) {
    const dispatch::CallOutcome outcome = call(operation, std::move(input));
    EXPECT_TRUE(outcome.ok()) << operation << ": " << (outcome.ok() ? "" : outcome.error().message);
    return outcome.ok() ? outcome->output : Json();
  }
  /// "Code: message" of an error.
  std::string fail(const std::string& operation, Json input) {
    const dispatch::CallOutcome outcome = call(operation, std::move(input));
    EXPECT_FALSE(outcome.ok()) << operation << ": " << outcome->output.write();
    return outcome.ok() ? "" : outcome.error().code + ": " + outcome.error().message;
  }

  Json create(const std::string& name, const std::string& code) {
    return Json::object({{"FunctionName", name},
                         {"Runtime", "python3.12"},
                         {"Role", "arn:aws:iam::000000000000:role/r"},
                         {"Handler", "index.handler"},
                         {"Code", Json::object({{"ZipFile", platform::zipOf({{"index.py", code}})}})}});
  }
  static Json named(const std::string& name) { return Json::object({{"FunctionName", name}}); }
  Json invoke(const std::string& name, const std::string& payload) {
    return succeed("Invoke", Json::object({{"FunctionName", name}, {"Payload", payload}, {"LogType", "Tail"}}));
  }

  std::string folder_;
  dispatch::TestWorld world_;
  std::unique_ptr<Service> service_;
};

TEST_F(LambdaTest, CreateInvokeUpdateDelete) {
  const Json created = succeed("CreateFunction", create("f", kEcho));
  EXPECT_EQ(created.stringAt("State"), "Pending");
  EXPECT_FALSE(created.contains("LastUpdateStatus"));
  const Json configuration = succeed("GetFunctionConfiguration", named("f"));
  EXPECT_EQ(configuration.stringAt("State"), "Active");
  EXPECT_EQ(configuration.stringAt("LastUpdateStatus"), "Successful");
  EXPECT_EQ(configuration.stringAt("FunctionArn"), "arn:aws:lambda:us-east-1:000000000000:function:f");
  EXPECT_EQ(configuration["LoggingConfig"].write(), R"({"LogFormat":"Text","LogGroup":"/aws/lambda/f"})");

  const Json answer = invoke("f", R"({"a": [1, "ö"]})");
  EXPECT_EQ(answer.stringAt("Payload"), R"({"a": [1, "ö"]})");
  EXPECT_EQ(answer["StatusCode"], Json(200));
  EXPECT_EQ(answer.stringAt("ExecutedVersion"), "$LATEST");
  EXPECT_NE(base::decodeBase64(answer.stringAt("LogResult"))->find("event {'a': [1, 'ö']}\n"), std::string::npos);
  EXPECT_EQ(invoke("arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST", "").stringAt("Payload"), "{}");

  succeed("UpdateFunctionCode",
          Json::object({{"FunctionName", "f"}, {"ZipFile", platform::zipOf({{"index.py", kFail}})}}));
  const Json failed = invoke("f", "{}");
  EXPECT_EQ(failed.stringAt("FunctionError"), "Unhandled");
  EXPECT_EQ(Json::parse(failed.stringAt("Payload")).value().stringAt("errorType"), "ValueError");

  succeed("UpdateFunctionConfiguration",
          Json::object(
              {{"FunctionName", "f"}, {"Environment", Json::object({{"Variables", Json::object({{"AB", "b"}})}})}}));
  succeed(
      "UpdateFunctionCode",
      Json::object(
          {{"FunctionName", "f"},
           {"ZipFile",
            platform::zipOf({{"index.py",
                              "import os\ndef handler(e, c):\n    return {k: v for k, v in os.environ.items() if k in "
                              "('AB', 'AWS_REGION', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_EXECUTION_ENV')}\n"}})}}));
  EXPECT_EQ(Json::parse(invoke("f", "{}").stringAt("Payload")).value(),
            Json::object({{"AB", "b"},
                          {"AWS_REGION", "us-east-1"},
                          {"AWS_LAMBDA_FUNCTION_NAME", "f"},
                          {"AWS_EXECUTION_ENV", "AWS_Lambda_python3.12"}}));
  succeed("DeleteFunction", named("f"));
  EXPECT_EQ(fail("GetFunction", named("f")),
            "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f");
}

TEST_F(LambdaTest, Refusals) {
  EXPECT_EQ(fail("Invoke", named("f")),
            "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST");
  succeed("CreateFunction", create("f", kEcho));
  EXPECT_EQ(fail("CreateFunction", create("f", kEcho)), "ResourceConflictException: Function already exist: f");
  Json other = create("g", kEcho);
  other.set("Runtime", "java21");
  EXPECT_NE(fail("CreateFunction", other)
                .find("InvalidParameterValueException: The runtime parameter of java21 is not supported"),
            std::string::npos);
  other = create("g", kEcho);
  other.set("Timeout", 901);
  EXPECT_EQ(fail("CreateFunction", other),
            "ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: "
            "Member must have value less than or equal to 900");
  other = create("g", kEcho);
  other.set("Environment", Json::object({{"Variables", Json::object({{"AWS_REGION", "x"}})}}));
  EXPECT_NE(fail("CreateFunction", other).find("Reserved keys used in this request: AWS_REGION"), std::string::npos);
  other = create("g", kEcho);
  other.set("Code", Json::object({{"ZipFile", "no zip"}}));
  EXPECT_EQ(fail("CreateFunction", other),
            "InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload "
            "again.");
  other.set("Code", Json::object({{"ZipFile", platform::zipOf({})}}));
  EXPECT_EQ(fail("CreateFunction", other), "InvalidParameterValueException: Uploaded file must be a non-empty zip");
  other.set("Code", Json::object({{"ZipFile", platform::zipOf({{"../x", "y"}})}}));
  EXPECT_NE(fail("CreateFunction", other).find("Could not unzip"), std::string::npos);
  EXPECT_EQ(fail("Invoke", Json::object({{"FunctionName", "f"}, {"Payload", "{broken"}})).substr(0, 33),
            "InvalidRequestContentException: C");
  EXPECT_EQ(fail("GetFunction", Json::object({{"FunctionName", "f:1"}, {"Qualifier", "2"}})),
            "InvalidParameterValueException: The derived qualifier from the function name does not match the specified "
            "qualifier.");
}

TEST_F(LambdaTest, VersionsAndAliases) {
  succeed("CreateFunction",
          create("f", "def handler(e, c): return c.function_version + ' ' + c.invoked_function_arn[-6:]\n"));
  EXPECT_EQ(succeed("PublishVersion", named("f")).stringAt("Version"), "1");
  EXPECT_EQ(succeed("PublishVersion", named("f")).stringAt("Version"), "1");
  succeed("UpdateFunctionConfiguration", Json::object({{"FunctionName", "f"}, {"Description", "changed"}}));
  const Json second = succeed("PublishVersion", named("f"));
  EXPECT_EQ(second.stringAt("Version"), "2");
  EXPECT_EQ(second.stringAt("FunctionArn"), "arn:aws:lambda:us-east-1:000000000000:function:f:2");
  EXPECT_EQ(succeed("ListVersionsByFunction", named("f"))["Versions"].size(), 3u);
  const Json alias = Json::object({{"FunctionName", "f"}, {"Name", "live"}, {"FunctionVersion", "1"}});
  EXPECT_EQ(succeed("CreateAlias", alias).stringAt("AliasArn"),
            "arn:aws:lambda:us-east-1:000000000000:function:f:live");
  EXPECT_EQ(fail("CreateAlias", alias),
            "ResourceConflictException: Alias already exists: arn:aws:lambda:us-east-1:000000000000:function:f:live");
  EXPECT_EQ(invoke("f:live", "{}").stringAt("Payload"), R"("1 f:live")");
  EXPECT_EQ(invoke("f:2", "{}").stringAt("Payload"), R"("2 on:f:2")");
}

TEST_F(LambdaTest, Permissions) {
  succeed("CreateFunction", create("f", kEcho));
  EXPECT_EQ(fail("GetPolicy", named("f")), "ResourceNotFoundException: The resource you requested does not exist.");
  const Json permission = Json::object({{"FunctionName", "f"},
                                        {"StatementId", "s1"},
                                        {"Action", "lambda:InvokeFunction"},
                                        {"Principal", "apigateway.amazonaws.com"},
                                        {"SourceArn", "arn:aws:execute-api:us-east-1:000000000000:x"}});
  EXPECT_EQ(
      succeed("AddPermission", permission).stringAt("Statement"),
      R"({"Sid":"s1","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction",)"
      R"("Resource":"arn:aws:lambda:us-east-1:000000000000:function:f","Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:us-east-1:000000000000:x"}}})");
  EXPECT_EQ(fail("AddPermission", permission),
            "ResourceConflictException: The statement id (s1) provided already exists. Please provide a new statement "
            "id, or remove the existing statement.");
  auto transaction = world_.environment().store.begin();
  const auto* policy = world_.registry().findResourcePolicy("lambda");
  ASSERT_NE(policy, nullptr);
  EXPECT_TRUE((*policy)(transaction, "arn:aws:lambda:us-east-1:000000000000:function:f").has_value());
  succeed("RemovePermission", Json::object({{"FunctionName", "f"}, {"StatementId", "s1"}}));
  EXPECT_EQ(fail("GetPolicy", named("f")), "ResourceNotFoundException: The resource you requested does not exist.");
}

TEST_F(LambdaTest, PermissionsThatCannotBe) {
  succeed("CreateFunction", create("f", kEcho));
  const auto refused = [&](const std::string& name, const std::string& principal) {
    return fail("AddPermission", Json::object({{"FunctionName", name},
                                               {"StatementId", "s"},
                                               {"Action", "lambda:InvokeFunction"},
                                               {"Principal", principal}}));
  };
  const std::string arn = "arn:aws:lambda:us-east-1:000000000000:function:f:";
  EXPECT_EQ(refused("f:7", "s3.amazonaws.com"), "ResourceNotFoundException: Function not found: " + arn + "7");
  EXPECT_EQ(refused("f:live", "s3.amazonaws.com"), "ResourceNotFoundException: Cannot find alias arn: " + arn + "live");
  EXPECT_EQ(refused("f", "example.org"),
            "InvalidParameterValueException: The provided principal was invalid. Please check the principal and try "
            "again.");
  EXPECT_NE(fail("CreateFunction", create(std::string(65, 'f'), kEcho)).find("less than or equal to 64"),
            std::string::npos);
}

TEST_F(LambdaTest, ReservedConcurrencyOfZeroThrottles) {
  succeed("CreateFunction", create("f", kEcho));
  succeed("PutFunctionConcurrency", Json::object({{"FunctionName", "f"}, {"ReservedConcurrentExecutions", 0}}));
  EXPECT_EQ(fail("Invoke", named("f")), "TooManyRequestsException: Rate Exceeded.");
  EXPECT_NE(fail("PutFunctionConcurrency", Json::object({{"FunctionName", "f"}, {"ReservedConcurrentExecutions", 950}}))
                .find("below its minimum value of [100]."),
            std::string::npos);
}

constexpr const char* kStart = R"(
import os
def handler(event, context):
    at_start = open('/proc/self/environ').read()
    return ['_HANDLER=' not in at_start, os.environ['AWS_LAMBDA_FUNCTION_NAME'], 'AWS_LAMBDA_FUNCTION_NAME' in at_start]
)";

TEST_F(LambdaTest, DeployedFunctionsStartFromSpares) {
  const auto await = [&](std::uint64_t spares) {
    for (int i = 0; i < 5000 && service_->counters().spares != spares; ++i) {
      world_.run();
      usleep(1000);
    }
    EXPECT_EQ(service_->counters().spares, spares);
  };
  succeed("CreateFunction", create("f", kStart));
  await(1);
  EXPECT_EQ(invoke("f", "{}").stringAt("Payload"), R"([true, "f", false])");
  await(1);
  // What the interpreter reads when it starts is the function's own here.
  Json zoned = create("zoned", kStart);
  zoned.set("Environment", Json::object({{"Variables", Json::object({{"TZ", "Europe/Berlin"}})}}));
  succeed("CreateFunction", zoned);
  EXPECT_EQ(invoke("zoned", "{}").stringAt("Payload"), R"([false, "zoned", true])");
  Json linked = create("linked", "");
  linked.set("Code", Json::object({{"ZipFile", platform::zipOf({{"index.py", kStart}, {"lib/libx.so", ""}})}}));
  succeed("CreateFunction", linked);
  EXPECT_EQ(invoke("linked", "{}").stringAt("Payload"), R"([false, "linked", true])");
  EXPECT_EQ(service_->counters().instances, 3u);
}

TEST_F(LambdaTest, EventInvocationsAreTriedAgain) {
  succeed("CreateFunction", create("f", kFail));
  const Json accepted =
      succeed("Invoke", Json::object({{"FunctionName", "f"}, {"InvocationType", "Event"}, {"Payload", "{}"}}));
  EXPECT_EQ(accepted["StatusCode"], Json(202));
  const auto invocations = [&](std::uint64_t wanted) {
    for (int i = 0; i < 5000 && (service_->counters().invocations < wanted || world_.kernel().busy() != 0); ++i) {
      world_.run();
      std::this_thread::yield();
      usleep(1000);
    }
    return service_->counters().invocations;
  };
  EXPECT_EQ(invocations(1), 1u);
  world_.clock().advance(59'000);
  EXPECT_EQ(invocations(1), 1u);
  world_.clock().advance(2'000);
  EXPECT_EQ(invocations(2), 2u);
  world_.clock().advance(121'000);
  EXPECT_EQ(invocations(3), 3u);
  world_.clock().advance(86'400'000);
  EXPECT_EQ(invocations(3), 3u);
}

TEST_F(LambdaTest, InvokeAsyncIsAnEvent) {
  succeed("CreateFunction", create("f", kEcho));
  const Json input = Json::object({{"FunctionName", "f"}});
  const auto begin = [&](const std::string& arguments) {
    return world_.call("lambda", "InvokeAsync", input, std::make_shared<platform::MemoryBytes>(arguments));
  };
  const auto accepted = begin(R"({"n": 1})");
  ASSERT_TRUE(accepted.ok()) << accepted.error().message;
  EXPECT_EQ(accepted->output["Status"], Json(202));
  for (int i = 0; i < 5000 && (service_->counters().invocations < 1 || world_.kernel().busy() != 0); ++i) {
    world_.run();
    usleep(1000);
  }
  EXPECT_EQ(service_->counters().invocations, 1u);
  EXPECT_EQ(begin("{broken").error().code, "InvalidRequestContentException");
  EXPECT_EQ(begin(std::string(262'145, '1')).error().code, "RequestTooLargeException");
}

TEST_F(LambdaTest, Layers) {
  const Json layer =
      succeed("PublishLayerVersion",
              Json::object(
                  {{"LayerName", "l"},
                   {"Content", Json::object({{"ZipFile", platform::zipOf({{"python/shared.py", "value = 42\n"}})}})}}));
  EXPECT_EQ(layer.stringAt("LayerVersionArn"), "arn:aws:lambda:us-east-1:000000000000:layer:l:1");
  Json function = create("f", "import shared\ndef handler(e, c): return shared.value\n");
  function.set("Layers", Json::array({layer["LayerVersionArn"]}));
  succeed("CreateFunction", function);
  EXPECT_EQ(invoke("f", "{}").stringAt("Payload"), "42");
  EXPECT_EQ(fail("GetLayerVersion", Json::object({{"LayerName", "l"}, {"VersionNumber", 2}})),
            "ResourceNotFoundException: The resource you requested does not exist.");
}

}  // namespace
}  // namespace thimble::services::lambda
