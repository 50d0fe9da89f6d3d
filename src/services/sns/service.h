// Amazon Simple Notification Service.
#pragma once

#include <string>

#include "dispatch/context.h"
#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "services/sns/delivery.h"
#include "services/sns/rows.h"
#include "services/sns/signing.h"

namespace thimble::services::sns {

class Service {
 public:
  /// `base_url` is where HTTP subscribers find the certificate and the links of a message; it may be set later, before
  /// the kernel starts.
  explicit Service(const dispatch::Environment& environment) : signer_(environment.store), deliveries_(signer_) {}

  void registerWith(dispatch::Registry& registry, dispatch::Kernel& kernel);
  void setBaseUrl(std::string url) { signer_.setBaseUrl(std::move(url)); }
  Signer& signer() { return signer_; }

 private:
  Signer signer_;
  Deliveries deliveries_;
};

// One a file.
void registerTopics(dispatch::Registry& registry);
void registerSubscriptions(dispatch::Registry& registry);
void registerPublish(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);
void registerPermissions(dispatch::Registry& registry);
void registerPlatformApplications(dispatch::Registry& registry);
void registerPlatformEndpoints(dispatch::Registry& registry);
void registerSms(dispatch::Registry& registry);

/// The topic of an ARN of this region, or InvalidParameter or NotFound. `parameter` names it in the error.
base::Result<rows::Topic> findTopic(dispatch::Context& context, const std::string& arn,
                                    const std::string& parameter = "TopicArn");
/// InvalidParameter unless the text has the six parts of an ARN.
base::Result<void> checkArn(const std::string& arn, const std::string& parameter);
/// The policy of a topic that was given none.
std::string defaultPolicy(const std::string& topic_arn, const std::string& account);
bool isFifo(const rows::Topic& topic);

}  // namespace thimble::services::sns
