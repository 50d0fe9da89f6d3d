// What a change set would change: from a prepared template and what a stack has to DescribeChangeSet's list.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "lang/template/prepare.h"

namespace thimble::services::cloudformation {

/// A resource that a stack has.
struct ExistingResource {
  std::string type;
  std::string physical_id;
  base::Json properties;    ///< As they were evaluated when it was made.
  base::Json shown_before;  ///< The old template's properties with references unknown: what a removal shows.
  base::Json metadata;
  std::string deletion_policy;
  std::string update_replace_policy;
};

struct DiffInput {
  const lang::template_::Prepared& after;
  const std::vector<lang::template_::ParameterValue>& parameters_before;
  const std::map<std::string, ExistingResource>& existing;
  /// References to what is there; those of resources in the map are unknown because they will be replaced.
  std::function<lang::template_::Outcome<std::optional<base::Json>>(const base::Json& value,
                                                                    const std::map<std::string, bool>& replaced)>
      evaluate;
};

struct Diff {
  base::Json changes;              ///< Array of Change, ascending by logical id.
  base::Json changes_with_values;  ///< The same with property values (IncludePropertyValues).
  std::string warning;             ///< Why values may be incomplete, or empty.
};

Diff diffStack(const DiffInput& input);

}  // namespace thimble::services::cloudformation
