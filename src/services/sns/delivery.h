// One delivery of one message to one subscriber: a durable process with retries.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
#pragma once

#include <string>
#include <string_view>

#include "dispatch/context.h"
#include "dispatch/process.h"
#include "services/sns/message.h"
#include "services/sns/rows.h"
#include "services/sns/signing.h"

namespace thimble::services::sns {

inline constexpr std::string_view kDeliveryKind = "sns.delivery";

class Deliveries final : public dispatch::ProcessKind {
 public:
  explicit Deliveries(Signer& signer) : signer_(signer) {}
  void decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) override;

 private:
  void attempt(dispatch::ProcessContext& context, rows::Delivery& delivery);
  void fail(dispatch::ProcessContext& context, rows::Delivery& delivery, const std::string& reason, bool may_retry);

  Signer& signer_;
};

/// Starts the delivery of a message to a confirmed subscription that wants it.
void startDelivery(dispatch::Context& context, const Message& message, const std::string& subscription_arn,
                   const rows::Subscription& subscription, const std::string& signature_version);

/// Sends the endpoint the token with which it can confirm.
void startConfirmation(dispatch::Context& context, const std::string& subscription_arn,
                       const rows::Subscription& subscription);

}  // namespace thimble::services::sns
