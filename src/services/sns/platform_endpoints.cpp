// CreatePlatformEndpoint and what reads, changes, lists and deletes endpoints.
// https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html and the pages beside it
#include "services/sns/errors.h"
#include "services/sns/platforms.h"
#include "services/sns/service.h"
#include "wire/shapes/sns.h"

namespace thimble::services::sns {
namespace {

using namespace shapes::sns;  // NOLINT: the operations of this file
using Attributes = std::map<std::string, std::string>;

constexpr std::size_t kPageSize = 100;
constexpr std::size_t kMaxUserData = 2048;

base::Result<void> checkAttributes(const Attributes& attributes) {
  for (const auto& [name, value] : attributes) {
    if (name != "CustomUserData" && name != "Enabled" && name != "Token") {
      return invalidParameter("Attributes Reason: Invalid attribute name: " + name);
    }
    if (name == "CustomUserData" && value.size() > kMaxUserData) {
      return invalidParameter(
          "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 "
          "encoding");
    }
  }
  return {};
}

Attributes shown(const rows::PlatformEndpoint& endpoint) {
  Attributes attributes(endpoint.attributes().begin(), endpoint.attributes().end());
  attributes["Token"] = endpoint.token();
  return attributes;
}

void put(dispatch::Context& context, const rows::PlatformEndpoint& endpoint, const std::string& application) {
  rows::EndpointPlace place;
  place.set_application_arn(application);
  place.set_token(endpoint.token());
  kEndpoints.put(context.transaction(), endpoint, application, endpoint.token());
  kEndpointPlaces.put(context.transaction(), place, endpoint.arn());
}

base::Result<CreatePlatformEndpoint::Output> create(dispatch::Context& context,
                                                    const CreatePlatformEndpoint::Input& input) {
  Attributes attributes = input.Attributes_.value_or(Attributes());
  if (input.CustomUserData_) attributes.try_emplace("CustomUserData", *input.CustomUserData_);
  TRY(checkAttributes(attributes));
  TRY_ASSIGN(const auto application, findApplication(context, input.PlatformApplicationArn_));
  attributes.try_emplace("Enabled", "true");
  attributes.erase("Token");
  CreatePlatformEndpoint::Output output;
  if (const auto before = kEndpoints.get(context.transaction(), input.PlatformApplicationArn_, input.Token_)) {
    if (Attributes(before->attributes().begin(), before->attributes().end()) != attributes) {
      return invalidParameter("Token Reason: Endpoint " + before->arn() +
                              " already exists with the same Token, but different attributes.");
    }
    output.EndpointArn_ = before->arn();
    return output;
  }
  rows::PlatformEndpoint endpoint;
  endpoint.set_arn("arn:aws:sns:" + context.region() + ":" + context.account() + ":endpoint/" + application.platform() +
                   "/" + application.name() + "/" + context.random().uuid());
  endpoint.set_token(input.Token_);
  for (const auto& [name, value] : attributes) (*endpoint.mutable_attributes())[name] = value;
  put(context, endpoint, input.PlatformApplicationArn_);
  output.EndpointArn_ = endpoint.arn();
  return output;
}

base::Result<DeleteEndpoint::Output> remove(dispatch::Context& context, const DeleteEndpoint::Input& input) {
  TRY(checkArn(input.EndpointArn_, "EndpointArn"));
  if (const auto place = kEndpointPlaces.get(context.transaction(), input.EndpointArn_)) {
    kEndpoints.erase(context.transaction(), place->application_arn(), place->token());
    kEndpointPlaces.erase(context.transaction(), input.EndpointArn_);
  }
  return DeleteEndpoint::Output();
}

base::Result<GetEndpointAttributes::Output> get(dispatch::Context& context, const GetEndpointAttributes::Input& input) {
  TRY_ASSIGN(const auto endpoint, findEndpoint(context, input.EndpointArn_));
  GetEndpointAttributes::Output output;
  output.Attributes_ = shown(endpoint);
  return output;
}

base::Result<SetEndpointAttributes::Output> set(dispatch::Context& context, const SetEndpointAttributes::Input& input) {
  TRY(checkArn(input.EndpointArn_, "EndpointArn"));
  if (input.Attributes_.empty()) return noAttributes();
  TRY(checkAttributes(input.Attributes_));
  TRY_ASSIGN(auto endpoint, findEndpoint(context, input.EndpointArn_));
  const auto place = kEndpointPlaces.get(context.transaction(), input.EndpointArn_);
  kEndpoints.erase(context.transaction(), place->application_arn(), place->token());
  for (const auto& [name, value] : input.Attributes_) {
    if (name == "Token") {
      endpoint.set_token(value);
    } else {
      (*endpoint.mutable_attributes())[name] = value;
    }
  }
  put(context, endpoint, place->application_arn());
  return SetEndpointAttributes::Output();
}

base::Result<ListEndpointsByPlatformApplication::Output> list(dispatch::Context& context,
                                                              const ListEndpointsByPlatformApplication::Input& input) {
  const std::string& application = input.PlatformApplicationArn_;
  TRY(findApplication(context, application));
  const std::string after =
      input.NextToken_ && !input.NextToken_->empty() ? kEndpoints.key(application, *input.NextToken_).bytes() : "";
  const auto entries = kEndpoints.scanAfter(context.transaction(), after, {.limit = kPageSize + 1}, application);
  ListEndpointsByPlatformApplication::Output output;
  output.Endpoints_.emplace();
  for (std::size_t i = 0; i < std::min(entries.size(), kPageSize); ++i) {
    auto& endpoint = output.Endpoints_->emplace_back();
    endpoint.EndpointArn_ = entries[i].record.arn();
    endpoint.Attributes_ = shown(entries[i].record);
  }
  if (entries.size() > kPageSize) output.NextToken_ = entries[kPageSize - 1].record.token();
  return output;
}

}  // namespace

base::Result<rows::PlatformEndpoint> findEndpoint(dispatch::Context& context, const std::string& arn) {
  TRY(checkArn(arn, "EndpointArn"));
  const auto place = kEndpointPlaces.get(context.transaction(), arn);
  if (!place) return base::ApiError{"NotFound", "Endpoint does not exist", 404};
  auto endpoint = kEndpoints.get(context.transaction(), place->application_arn(), place->token());
  if (!endpoint) throw store::DamagedRow("an endpoint of SNS has a place but no row");
  return *std::move(endpoint);
}

void registerPlatformEndpoints(dispatch::Registry& registry) {
  registry.add<CreatePlatformEndpoint>(create);
  registry.add<DeleteEndpoint>(remove);
  registry.add<GetEndpointAttributes>(get);
  registry.add<SetEndpointAttributes>(set);
  registry.add<ListEndpointsByPlatformApplication>(list);
}

}  // namespace thimble::services::sns
