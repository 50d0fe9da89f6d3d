#include "services/dynamodb/resource_arn.h"

#include <vector>

#include "services/dynamodb/errors.h"

namespace thimble::services::dynamodb {

base::Result<ResourceArn> readResourceArn(const std::string& text) {
  if (!text.starts_with("arn:")) return invalidParameter("ARNs must start with 'arn:': " + text);
  const auto arn = base::parseArn(text);
  std::vector<std::string> parts;
  for (std::string rest = arn ? arn->resource : std::string(); !rest.empty();) {
    const std::size_t slash = rest.find('/');
    parts.push_back(rest.substr(0, slash));
    rest = slash == std::string::npos ? std::string() : rest.substr(slash + 1);
  }
  const bool of_table = arn && arn->service == "dynamodb" && parts.size() >= 2 && parts[0] == "table";
  if (of_table && parts.size() == 2) return ResourceArn{*arn, parts[1], {}};
  if (of_table && parts.size() == 4 && parts[2] == "stream") return ResourceArn{*arn, parts[1], parts[3]};
  if (of_table && parts.size() == 4 && parts[2] == "index") {
    return invalidParameter("Invalid resource arn provided, only table or stream is accepted. Provided resource arn: " +
                            text);
  }
  return invalidParameter("Provided Arn is not a DynamoDB resource arn: " + text);
}

}  // namespace thimble::services::dynamodb
