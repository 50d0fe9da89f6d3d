// Tables of AWS's public interface that are embedded at build time from data/.
#pragma once

#include "base/json.h"

namespace thimble::lang::sam {

/// By name: {"Parameters": [names], "Statement": [...]}.
const base::Json& policyTemplates();
/// By source type and destination type: what a connector between them generates.
const base::Json& connectorProfiles();

}  // namespace thimble::lang::sam
