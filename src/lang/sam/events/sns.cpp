// SNS: a subscription of the function, or of a queue that the function reads.
#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"
#include "lang/sam/policy_documents.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"Topic", Is::Text, Presence::Required}, {"Region", Is::Text},       {"FilterPolicy"}, {"FilterPolicyScope"},
    {"SqsSubscription", Is::BooleanOrMap},   {"RedrivePolicy", Is::Map},
};

ResourcePointer makeSubscription(const EventTarget& target, const Macro& event, std::string_view protocol,
                                 const Value& endpoint) {
  ResourcePointer subscription =
      makeResource("AWS::SNS::Subscription", event.logical_id, passedThrough(target.resource.attributes));
  subscription->set("Protocol", protocol);
  subscription->set("Endpoint", endpoint);
  subscription->set("TopicArn", event["Topic"]);
  for (const char* name : {"Region", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"})
    subscription->set(name, event[name]);
  return subscription;
}

/// The mapping from the queue to the function, and the queue's policy.
Resources connectQueue(EventTarget& target, const Macro& event, const Value& queue_arn, const Value& queue_url,
                       const Value& policy_id, const Value& batch_size) {
  Macro source;
  source.type = "SQS";
  source.logical_id = event.logical_id + "EventSourceMapping";
  source.relative_id = source.logical_id;
  source.properties.set("BatchSize", batch_size.truthy() ? batch_size : Value(10));
  source.properties.set("Enabled", true);
  Resources made = expandQueueSource(target, source, queue_arn);
  made.push_back(makeResource("AWS::SQS::QueuePolicy",
                              policy_id.truthy() ? Text(pythonString(policy_id)) : event.logical_id + "QueuePolicy",
                              passedThrough(target.resource.attributes)));
  made.back()->set("PolicyDocument", topicSendsToQueue(event["Topic"], queue_arn));
  made.back()->set("Queues", Value::list({queue_url}));
  return made;
}

Resources expand(EventTarget& target, Macro& event, const EventLink&) {
  const Value queue = event["SqsSubscription"];
  if (!queue.truthy()) {
    return {makePermission(event, target.resource, {.principal = "sns.amazonaws.com", .source_arn = event["Topic"]}),
            makeSubscription(target, event, "lambda", arnOf(target.resource))};
  }
  if (!queue.isBool()) {
    const Value arn = queue["QueueArn"];
    const Value url = queue["QueueUrl"];
    if (!arn.truthy() || !url.truthy()) failEvent(event.relative_id.text, "No QueueARN or QueueURL provided.");
    Resources made = connectQueue(target, event, arn, url, queue["QueuePolicyLogicalId"], queue["BatchSize"]);
    made.push_back(makeSubscription(target, event, "sqs", arn));
    return made;
  }
  ResourcePointer made_queue =
      makeResource("AWS::SQS::Queue", event.logical_id + "Queue", passedThrough(target.resource.attributes));
  const Value topic_id = logicalIdOf(event["Topic"]);
  if (topic_id.truthy()) {
    const Value topic = target.context.original["Resources"][topic_id.str()]["Properties"];
    const Value fifo = target.context.resolve(topic["FifoTopic"]);
    if (fifo.truthy()) made_queue->set("FifoQueue", fifo);
  }
  Resources made = connectQueue(target, event, arnOf(*made_queue), nameOf(*made_queue), {}, {});
  made.push_back(made_queue);
  made.push_back(makeSubscription(target, event, "sqs", arnOf(*made_queue)));
  return made;
}

}  // namespace

const EventKind kSnsEvent{"SNS", kRules, nullptr, expand};

}  // namespace thimble::lang::sam
