#include "services/lambda/names.h"

#include <vector>

#include "services/lambda/errors.h"

namespace thimble::services::lambda {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t colon = text.find(':');
    parts.emplace_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

base::Result<FunctionReference> parseFunction(std::string_view text, const std::optional<std::string>& qualifier,
                                              const std::string& account, const std::string& region) {
  FunctionReference reference{account, region, "", ""};
  std::vector<std::string> parts = split(text);
  std::size_t at = 0;
  // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER] | ACCOUNT:function:NAME[:QUALIFIER] | NAME[:QUALIFIER]
  if (parts[0] == "arn" && parts.size() >= 7) {
    reference.region = parts[3];
    reference.account = parts[4];
    at = 6;
  } else if (parts.size() >= 3 && parts[1] == "function") {
    reference.account = parts[0];
    at = 2;
  } else if (parts.size() >= 2 && parts[0] == "function") {
    at = 1;
  }
  if (at >= parts.size()) return invalidParameter("Invalid function name: " + std::string(text));
  reference.name = parts[at];
  if (at + 1 < parts.size()) reference.qualifier = parts[at + 1];
  if (qualifier && !qualifier->empty()) {
    if (!reference.qualifier.empty() && reference.qualifier != *qualifier) return qualifierMismatch();
    reference.qualifier = *qualifier;
  }
  return reference;
}

}  // namespace thimble::services::lambda
