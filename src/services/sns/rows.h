// The tables of SNS.
#pragma once

#include "services/sns/sns.pb.h"
#include "store/table.h"

namespace thimble::services::sns {

/// Key: topic ARN.
inline constexpr store::Table<rows::Topic> kTopics("sns.topic");
/// Key: subscription ARN.
inline constexpr store::Table<rows::Subscription> kSubscriptions("sns.subscription");
/// Key: topic ARN, subscription ARN. The record is empty.
inline constexpr store::Table<rows::Subscription> kTopicSubscriptions("sns.topic_subscription");
/// Key: delivery id.
inline constexpr store::Table<rows::Delivery> kDeliveries("sns.delivery");
/// Key: topic ARN, deduplication id.
inline constexpr store::Table<rows::Deduplication> kDeduplications("sns.deduplication");
/// Key: ARN of the application.
inline constexpr store::Table<rows::PlatformApplication> kApplications("sns.application");
/// Key: ARN of the application, token.
inline constexpr store::Table<rows::PlatformEndpoint> kEndpoints("sns.endpoint");
/// Key: ARN of the endpoint.
inline constexpr store::Table<rows::EndpointPlace> kEndpointPlaces("sns.endpoint_place");
/// Key: account, region.
inline constexpr store::Table<rows::SmsSettings> kSmsSettings("sns.sms");
/// One row without parts.
inline constexpr store::Table<rows::SigningKey> kSigningKey("sns.signing_key");

}  // namespace thimble::services::sns
