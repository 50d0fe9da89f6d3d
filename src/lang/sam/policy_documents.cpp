#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

Value sendMessageStatement(const Value& principal, const Value& queue_arn, const Value& source_arn) {
  Value statement =
      Value::map({{"Action", "sqs:SendMessage"},
                  {"Effect", "Allow"},
                  {"Principal", principal},
                  {"Resource", queue_arn},
                  {"Condition", Value::map({{"ArnEquals", Value::map({{"aws:SourceArn", source_arn}})}})}});
  return Value::map({{"Version", "2012-10-17"}, {"Statement", Value::list({statement})}});
}

}  // namespace

Value assumeRolePolicy(std::string_view service) {
  Value statement = Value::map({{"Action", Value::list({"sts:AssumeRole"})},
                                {"Effect", "Allow"},
                                {"Principal", Value::map({{"Service", Value::list({service})}})}});
  return Value::map({{"Version", "2012-10-17"}, {"Statement", Value::list({statement})}});
}

Value allow(const Value& action, const Value& resource) {
  return Value::map({{"Action", action}, {"Effect", "Allow"}, {"Resource", resource}});
}

Value inlinePolicy(const Text& name, const Value& statements) {
  return Value::map({{"PolicyName", name}, {"PolicyDocument", Value::map({{"Statement", statements}})}});
}

Value deadLetterPolicy(const Value& action, const Value& resource) {
  return Value::map({{"PolicyName", "DeadLetterQueuePolicy"},
                     {"PolicyDocument",
                      Value::map({{"Version", "2012-10-17"}, {"Statement", Value::list({allow(action, resource)})}})}});
}

Value startExecutionPolicy(const Value& state_machine_arn, const Text& logical_id) {
  return inlinePolicy(logical_id + "StartExecutionPolicy",
                      Value::list({allow("states:StartExecution", state_machine_arn)}));
}
Value sendMessagePolicy(const Value& queue_arn, const Text& logical_id) {
  return inlinePolicy(logical_id + "SQSPolicy", Value::list({allow("sqs:SendMessage", queue_arn)}));
}
Value publishPolicy(const Value& topic_arn, const Text& logical_id) {
  return inlinePolicy(logical_id + "SNSPolicy", Value::list({allow("sns:publish", topic_arn)}));
}
Value putEventsPolicy(const Value& bus_arn, const Text& logical_id) {
  return inlinePolicy(logical_id + "EventBridgePolicy", Value::list({allow("events:PutEvents", bus_arn)}));
}
Value invokeFunctionPolicy(const Value& function_arn, const Text& logical_id) {
  return inlinePolicy(logical_id + "LambdaPolicy", Value::list({allow("lambda:InvokeFunction", function_arn)}));
}
Value sendToBucketPolicy(const Value& bucket_arn, const Text& logical_id) {
  const Value objects = Value::map({{"Fn::Join", Value::list({"/", Value::list({bucket_arn, "*"})})}});
  return inlinePolicy(logical_id + "S3Policy",
                      Value::list({allow("s3:PutObject", objects), allow("s3:ListBucket", bucket_arn)}));
}

Value topicSendsToQueue(const Value& topic_arn, const Value& queue_arn) {
  return sendMessageStatement("*", queue_arn, topic_arn);
}
Value ruleSendsToQueue(const Value& rule_arn, const Value& queue_arn) {
  return sendMessageStatement(Value::map({{"Service", "events.amazonaws.com"}}), queue_arn, rule_arn);
}

}  // namespace thimble::lang::sam
