// Rows of CodeConnections, and how they are found by ARN.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/arn.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "services/codeconnections/codeconnections.pb.h"
#include "store/table.h"

namespace thimble::services::codeconnections {

inline constexpr store::Table<rows::Connection> kConnections("codeconnections.connection");
inline constexpr store::Table<rows::Host> kHosts("codeconnections.host");

inline base::ApiError notFound(const std::string& message) {
  return {"ResourceNotFoundException", message};
}

/// Where a row is: an ARN of either name of the service, "connection/ID" or "host/NAME/ID".
struct Place {
  std::string account, region, id;
};

/// Nothing when the ARN is none of that kind.
inline std::optional<Place> placeOf(const std::string& arn, std::string_view kind) {
  const auto parts = base::parseArn(arn);
  if (!parts || (parts->service != "codeconnections" && parts->service != "codestar-connections")) return std::nullopt;
  if (!parts->resource.starts_with(std::string(kind) + "/")) return std::nullopt;
  return Place{parts->account, parts->region, parts->resource.substr(parts->resource.rfind('/') + 1)};
}

/// Errors: ResourceNotFoundException.
inline base::Result<rows::Connection> findConnection(store::Transaction& transaction, const std::string& arn) {
  const auto place = placeOf(arn, "connection");
  auto row = place ? kConnections.get(transaction, place->account, place->region, place->id) : std::nullopt;
  if (!row) return notFound("Connection not found: " + arn);
  return *std::move(row);
}

/// Errors: ResourceNotFoundException.
inline base::Result<rows::Host> findHost(store::Transaction& transaction, const std::string& arn) {
  const auto place = placeOf(arn, "host");
  auto row = place ? kHosts.get(transaction, place->account, place->region, place->id) : std::nullopt;
  if (!row) return notFound("Host not found: " + arn);
  return *std::move(row);
}

inline void putConnection(store::Transaction& transaction, const rows::Connection& row) {
  const auto place = placeOf(row.arn(), "connection");
  kConnections.put(transaction, row, place->account, place->region, place->id);
}

inline void putHost(store::Transaction& transaction, const rows::Host& row) {
  const auto place = placeOf(row.arn(), "host");
  kHosts.put(transaction, row, place->account, place->region, place->id);
}

}  // namespace thimble::services::codeconnections
