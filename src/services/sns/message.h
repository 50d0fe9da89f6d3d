// A published message, and the forms in which subscribers get it. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace thimble::services::sns {

/// A message as it is kept for delivery.
struct Message {
  std::string id;
  std::string topic_arn;
  std::optional<std::string> subject;
  /// What each protocol gets, by the protocol's name; "default" is always there.
  std::map<std::string, std::string> bodies;
  /// {name: {"Type": ..., "Value": ...}}; binary values in base64.
  base::Json attributes;
  base::Timestamp published;
  std::string group_id;          ///< FIFO topics.
  std::string deduplication_id;  ///< FIFO topics.
  std::string sequence_number;   ///< FIFO topics.

  const std::string& bodyFor(const std::string& protocol) const;
};

base::Json toJson(const Message& message);
Message messageFromJson(const base::Json& json);

/// Reads a MessageStructure "json" body: an object whose texts are the bodies by protocol; others are left out.
base::Result<std::map<std::string, std::string>> readStructuredBody(const std::string& text);

/// The JSON document of an HTTP or SQS delivery, without its signature members.
/// https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
base::Json notification(const Message& message, const std::string& protocol);

/// The event that a function gets. https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
base::Json lambdaEvent(const Message& message, const std::string& subscription_arn, const base::Json& signature);

/// The text that a delivery's signature covers. `type`: Notification, SubscriptionConfirmation or
/// UnsubscribeConfirmation. https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
std::string textToSign(const base::Json& document);

}  // namespace thimble::services::sns
