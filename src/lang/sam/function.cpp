// AWS::Serverless::Function: the function, its role, and what its events make.
#include "lang/sam/function.h"

#include <array>

#include "lang/sam/events.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/macros.h"
#include "lang/sam/policies.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"FunctionName", Is::TextOrMap},
    {"Handler"},
    {"Runtime"},
    {"CodeUri"},
    {"ImageUri"},
    {"PackageType"},
    {"InlineCode"},
    {"DeadLetterQueue", Is::Map},
    {"Description"},
    {"MemorySize"},
    {"Timeout"},
    {"VpcConfig"},
    {"Role", Is::Text},
    {"AssumeRolePolicyDocument", Is::Map},
    {"Policies", Is::Policies},
    {"RolePath"},
    {"PermissionsBoundary", Is::Text},
    {"Environment", Is::MapOfMaps},
    {"Events", Is::MapOfMaps},
    {"Tags", Is::Map},
    {"PropagateTags", Is::Boolean},
    {"Tracing", Is::TextOrMap},
    {"KmsKeyArn"},
    {"DeploymentPreference", Is::Map},
    {"ReservedConcurrentExecutions"},
    {"Layers", Is::ListOfTextsOrMaps},
    {"EventInvokeConfig", Is::Map},
    {"EphemeralStorage"},
    {"AutoPublishAlias", Is::TextInternal},
    {"AutoPublishCodeSha256", Is::TextInternal},
    {"AutoPublishAliasAllProperties", Is::Boolean, Presence::Optional, Intrinsics::Refused},
    {"VersionDescription"},
    {"ProvisionedConcurrencyConfig"},
    {"FileSystemConfigs"},
    {"ImageConfig"},
    {"CodeSigningConfigArn"},
    {"Architectures"},
    {"SnapStart", Is::Map},
    {"FunctionUrlConfig", Is::Map},
    {"RuntimeManagementConfig"},
    {"LoggingConfig"},
    {"RecursiveLoop"},
    {"SourceKMSKeyArn"},
    {"CapacityProviderConfig", Is::Map},
    {"FunctionScalingConfig", Is::Map},
    {"VersionDeletionPolicy", Is::DeleteOrRetain},
    {"PublishToLatestPublished"},
    {"TenancyConfig"},
    {"DurableConfig", Is::Map},
};

void checkCombinations(const Macro& macro) {
  std::string faults;
  const auto add = [&](const std::string& fault) { faults += (faults.empty() ? "" : "\n") + fault; };
  const auto has = [&](const char* name) { return !macro[name].isNull(); };
  for (const char* other : {"ProvisionedConcurrencyConfig", "VpcConfig"}) {
    if (has("CapacityProviderConfig") && has(other)) {
      add("Cannot specify 'CapacityProviderConfig' and '" + std::string(other) + "' together.");
    }
  }
  if (has("FunctionScalingConfig") && !has("CapacityProviderConfig")) {
    add("'FunctionScalingConfig' requires 'CapacityProviderConfig'.");
  }
  if (has("VersionDeletionPolicy") && !has("AutoPublishAlias")) {
    add("'VersionDeletionPolicy' requires 'AutoPublishAlias'.");
  }
  if (!faults.empty()) failResource(macro.logical_id.text, faults);
}

void checkDeadLetterQueue(const Macro& macro) {
  const Value queue = macro["DeadLetterQueue"];
  if (!queue.truthy()) return;
  const std::string& id = macro.logical_id.text;
  const Value type = queue["Type"];
  if (!type.truthy() || !queue["TargetArn"].truthy()) {
    failResource(id, "'DeadLetterQueue' requires Type and TargetArn properties to be specified.");
  }
  expectText(type, ofResource(id), "DeadLetterQueue.Type");
  if (!type.is("SQS") && !type.is("SNS")) failResource(id, "'DeadLetterQueue' requires Type of ['SQS', 'SNS']");
}

void checkTenancy(const Macro& macro) {
  if (!macro["TenancyConfig"].truthy()) return;
  const std::string& id = macro.logical_id.text;
  const auto refuse = [&](const std::string& what) {
    failResource(id, what + " is not supported for functions enabled with tenancy configuration.");
  };
  if (macro["ProvisionedConcurrencyConfig"].truthy()) refuse("Provisioned concurrency");
  if (macro["FunctionUrlConfig"].truthy()) refuse("Function URL");
  if (macro["SnapStart"].truthy()) refuse("SnapStart");
  for (const auto& [name, event] : macro["Events"].members()) {
    const Value type = event["Type"];
    if (type.is("Api") || type.is("HttpApi")) continue;
    failResource(id, "Event source '" + pythonString(type) +
                         "' is not supported for functions enabled with tenancy configuration. Only Api and HttpApi "
                         "event sources are supported.");
  }
}

