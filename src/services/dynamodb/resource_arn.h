// The ResourceArn of operations on tags and on resource policies: that of a table or of a stream.
#pragma once

#include <string>

#include "base/arn.h"
#include "base/result.h"

namespace thimble::services::dynamodb {

struct ResourceArn {
  base::Arn arn;
  std::string table;
  std::string stream;  ///< The stream's label, or empty.
};

/// Says what is wrong with one of another kind. Whether account and region are the caller's is not looked at.
base::Result<ResourceArn> readResourceArn(const std::string& text);

}  // namespace thimble::services::dynamodb
