// Policies of tables and streams, which say who may use them beside IAM's own policies.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

enum class PolicyOf { Table, Stream };

/// Whether a text may be the policy of a table or a stream; a ValidationException otherwise.
base::Result<void> checkPolicy(const std::string& policy, PolicyOf of);

/// Gives the table a policy, checked, and the policy a revision. The row is the caller's to save.
void setPolicy(rows::Table& table, const std::string& policy, base::Timestamp now);

}  // namespace thimble::services::dynamodb
