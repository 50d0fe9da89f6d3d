// CreatePlatformApplication and what reads, changes, lists and deletes applications.
// https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformApplication.html and the pages beside it
#include <algorithm>
#include <set>

#include "services/sns/errors.h"
#include "services/sns/platforms.h"
#include "services/sns/service.h"
#include "wire/shapes/sns.h"

namespace thimble::services::sns {
namespace {

using namespace shapes::sns;  // NOLINT: the operations of this file
using Attributes = std::map<std::string, std::string>;

constexpr std::size_t kPageSize = 100;

base::Result<void> checkName(const std::string& name) {
  const auto refuse = [&](const std::string& reason) { return invalidParameter(name + " Reason: " + reason); };
  if (name.empty()) return refuse("cannot be empty");
  if (name.size() > 256) return refuse("must be at most 256 characters long");
  const bool valid = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
  if (!valid) return refuse("must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'");
  return {};
}

base::Result<void> checkAttributes(const Attributes& attributes) {
  static const std::set<std::string, std::less<>> kKnown = {"PlatformCredential",
                                                            "PlatformPrincipal",
                                                            "EventEndpointCreated",
                                                            "EventEndpointDeleted",
                                                            "EventEndpointUpdated",
                                                            "EventDeliveryFailure",
                                                            "SuccessFeedbackRoleArn",
                                                            "FailureFeedbackRoleArn",
                                                            "ApplePlatformBundleID",
                                                            "ApplePlatformTeamID",
                                                            "Enabled",
                                                            "SuccessFeedbackSampleRate"};
  if (attributes.empty()) return noAttributes();
  for (const auto& [name, value] : attributes) {
    if (!kKnown.contains(name)) return invalidParameter("Attributes Reason: Invalid attribute name: " + name);
  }
  const bool principal = attributes.contains("PlatformPrincipal");
  const bool credential = attributes.contains("PlatformCredential");
  if (credential && !principal) {
    return invalidParameter("Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal");
  }
  if (principal && !credential) {
    return invalidParameter("Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential");
  }
  return {};
}

/// Credentials of a push service that nobody will be asked with are not kept.
void keep(rows::PlatformApplication& application, const Attributes& attributes) {
  for (const auto& [name, value] : attributes) {
    if (name == "PlatformPrincipal" || name == "PlatformCredential") continue;
    (*application.mutable_attributes())[name] = value;
  }
}

Attributes shown(const rows::PlatformApplication& application) {
  return {application.attributes().begin(), application.attributes().end()};
}

base::Result<CreatePlatformApplication::Output> create(dispatch::Context& context,
                                                       const CreatePlatformApplication::Input& input) {
  static const std::set<std::string, std::less<>> kPlatforms = {
      "ADM",   "APNS",          "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM",
      "MACOS", "MACOS_SANDBOX", "MPNS",         "WNS"};
  TRY(checkName(input.Name_));
  if (!kPlatforms.contains(input.Platform_)) {
    return invalidParameter("Platform Reason: " + input.Platform_ + " is not supported");
  }
  TRY(checkAttributes(input.Attributes_));
  const std::string arn =
      "arn:aws:sns:" + context.region() + ":" + context.account() + ":app/" + input.Platform_ + "/" + input.Name_;
  rows::PlatformApplication application =
      kApplications.get(context.transaction(), arn).value_or(rows::PlatformApplication());
  application.set_platform(input.Platform_);
  application.set_name(input.Name_);
  (*application.mutable_attributes())["Enabled"] = "true";
  keep(application, input.Attributes_);
  kApplications.put(context.transaction(), application, arn);
  CreatePlatformApplication::Output output;
  output.PlatformApplicationArn_ = arn;
  return output;
}

base::Result<DeletePlatformApplication::Output> remove(dispatch::Context& context,
                                                       const DeletePlatformApplication::Input& input) {
  const std::string& arn = input.PlatformApplicationArn_;
  auto application = findApplication(context, arn);
  if (!application.ok()) {
    if (application.error().code == "NotFound") return DeletePlatformApplication::Output();
    return std::move(application).error();
  }
  for (const auto& entry : kEndpoints.scan(context.transaction(), {}, arn)) {
    kEndpointPlaces.erase(context.transaction(), entry.record.arn());
    kEndpoints.erase(context.transaction(), arn, entry.record.token());
  }
  kApplications.erase(context.transaction(), arn);
  return DeletePlatformApplication::Output();
}

base::Result<GetPlatformApplicationAttributes::Output> get(dispatch::Context& context,
                                                           const GetPlatformApplicationAttributes::Input& input) {
  TRY_ASSIGN(const auto application, findApplication(context, input.PlatformApplicationArn_));
  GetPlatformApplicationAttributes::Output output;
  output.Attributes_ = shown(application);
  return output;
}

base::Result<SetPlatformApplicationAttributes::Output> set(dispatch::Context& context,
                                                           const SetPlatformApplicationAttributes::Input& input) {
  TRY(checkArn(input.PlatformApplicationArn_, "PlatformApplicationArn"));
  TRY(checkAttributes(input.Attributes_));
  TRY_ASSIGN(auto application, findApplication(context, input.PlatformApplicationArn_));
  keep(application, input.Attributes_);
  kApplications.put(context.transaction(), application, input.PlatformApplicationArn_);
  return SetPlatformApplicationAttributes::Output();
}

base::Result<ListPlatformApplications::Output> list(dispatch::Context& context,
                                                    const ListPlatformApplications::Input& input) {
  const std::string prefix = "arn:aws:sns:" + context.region() + ":" + context.account() + ":app/";
  store::Key begin("sns.application");
  begin.addTextPrefix(prefix);
  store::Range range = store::Table<rows::PlatformApplication>::prefixRange(begin.bytes());
  if (input.NextToken_ && !input.NextToken_->empty()) {
    range.begin = kApplications.key(prefix + *input.NextToken_).bytes() + std::string(1, '\0');
  }
  const auto entries = kApplications.scanRange(context.transaction(), range, {.limit = kPageSize + 1});
  ListPlatformApplications::Output output;
  output.PlatformApplications_.emplace();
  for (std::size_t i = 0; i < std::min(entries.size(), kPageSize); ++i) {
    const auto& row = entries[i].record;
    auto& shown_one = output.PlatformApplications_->emplace_back();
    shown_one.PlatformApplicationArn_ = prefix + row.platform() + "/" + row.name();
    shown_one.Attributes_ = shown(row);
  }
  if (entries.size() > kPageSize) {
    const auto& last = entries[kPageSize - 1].record;
    output.NextToken_ = last.platform() + "/" + last.name();
  }
  return output;
}

}  // namespace

base::Result<rows::PlatformApplication> findApplication(dispatch::Context& context, const std::string& arn) {
  TRY(checkArn(arn, "PlatformApplicationArn"));
  auto application = kApplications.get(context.transaction(), arn);
  if (!application) return base::ApiError{"NotFound", "PlatformApplication does not exist", 404};
  return *std::move(application);
}

void registerPlatformApplications(dispatch::Registry& registry) {
  registry.add<CreatePlatformApplication>(create);
  registry.add<DeletePlatformApplication>(remove);
  registry.add<GetPlatformApplicationAttributes>(get);
  registry.add<SetPlatformApplicationAttributes>(set);
  registry.add<ListPlatformApplications>(list);
}

}  // namespace thimble::services::sns