Value codeOf(const Macro& macro) {
  const std::string& id = macro.logical_id.text;
  const Value type = macro["PackageType"].truthy() ? macro["PackageType"] : Value("Zip");
  if (type.is("Image")) {
    if (macro["ImageUri"].isNull()) failResource(id, "'ImageUri' must be set.");
    if (!macro["ImageUri"].truthy()) {
      failResource(id, "'ImageUri' requires that a image hosted at a registry be specified.");
    }
    return Value::map({{"ImageUri", macro["ImageUri"]}});
  }
  if (!type.is("Zip")) failResource(id, "invalid 'PackageType' : " + pythonString(type));
  Value code;
  if (!macro["InlineCode"].isNull())
    code = Value::map({{"ZipFile", macro["InlineCode"]}});
  else if (!macro["CodeUri"].isNull())
    code = codeLocation(macro["CodeUri"], id, "CodeUri");
  else
    failResource(id, "Only one of 'InlineCode' or 'CodeUri' can be set.");
  if (macro["SourceKMSKeyArn"].truthy()) code.set("SourceKMSKeyArn", macro["SourceKMSKeyArn"]);
  return code;
}

void checkPackage(const Resource& function) {
  const std::string& id = function.logical_id.text;
  if (!function["PackageType"].is("Image")) {
    if (!function["Runtime"].truthy() || !function["Handler"].truthy()) {
      failResource(id, "Runtime and Handler needs to be present when PackageType is of type `Zip`");
    }
    if (function["Code"]["ImageUri"].truthy() || function["ImageConfig"].truthy()) {
      failResource(id, "ImageUri or ImageConfig cannot be present when PackageType is of type `Zip`");
    }
    return;
  }
  if (function["Handler"].truthy() || function["Runtime"].truthy() || function["Layers"].truthy()) {
    failResource(id, "Runtime, Handler, Layers cannot be present when PackageType is of type `Image`");
  }
}

Value capacityProvider(const Macro& macro) {
  const Value config = macro["CapacityProviderConfig"];
  Value made = Value::map({{"CapacityProviderArn", config["Arn"]}});
  for (const char* name : {"PerExecutionEnvironmentMaxConcurrency", "ExecutionEnvironmentMemoryGiBPerVCpu"}) {
    if (!config[name].isNull()) made.set(name, config[name]);
  }
  return Value::map({{"LambdaManagedInstancesCapacityProviderConfig", made}});
}

ResourcePointer makeRole(Context& context, const Macro& macro, const Value& destination_policies) {
  RoleParts parts{.resource_id = macro.logical_id, .attributes = passedThrough(macro.attributes)};
  parts.trust_policy = macro["AssumeRolePolicyDocument"].isNull() ? assumeRolePolicy("lambda.amazonaws.com")
                                                                  : macro["AssumeRolePolicyDocument"];
  parts.managed_arns.push(context.managedPolicy(macro["DurableConfig"].truthy()
                                                    ? "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
                                                    : "service-role/AWSLambdaBasicExecutionRole"));
  if (tracingOn(context, macro)) parts.managed_arns.push(context.tracingPolicy());
  if (macro["VpcConfig"].truthy()) {
    parts.managed_arns.push(context.managedPolicy("service-role/AWSLambdaVPCAccessExecutionRole"));
  }
  if (const Value queue = macro["DeadLetterQueue"]; queue.truthy()) {
    parts.inline_policies.push(
        deadLetterPolicy(queue["Type"].is("SQS") ? "sqs:SendMessage" : "sns:Publish", queue["TargetArn"]));
  }
  for (const Value& policy : destination_policies.items()) parts.inline_policies.push(policy);
  parts.policies = macro["Policies"];
  parts.path = macro["RolePath"];
  parts.permissions_boundary = macro["PermissionsBoundary"];
  parts.tags = tagsWithMark(macro, macro["Tags"]);
  return makeExecutionRole(context, parts);
}

/// Role as an Fn::If of which a branch is AWS::NoValue: the generated role takes that branch's place, under the
/// condition. True when it is used.
bool mergeConditionalRole(Context& context, const Macro& macro, Resource& function, Resource& role) {
  const Value arguments = context.resolve(function["Role"])["Fn::If"];
  if (const auto fault = faultInIfArguments(arguments)) {
    failResource(macro.logical_id.text, "Malformed 'Role' property: " + *fault + ".");
  }
  const Value condition = arguments.items()[0];
  const Value then = arguments.items()[1];
  const Value otherwise = arguments.items()[2];
  const Value role_arn = arnOf(role);
  if (isNoValue(then) && isNoValue(otherwise)) {
    function.set("Role", role_arn);
    return true;
  }
  if (isNoValue(then)) {
    function.set("Role", conditional(condition, role_arn, otherwise));
    role.attributes.set("Condition", condition);
    return true;
  }
  if (!isNoValue(otherwise)) return false;
  const std::string negated = "NOT" + pythonString(condition);
  function.set("Role", conditional(condition, then, role_arn));
  role.attributes.set("Condition", negated);
  context.result.setDefault("Conditions", Value::map()).set(negated, notCondition(pythonString(condition)));
  return true;
}

}  // namespace

