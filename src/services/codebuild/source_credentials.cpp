// ImportSourceCredentials, ListSourceCredentials, DeleteSourceCredentials.
// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ImportSourceCredentials.html and its siblings
#include "services/codebuild/source_credentials.h"

#include "services/codebuild/document_rows.h"
#include "services/codebuild/errors.h"
#include "services/codebuild/operations.h"
#include "wire/shapes/codebuild.h"

namespace thimble::services::codebuild {
namespace {

namespace shape = shapes::codebuild;
using base::Json;

/// Key: account, region, server type. {"arn", "serverType", "authType", "resource", "Username", "Token": sealed}.
constexpr store::Table<rows::Record> kSourceCredentials("codebuild.source_credentials");

std::string purposeOf(const Place& place, const std::string& server_type) {
  return "codebuild.source_credentials/" + place.account + "/" + place.region + "/" + server_type;
}

std::string arnOf(const Place& place, const std::string& server_type) {
  std::string name = server_type;
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return place.arn("token/" + name);
}

base::Result<void> check(const shape::ImportSourceCredentials::Input& input) {
  if (input.authType_ == "OAUTH") {
    return invalidInput("The auth type OAUTH is not supported by the API: nobody can sign in here");
  }
  const bool basic = input.authType_ == "BASIC_AUTH";
  if (basic != (input.serverType_ == "BITBUCKET") && input.authType_ != "SECRETS_MANAGER" &&
      input.authType_ != "CODECONNECTIONS") {
    return invalidInput("Auth type " + input.authType_ + " is not supported for server type " + input.serverType_);
  }
  if (basic && !input.username_) return invalidInput("A username is required for the auth type BASIC_AUTH");
  if (!basic && input.username_) return invalidInput("A username is only valid for the auth type BASIC_AUTH");
  const std::string service = input.authType_ == "SECRETS_MANAGER"   ? "arn:aws:secretsmanager:"
                              : input.authType_ == "CODECONNECTIONS" ? "arn:aws:code"
                                                                     : "";
  if (!input.token_.starts_with(service)) {
    return invalidInput("The token has to be an ARN for the auth type " + input.authType_);
  }
  return {};
}

base::Result<shape::ImportSourceCredentials::Output> importCredentials(
    dispatch::Context& context, platform::Sealer& sealer, const shape::ImportSourceCredentials::Input& input) {
  TRY(check(input));
  const Place place = placeOf(context);
  const std::string& type = input.serverType_;
  if (input.shouldOverwrite_ == false &&
      kSourceCredentials.has(context.transaction(), place.account, place.region, type)) {
    return base::ApiError{"ResourceAlreadyExistsException", "Source credentials already exist: " + arnOf(place, type),
                          400};
  }
  Json document = Json::object({{"arn", arnOf(place, type)},
                                {"serverType", type},
                                {"authType", input.authType_},
                                {"Username", input.username_.value_or("")},
                                {"Token", sealer.seal(input.token_, purposeOf(place, type))}});
  if (input.token_.starts_with("arn:")) document.set("resource", input.token_);
  kSourceCredentials.put(context.transaction(), pack(document), place.account, place.region, type);
  shape::ImportSourceCredentials::Output output;
  output.arn_ = arnOf(place, type);
  return output;
}

Outcome listSourceCredentials(dispatch::Context& context, const Json&) {
  Json list = Json::array();
  for (const auto& entry : kSourceCredentials.scan(context.transaction(), {}, context.account(), context.region())) {
    Json shown = unpack(entry.record);
    shown.erase("Username");
    shown.erase("Token");
    list.push(std::move(shown));
  }
  return Json::object({{"sourceCredentialsInfos", std::move(list)}});
}

Outcome deleteSourceCredentials(dispatch::Context& context, const Json& input) {
  const std::string arn = input.stringAt("arn");
  for (const auto& entry : kSourceCredentials.scan(context.transaction(), {}, context.account(), context.region())) {
    const Json document = unpack(entry.record);
    if (document.stringAt("arn") != arn) continue;
    kSourceCredentials.erase(context.transaction(), context.account(), context.region(),
                             document.stringAt("serverType"));
    return Json::object({{"arn", arn}});
  }
  return base::ApiError{"ResourceNotFoundException", "Source credentials cannot be found: " + arn, 400};
}

}  // namespace

std::optional<SourceCredentials> findSourceCredentials(store::Transaction& transaction, const platform::Sealer& sealer,
                                                       const Place& place, const std::string& server_type) {
  const auto document = unpackFound(kSourceCredentials.get(transaction, place.account, place.region, server_type));
  if (!document) return std::nullopt;
  return SourceCredentials{document->stringAt("authType"), document->stringAt("Username"),
                           sealer.open(document->stringAt("Token"), purposeOf(place, server_type))};
}

void registerSourceCredentials(dispatch::Registry& registry, platform::Sealer& sealer) {
  using Import = shape::ImportSourceCredentials;
  registry.add<Import>([&sealer](dispatch::Context& context, const Import::Input& input) {
    return importCredentials(context, sealer, input);
  });
  addOperation<shape::ListSourceCredentials>(registry, listSourceCredentials);
  addOperation<shape::DeleteSourceCredentials>(registry, deleteSourceCredentials);
}

}  // namespace thimble::services::codebuild
