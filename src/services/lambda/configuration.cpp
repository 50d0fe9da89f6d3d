#include "services/lambda/configuration.h"

#include <unistd.h>

#include <algorithm>

#include "base/encoding.h"
#include "services/lambda/errors.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr std::size_t kMaxEnvironmentBytes = 4096;
constexpr std::int64_t kMaxTimeout = 900;
constexpr std::int64_t kMaxMemory = 10240;
constexpr std::size_t kMaxLayers = 5;

/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
constexpr const char* kReservedVariables[] = {"_HANDLER",
                                              "_X_AMZN_TRACE_ID",
                                              "AWS_DEFAULT_REGION",
                                              "AWS_REGION",
                                              "AWS_EXECUTION_ENV",
                                              "AWS_LAMBDA_FUNCTION_NAME",
                                              "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                              "AWS_LAMBDA_FUNCTION_VERSION",
                                              "AWS_LAMBDA_INITIALIZATION_TYPE",
                                              "AWS_LAMBDA_LOG_GROUP_NAME",
                                              "AWS_LAMBDA_LOG_STREAM_NAME",
                                              "AWS_ACCESS_KEY",
                                              "AWS_ACCESS_KEY_ID",
                                              "AWS_SECRET_ACCESS_KEY",
                                              "AWS_SESSION_TOKEN",
                                              "AWS_LAMBDA_RUNTIME_API",
                                              "LAMBDA_TASK_ROOT",
                                              "LAMBDA_RUNTIME_DIR"};

/// Members that are taken over as they are.
constexpr const char* kPlainMembers[] = {"Runtime",          "Role",          "Handler",
                                         "Description",      "Timeout",       "MemorySize",
                                         "EphemeralStorage", "TracingConfig", "KMSKeyArn"};

const char* firstExecutable(std::initializer_list<const char*> paths) {
  for (const char* path : paths) {
    if (access(path, X_OK) == 0) return path;
  }
  return "";
}

bool isPython(std::string_view runtime) {
  return runtime.starts_with("python3.");
}
bool isNode(std::string_view runtime) {
  return runtime.starts_with("nodejs");
}
bool isProvided(std::string_view runtime) {
  return runtime == "provided.al2023" || runtime == "provided.al2";
}

base::Result<void> checkRuntime(const std::string& runtime, const Interpreters& interpreters) {
  if (isProvided(runtime)) return {};
  if (isPython(runtime) && !interpreters.python.empty()) return {};
  if (isNode(runtime) && !interpreters.node.empty()) return {};
  if (isPython(runtime) || isNode(runtime)) {
    return invalidParameter("The runtime parameter of " + runtime + " cannot be used on this machine: install " +
                            (isNode(runtime) ? "nodejs" : "python3") + ".");
  }
  return invalidParameter(
      "The runtime parameter of " + runtime +
      " is not supported by Thimble, which runs provided.al2023, provided.al2, python3.x and nodejs*.x.");
}

base::Result<void> checkEnvironment(const Json& variables) {
  if (!variables.isObject()) return {};
  std::string reserved;
  for (const auto& [name, value] : variables.asObject()) {
    if (std::find(std::begin(kReservedVariables), std::end(kReservedVariables), name) != std::end(kReservedVariables)) {
      reserved += (reserved.empty() ? "" : ", ") + name;
    }
    if (value.isString() && value.asString().find('\0') != std::string::npos) {
      return invalidParameter("The environment variable " + name + " contains a null character.");
    }
  }
  if (!reserved.empty()) {
    return invalidParameter(
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "contains reserved keys that are currently not supported for modification. Reserved keys used in this "
        "request: " +
        reserved);
  }
  const std::string text = variables.write();
  if (text.size() > kMaxEnvironmentBytes) {
    return invalidParameter(
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        "exceeded the 4KB limit. String measured: " +
        text);
  }
  return {};
}

base::Result<void> checkNumbers(const Json& input) {
  if (input["Timeout"].isInt() && input["Timeout"].asInt() > kMaxTimeout) {
    return validationError(input["Timeout"].write(), "timeout", "Member must have value less than or equal to 900");
  }
  if (input["MemorySize"].isInt() && input["MemorySize"].asInt() > kMaxMemory) {
    return invalidParameter(
        "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240");
  }
  return {};
}

/// What AWS has and Thimble has not: refused when it would change what happens.
base::Result<void> checkAbsent(const Json& input) {
  if (input.stringAt("PackageType") == "Image") return notHere("PackageType: Image");
  if (input["VpcConfig"]["SubnetIds"].size() > 0 || input["VpcConfig"]["SecurityGroupIds"].size() > 0)
    return notHere("VpcConfig");
  if (input["FileSystemConfigs"].size() > 0) return notHere("FileSystemConfigs");
  for (const char* name : {"ImageConfig", "DurableConfig", "TenancyConfig", "CapacityProviderConfig"}) {
    if (input[name].size() > 0) return notHere(name);
  }
  if (!input.stringAt("CodeSigningConfigArn").empty()) return notHere("CodeSigningConfigArn");
  if (!input.stringAt("PublishTo").empty()) return notHere("PublishTo");
  return {};
}

Json logging(const Json& given, const std::string& name) {
  Json result = Json::object({{"LogFormat", given.stringAt("LogFormat", "Text")}});
  if (result["LogFormat"] == Json("JSON")) {
    result.set("ApplicationLogLevel", given.stringAt("ApplicationLogLevel", "INFO"));
    result.set("SystemLogLevel", given.stringAt("SystemLogLevel", "INFO"));
  }
  result.set("LogGroup", given.stringAt("LogGroup", "/aws/lambda/" + name));
  return result;
}

