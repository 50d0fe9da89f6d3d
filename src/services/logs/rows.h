// CloudWatch Logs' tables.
#pragma once

#include "services/logs/logs.pb.h"
#include "store/table.h"

namespace thimble::services::logs {

inline constexpr store::Table<rows::GroupRecord> kGroups("logs.groups");
inline constexpr store::Table<rows::StreamRecord> kStreams("logs.streams");
inline constexpr store::Table<rows::EventRecord> kEvents("logs.events");
inline constexpr store::Table<rows::GarbageRecord> kGarbage("logs.garbage");
inline constexpr store::Table<rows::MetricFilterRecord> kMetricFilters("logs.metric_filters");
inline constexpr store::Table<rows::SubscriptionFilterRecord> kSubscriptionFilters("logs.subscription_filters");
inline constexpr store::Table<rows::DeliveryDestinationRecord> kDeliveryDestinations("logs.delivery_destinations");
inline constexpr store::Table<rows::ExportTaskRecord> kExportTasks("logs.export_tasks");
inline constexpr store::Table<rows::QueryRecord> kQueries("logs.queries");
inline constexpr store::Table<rows::QueryDefinitionRecord> kQueryDefinitions("logs.query_definitions");
inline constexpr store::Table<rows::ResourcePolicyRecord> kResourcePolicies("logs.resource_policies");

}  // namespace thimble::services::logs