const PropertyRules kFunctionRules = kRules;

bool tracingOn(const Context& context, const Macro& macro) {
  const Value tracing = context.resolve(macro["Tracing"]);
  return macro["Tracing"].truthy() && !tracing.is("Disabled");
}

ResourcePointer makeLambdaFunction(Context& context, const Macro& macro) {
  ResourcePointer function = makeResource("AWS::Lambda::Function", macro.logical_id, macro.attributes);
  function->depends_on = macro.depends_on;
  if (macro["FunctionName"].truthy()) function->set("FunctionName", macro["FunctionName"]);
  function->set("Code", codeOf(macro));
  static constexpr std::array<const char*, 22> kSame = {"Handler",
                                                        "Runtime",
                                                        "Description",
                                                        "MemorySize",
                                                        "Timeout",
                                                        "VpcConfig",
                                                        "Role",
                                                        "Environment",
                                                        "KmsKeyArn",
                                                        "ReservedConcurrentExecutions",
                                                        "Layers",
                                                        "FileSystemConfigs",
                                                        "ImageConfig",
                                                        "PackageType",
                                                        "Architectures",
                                                        "SnapStart",
                                                        "EphemeralStorage",
                                                        "CodeSigningConfigArn",
                                                        "RuntimeManagementConfig",
                                                        "LoggingConfig",
                                                        "TenancyConfig",
                                                        "RecursiveLoop"};
  for (const char* name : kSame) function->set(name, macro[name]);
  function->set("DurableConfig", macro["DurableConfig"]);
  function->set("Tags", tagsWithMark(macro, macro["Tags"]));
  if (tracingOn(context, macro)) function->set("TracingConfig", Value::map({{"Mode", macro["Tracing"]}}));
  if (const Value queue = macro["DeadLetterQueue"]; queue.truthy()) {
    function->set("DeadLetterConfig", Value::map({{"TargetArn", queue["TargetArn"]}}));
  }
  if (macro["CapacityProviderConfig"].truthy()) function->set("CapacityProviderConfig", capacityProvider(macro));
  if (macro["FunctionScalingConfig"].truthy()) function->set("FunctionScalingConfig", macro["FunctionScalingConfig"]);
  function->set("PublishToLatestPublished", macro["PublishToLatestPublished"]);
  checkPackage(*function);
  return function;
}

Resources expandFunction(Context& context, Macro& macro) {
  const std::string& id = macro.logical_id.text;
  const EventLinks links = linkEvents(context, macro, EventsOf::Function);
  checkCombinations(macro);
  checkDeadLetterQueue(macro);
  checkTenancy(macro);

  ResourcePointer function = makeLambdaFunction(context, macro);
  Resources made{function};
  if (macro["ProvisionedConcurrencyConfig"].truthy() && !macro["AutoPublishAlias"].truthy()) {
    failResource(id, "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the function");
  }
  ResourcePointer alias;
  std::string alias_name;
  if (macro["AutoPublishAlias"].truthy()) {
    VersionAndAlias published = makeVersionAndAlias(context, macro, *function);
    alias = published.alias;
    alias_name = alias->properties["Name"].str();
    made.push_back(published.version);
    made.push_back(alias);
  }
  if (macro["FunctionUrlConfig"].truthy()) {
    for (ResourcePointer& resource : makeFunctionUrl(macro, *function, alias.get())) made.push_back(resource);
  }
  applyDeploymentPreference(context, macro, alias.get());
  Value destination_policies = Value::list();
  if (macro["EventInvokeConfig"].truthy()) {
    InvokeConfig config = makeInvokeConfig(context, macro, *function, alias.get(), alias_name);
    made.insert(made.end(), config.resources.begin(), config.resources.end());
    destination_policies = config.policies;
  }
  ResourcePointer role = makeRole(context, macro, destination_policies);
  if ((*function)["Role"].isNull()) {
    function->set("Role", arnOf(*role));
    made.push_back(role);
  } else if (isIntrinsicIf((*function)["Role"])) {
    if (mergeConditionalRole(context, macro, *function, *role)) made.push_back(role);
  }
  EventTarget target{.context = context, .resource = alias ? *alias : *function, .role = role.get()};
  const Resources events = expandEvents(target, macro, links, EventsOf::Function);
  made.insert(made.end(), events.begin(), events.end());
  propagateTags(made, macro["Tags"], macro["PropagateTags"]);
  return made;
}

}  // namespace thimble::lang::sam
