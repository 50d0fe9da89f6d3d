// EventInvokeConfig: where the results of asynchronous invocations go.
#include <optional>

#include "lang/sam/fault.h"
#include "lang/sam/function.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

/// A destination that is an Fn::If with AWS::NoValue in a branch: the condition under which one has to be made, and
/// the destination of the other branch.
struct PartialDestination {
  std::optional<std::string> condition;
  Value arn;
};

Value conditionsOf(Context& context) {
  return context.result.setDefault("Conditions", Value::map());
}

std::string generatedCondition(const std::string& name, const std::string& id) {
  return hashedId(name, id).text.substr(0, 255);
}

PartialDestination partialDestination(Context& context, const Value& destination, const std::string& id) {
  if (!isIntrinsicIf(destination)) return {};
  const Value arguments = destination["Fn::If"];
  if (const auto fault = faultInIfArguments(arguments)) {
    failResource(id, "Malformed 'Destination' property: " + *fault + ".");
  }
  const std::string condition = pythonString(arguments.items()[0]);
  const Value then = arguments.items()[1];
  const Value otherwise = arguments.items()[2];
  if (isNoValue(then) && isNoValue(otherwise)) return {};
  if (isNoValue(then)) return {condition, otherwise};
  if (!isNoValue(otherwise)) return {};
  const std::string negated = generatedCondition("NOT" + condition, id);
  conditionsOf(context).set(negated, notCondition(condition));
  return {negated, then};
}

std::optional<std::string> bothConditions(Context& context, const Value& own, const std::optional<std::string>& other,
                                          const std::string& id) {
  if (!own.isText()) return other;
  if (!other) return own.str();
  const std::string name = generatedCondition(own.str() + "AND" + *other, id);
  // AWS names each condition twice over; CloudFormation takes it.
  const auto named = [](const std::string& condition) {
    return Value::map({{"Condition", Value::map({{"Condition", condition}})}});
  };
  conditionsOf(context).set(name, Value::map({{"Fn::And", Value::list({named(own.str()), named(*other)})}}));
  return name;
}

Value destinationPolicy(const Value& type, const Value& arn, const Text& id) {
  if (type.is("SQS")) return sendMessagePolicy(arn, id);
  if (type.is("SNS")) return publishPolicy(arn, id);
  if (type.is("EventBridge")) return putEventsPolicy(arn, id);
  if (type.is("Lambda")) return invokeFunctionPolicy(arn, id);
  return sendToBucketPolicy(arn, id);
}

/// One of OnSuccess and OnFailure; makes the queue or topic that is not given.
Value makeDestination(Context& context, const Macro& macro, const Value& config, const std::string& name,
                      const std::string& config_id, InvokeConfig& made) {
  const std::string& id = macro.logical_id.text;
  const Value type = config["Type"];
  const bool known =
      type.is("SQS") || type.is("SNS") || type.is("EventBridge") || type.is("Lambda") || type.is("S3Bucket");
  if (!known) {
    failResource(
        id, "'Type: " + pythonString(type) + "' must be one of ['SQS', 'SNS', 'EventBridge', 'Lambda', 'S3Bucket']");
  }
  Value destination = config["Destination"];
  const std::string part_id = config_id + name;
  const PartialDestination partial = partialDestination(context, destination, config_id);
  if (!destination.isNull() && !partial.condition) {
    made.policies.push(destinationPolicy(type, destination, part_id));
    return destination;
  }
  const Value attributes = passedThrough(macro.attributes);
  const auto condition = bothConditions(context, attributes["Condition"], partial.condition, id);
  if (!type.is("SQS") && !type.is("SNS")) {
    failResource(id, "Destination is required if Type is not ['SQS', 'SNS']");
  }
  ResourcePointer resource = type.is("SQS") ? makeResource("AWS::SQS::Queue", part_id + "Queue", attributes)
                                            : makeResource("AWS::SNS::Topic", part_id + "Topic", attributes);
  if (condition) resource->attributes.set("Condition", *condition);
  destination = partial.condition ? conditional(*partial.condition, arnOf(*resource), partial.arn) : arnOf(*resource);
  made.policies.push(destinationPolicy(type, destination, part_id));
  made.resources.push_back(resource);
  return destination;
}

}  // namespace

InvokeConfig makeInvokeConfig(Context& context, const Macro& macro, const Resource& function, const Resource* alias,
                              const std::string& alias_name) {
  const Value config = context.resolve(macro["EventInvokeConfig"]);
  const std::string& id = macro.logical_id.text;
  const std::string config_id = id + "EventInvokeConfig";
  InvokeConfig made;
  Value destinations = Value::map();
  if (const Value given = config["DestinationConfig"]; given.truthy()) {
    expectMap(given, ofResource(id), "EventInvokeConfig.DestinationConfig");
    for (const char* name : {"OnSuccess", "OnFailure"}) {
      if (given[name].isNull()) continue;
      expectMap(given[name], ofResource(id), "EventInvokeConfig.DestinationConfig." + std::string(name));
      destinations.set(
          name, Value::map({{"Destination", makeDestination(context, macro, given[name], name, config_id, made)}}));
    }
  }
  ResourcePointer resource = makeResource("AWS::Lambda::EventInvokeConfig", config_id, macro.attributes);
  if (alias != nullptr) resource->depends_on = Value::list({alias->logical_id});
  resource->set("FunctionName", nameOf(function));
  resource->set("Qualifier", alias_name.empty() ? "$LATEST" : alias_name);
  resource->set("DestinationConfig", destinations);
  resource->set("MaximumEventAgeInSeconds", config["MaximumEventAgeInSeconds"]);
  resource->set("MaximumRetryAttempts", config["MaximumRetryAttempts"]);
  made.resources.push_back(resource);
  return made;
}

}  // namespace thimble::lang::sam
