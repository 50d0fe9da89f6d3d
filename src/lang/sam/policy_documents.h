// The policies that generated roles and queues carry.
#pragma once

#include <string_view>

#include "lang/sam/value.h"

namespace thimble::lang::sam {

/// Trust policy for one service.
Value assumeRolePolicy(std::string_view service);

/// {"Action":, "Effect": "Allow", "Resource":}
Value allow(const Value& action, const Value& resource);
/// {"PolicyName":, "PolicyDocument": {"Statement": statements}}, without a Version as AWS writes them.
Value inlinePolicy(const Text& name, const Value& statements);

Value deadLetterPolicy(const Value& action, const Value& resource);
Value startExecutionPolicy(const Value& state_machine_arn, const Text& logical_id);
Value sendMessagePolicy(const Value& queue_arn, const Text& logical_id);
Value publishPolicy(const Value& topic_arn, const Text& logical_id);
Value putEventsPolicy(const Value& bus_arn, const Text& logical_id);
Value invokeFunctionPolicy(const Value& function_arn, const Text& logical_id);
Value sendToBucketPolicy(const Value& bucket_arn, const Text& logical_id);

/// Queue policies that let a topic, or a rule by way of EventBridge, send messages.
Value topicSendsToQueue(const Value& topic_arn, const Value& queue_arn);
Value ruleSendsToQueue(const Value& rule_arn, const Value& queue_arn);

}  // namespace thimble::lang::sam
