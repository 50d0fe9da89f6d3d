// The words for a refusal: AWS's message, and a longer explanation of ours.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
#pragma once

#include <string>
#include <vector>

#include "lang/policy/evaluate.h"

namespace thimble::lang::policy {

/// How services differ in writing the same message.
struct DenialStyle {
  bool quote_resource = false;  ///< S3 writes the resource in double quotes.
  bool give_reason = true;      ///< "because no identity-based policy allows ..."; STS's AssumeRole leaves it out.
};

/// "User: arn:aws:iam::111122223333:user/x is not authorized to perform: s:A on resource: R because ...".
std::string denialMessage(const Request& request, const Evaluation& evaluation, const DenialStyle& style = {});

/// One line for each policy and near miss: which statement denied, or why each statement about this action did not
/// allow it. For `thimble why-denied`; AWS has nothing like it. At most 50 lines.
std::vector<std::string> explain(const Request& request, const PolicySet& policies, const Evaluation& evaluation);

/// "identity-based policy", "permissions boundary" and so on, as AWS's message names it.
const char* nameOf(PolicyType type);

}  // namespace thimble::lang::policy
