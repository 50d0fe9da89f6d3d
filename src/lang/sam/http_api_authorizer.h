// An authorizer of an HTTP API: JWT, Lambda or IAM.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lang/sam/value.h"

namespace thimble::lang::sam {

struct HttpAuthorizer {
  Text name;
  Value config;  ///< As the template has it.
  bool iam = false;

  /// Fails on properties that do not fit its kind.
  void check(const std::string& api_id) const;
  Value scheme(const std::string& api_id, const std::string& partition) const;
};
/// In order; those of the Auth section, and AWS_IAM where it is enabled.
using HttpAuthorizers = std::vector<std::pair<Text, HttpAuthorizer>>;
HttpAuthorizers readHttpAuthorizers(const std::string& api_id, const Value& auth);

}  // namespace thimble::lang::sam
