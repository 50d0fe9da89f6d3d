#include "lang/policy/validate_resource.h"

#include <algorithm>

namespace thimble::lang::policy {
namespace {

constexpr const char* kPartitions[] = {"aws",       "aws-cn",    "aws-us-gov", "aws-iso",
                                       "aws-iso-b", "aws-iso-e", "aws-iso-f",  "aws-eusc"};
constexpr const char* kIamPaths[] = {"user/",
                                     "federated-user/",
                                     "role/",
                                     "group/",
                                     "instance-profile/",
                                     "mfa/",
                                     "server-certificate/",
                                     "policy/",
                                     "sms-mfa/",
                                     "saml-provider/",
                                     "oidc-provider/",
                                     "report/",
                                     "access-report/"};

/// The text at the first colon and what follows it.
struct Cut {
  std::string head;
  std::string tail;
  bool found;
};
Cut cut(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, "", false};
  return {text.substr(0, colon), text.substr(colon + 1), true};
}

/// "arn:partition:a:b:c:d" with "*" for the parts that the text does not have.
std::string filledOut(const std::string& partition, const std::string& tail) {
  std::string filled = "arn:" + partition;
  Cut rest{"", tail, !tail.empty()};
  for (int i = 0; i < 4; ++i) {
    if (!rest.found) {
      filled += ":*";
      continue;
    }
    if (i == 3) {
      filled += ":" + rest.tail;
      break;
    }
    rest = cut(rest.tail);
    filled += ":" + rest.head;
  }
  return filled;
}

/// The message about one resource; empty when it is an ARN that IAM takes.
std::string resourceMessage(const std::string& resource) {
  if (resource == "*") return "";
  const Cut arn = cut(resource);
  if (!arn.found) return "Resource " + resource + " must be in ARN format or \"*\".";
  const Cut partition = cut(arn.tail);
  const bool known = partition.head == "*" || partition.head.find("${") != std::string::npos ||
                     std::find(std::begin(kPartitions), std::end(kPartitions), partition.head) != std::end(kPartitions);
  if (!known) {
    return "Partition \"" + partition.head + "\" is not valid for resource \"" +
           filledOut(partition.head, partition.tail) + "\".";
  }
  if (!partition.found) return "Resource vendor must be fully qualified and cannot contain regexes.";
  const Cut service = cut(partition.tail);
  const Cut region = cut(service.tail);
  const Cut account = cut(region.tail);
  if (service.head == "iam" && service.found && !region.head.empty()) {
    return "IAM resource " + resource + " cannot contain region information.";
  }
  if (service.head == "s3" && service.found && !region.head.empty() && !account.tail.starts_with("accesspoint/")) {
    return "Resource " + resource + " can not contain region information.";
  }
  if (service.head == "iam") {
    const bool known_path = std::any_of(std::begin(kIamPaths), std::end(kIamPaths),
                                        [&](const char* path) { return account.tail.starts_with(path); });
    if (!known_path && account.tail != "*" && account.tail != "root") {
      std::string message = "IAM resource path must either be \"*\" or start with ";
      for (const char* path : kIamPaths) message += std::string(path == kIamPaths[0] ? "" : ", ") + path;
      return message + ".";
    }
  }
  return "";
}

/// The old parser wants all six parts once a part is empty, and a service.
bool legacyHolds(const std::string& resource) {
  if (resource == "*") return true;
  const auto colons = std::count(resource.begin(), resource.end(), ':');
  if (colons < 5 && resource.find("::") != std::string::npos) return false;
  return !cut(cut(cut(resource).tail).tail).head.empty();
}

}  // namespace

ResourceCheck checkResources(const std::vector<base::Json>& statements) {
  ResourceCheck check;
  for (const char* element : {"Resource", "NotResource"}) {
    for (const base::Json& statement : statements) {
      const std::vector<std::string> resources = textsOf(statement.find(element));
      std::vector<std::string> sorted = resources;
      std::sort(sorted.rbegin(), sorted.rend());
      // Of several wrong ones IAM names the one that sorts first.
      for (const std::string& resource : sorted) {
        std::string message = resourceMessage(resource);
        if (!message.empty()) check.message = std::move(message);
      }
      if (check.message.empty() && !std::all_of(resources.begin(), resources.end(), legacyHolds)) {
        check.legacy_failure = true;
        return check;
      }
    }
  }
  return check;
}

}  // namespace thimble::lang::policy