/// The version of the runtime's own code, of which there is one here.
Json runtimeVersion(const FunctionReference& function, const std::string& runtime) {
  return Json::object({{"RuntimeVersionArn", "arn:aws:lambda:" + function.region +
                                                 "::runtime:" + base::encodeHex(base::sha256("thimble " + runtime))}});
}

void setEnvironment(Json& configuration, const Json& input) {
  const Json& variables = input["Environment"]["Variables"];
  if (!input["Environment"].isObject()) return;
  if (variables.size() == 0) {
    configuration.erase("Environment");
  } else {
    configuration.set("Environment", Json::object({{"Variables", variables}}));
  }
}

void setDeadLetter(Json& configuration, const Json& input) {
  if (!input["DeadLetterConfig"].isObject()) return;
  const std::string target = input["DeadLetterConfig"].stringAt("TargetArn");
  if (target.empty()) {
    configuration.erase("DeadLetterConfig");
  } else {
    configuration.set("DeadLetterConfig", Json::object({{"TargetArn", target}}));
  }
}

}  // namespace

Interpreters findInterpreters() {
  return {firstExecutable({"/usr/bin/python3", "/usr/local/bin/python3"}),
          firstExecutable({"/usr/bin/node", "/usr/local/bin/node", "/usr/bin/nodejs"})};
}

base::Result<void> checkConfiguration(const Json& input, const Json& current, const Interpreters& interpreters) {
  TRY(checkAbsent(input));
  TRY(checkNumbers(input));
  if (current.isNull() && (input.stringAt("Runtime").empty() || input.stringAt("Handler").empty())) {
    return invalidParameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  const std::string runtime = input.stringAt("Runtime", current.stringAt("Runtime"));
  TRY(checkRuntime(runtime, interpreters));
  const Json& architectures = input["Architectures"];
  if (architectures.size() > 1) return invalidParameter("Only one architecture may be given.");
  if (architectures.size() == 1 && isProvided(runtime) && architectures[std::size_t{0}] != Json("x86_64")) {
    return notHere("Architectures: arm64 (for a provided runtime, on this machine)");
  }
  if (input["Layers"].size() > kMaxLayers) {
    return invalidParameter("Cannot reference more than 5 layers.");
  }
  return checkEnvironment(input["Environment"]["Variables"]);
}

std::string lastModified(base::Timestamp time) {
  std::string text = base::formatIso8601Milliseconds(time);
  text.pop_back();
  return text + "+0000";
}

void touch(Json& configuration, base::Timestamp now, const std::string& revision) {
  configuration.set("LastModified", lastModified(now));
  configuration.set("RevisionId", revision);
}

Json newConfiguration(const Json& input, const FunctionReference& function) {
  Json result = Json::object({{"FunctionName", function.name},
                              {"FunctionArn", function.arn()},
                              {"Runtime", input["Runtime"]},
                              {"Role", input["Role"]},
                              {"Handler", input["Handler"]},
                              {"CodeSize", 0},
                              {"Description", input.stringAt("Description")},
                              {"Timeout", 3},
                              {"MemorySize", 128},
                              {"LastModified", ""},
                              {"CodeSha256", ""},
                              {"Version", "$LATEST"},
                              {"TracingConfig", Json::object({{"Mode", "PassThrough"}})},
                              {"RevisionId", ""},
                              {"State", "Active"},
                              {"LastUpdateStatus", "Successful"},
                              {"PackageType", "Zip"},
                              {"Architectures", Json::array({"x86_64"})},
                              {"EphemeralStorage", Json::object({{"Size", 512}})},
                              {"SnapStart", Json::object({{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}})},
                              {"RuntimeVersionConfig", runtimeVersion(function, input.stringAt("Runtime"))},
                              {"LoggingConfig", logging({}, function.name)}});
  if (input["Architectures"].size() == 1) result.set("Architectures", input["Architectures"]);
  updateConfiguration(result, input);
  return result;
}

void updateConfiguration(Json& configuration, const Json& input) {
  for (const char* name : kPlainMembers) {
    const Json* value = input.find(name);
    if (value == nullptr || value->isNull()) continue;
    if (std::string_view(name) == "KMSKeyArn" && value->asString().empty()) {
      configuration.erase(name);
    } else {
      configuration.set(name, *value);
    }
  }
  setEnvironment(configuration, input);
  setDeadLetter(configuration, input);
  if (input["SnapStart"].isObject()) {
    configuration.set("SnapStart", Json::object({{"ApplyOn", input["SnapStart"].stringAt("ApplyOn", "None")},
                                                 {"OptimizationStatus", "Off"}}));
  }
  if (input["LoggingConfig"].isObject()) {
    configuration.set("LoggingConfig", logging(input["LoggingConfig"], configuration.stringAt("FunctionName")));
  }
  if (input["Runtime"].isString()) {
    FunctionReference function;
    function.region = configuration.stringAt("FunctionArn").substr(15);
    function.region = function.region.substr(0, function.region.find(':'));
    configuration.set("RuntimeVersionConfig", runtimeVersion(function, input.stringAt("Runtime")));
  }
}

Json shownAsCreating(Json configuration) {
  configuration.set("State", "Pending");
  configuration.set("StateReason", "The function is being created.");
  configuration.set("StateReasonCode", "Creating");
  configuration.erase("LastUpdateStatus");
  return configuration;
}

Json shownAsUpdating(Json configuration) {
  configuration.set("LastUpdateStatus", "InProgress");
  configuration.set("LastUpdateStatusReason", "The function is being created.");
  configuration.set("LastUpdateStatusReasonCode", "Creating");
  return configuration;
}

}  // namespace thimble::services::lambda
