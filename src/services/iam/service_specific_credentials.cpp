// User names and passwords for services that cannot sign requests (CodeCommit over HTTPS).
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html
#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "services/iam/service_users.h"
#include "wire/shapes/iam.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::CreateServiceSpecificCredential;
using shapes::iam::DeleteServiceSpecificCredential;
using shapes::iam::ListServiceSpecificCredentials;
using shapes::iam::ResetServiceSpecificCredential;
using shapes::iam::UpdateServiceSpecificCredential;

constexpr int kMaxPerService = 2;
constexpr std::string_view kPasswordCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

base::Result<void> checkService(const std::string& service) {
  if (service == "codecommit.amazonaws.com" || service == "cassandra.amazonaws.com") return {};
  return noSuchEntity("No such service " + service + " is supported for Service Specific Credentials");
}

std::string newPassword(platform::Random& random) {
  return random.text(43, kPasswordCharacters) + "=";
}

base::ApiError noSuchCredential(const std::string& id) {
  return noSuchEntity("No such credential " + id + " exists");
}

rows::ServiceSpecificCredential* find(rows::UserRecord& user, const std::string& id) {
  for (rows::ServiceSpecificCredential& credential : *user.mutable_service_credentials()) {
    if (credential.id() == id) return &credential;
  }
  return nullptr;
}

/// `password`: shown this once.
shapes::iam::ServiceSpecificCredential describe(const std::string& user,
                                                const rows::ServiceSpecificCredential& credential,
                                                const std::string& password) {
  shapes::iam::ServiceSpecificCredential out;
  out.CreateDate_ = {credential.created()};
  out.ServiceName_ = credential.service();
  out.ServiceUserName_ = credential.user_name();
  out.ServicePassword_ = password;
  out.ServiceSpecificCredentialId_ = credential.id();
  out.UserName_ = user;
  out.Status_ = credential.inactive() ? "Inactive" : "Active";
  return out;
}

base::Result<CreateServiceSpecificCredential::Output> create(dispatch::Context& context,
                                                             const CreateServiceSpecificCredential::Input& input) {
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, input.UserName_));
  TRY(checkService(input.ServiceName_));
  int held = 0;
  for (const auto& credential : user.service_credentials()) held += credential.service() == input.ServiceName_;
  if (held >= kMaxPerService) return quotaExceeded("ServiceSpecificCredentialsPerUser", kMaxPerService);
  rows::ServiceSpecificCredential& credential = *user.add_service_credentials();
  credential.set_id(newId(context.random(), "ACCA"));
  credential.set_service(input.ServiceName_);
  credential.set_user_name(input.UserName_ + (held == 0 ? "" : "+" + std::to_string(held)) + "-at-" +
                           context.account());
  const std::string password = newPassword(context.random());
  setPassword(credential, password, context.random());
  credential.set_created(wholeSeconds(context).milliseconds);
  saveUser(context, user);
  CreateServiceSpecificCredential::Output output;
  output.ServiceSpecificCredential_ = describe(input.UserName_, credential, password);
  return output;
}

base::Result<ListServiceSpecificCredentials::Output> list(dispatch::Context& context,
                                                          const ListServiceSpecificCredentials::Input& input) {
  std::vector<rows::UserRecord> users;
  if (input.AllUsers_.value_or(false)) {
    for (auto& entry : kUsers.scan(context.transaction(), {}, context.account())) users.push_back(entry.record);
  } else {
    TRY_ASSIGN(const std::string name, userNameOrCaller(context, input.UserName_));
    TRY_ASSIGN(rows::UserRecord user, loadUser(context, name));
    users.push_back(std::move(user));
  }
  if (input.ServiceName_) TRY(checkService(*input.ServiceName_));
  ListServiceSpecificCredentials::Output output;
  output.ServiceSpecificCredentials_.emplace();
  for (const rows::UserRecord& user : users) {
    for (const auto& credential : user.service_credentials()) {
      if (input.ServiceName_ && credential.service() != *input.ServiceName_) continue;
      shapes::iam::ServiceSpecificCredentialMetadata shown;
      shown.UserName_ = user.principal().name();
      shown.Status_ = credential.inactive() ? "Inactive" : "Active";
      shown.ServiceUserName_ = credential.user_name();
      shown.CreateDate_ = {credential.created()};
      shown.ServiceSpecificCredentialId_ = credential.id();
      shown.ServiceName_ = credential.service();
      output.ServiceSpecificCredentials_->push_back(std::move(shown));
    }
  }
  return output;
}

base::Result<UpdateServiceSpecificCredential::Output> update(dispatch::Context& context,
                                                             const UpdateServiceSpecificCredential::Input& input) {
  TRY_ASSIGN(const std::string name, userNameOrCaller(context, input.UserName_));
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, name));
  rows::ServiceSpecificCredential* credential = find(user, input.ServiceSpecificCredentialId_);
  if (!credential) return noSuchCredential(input.ServiceSpecificCredentialId_);
  credential->set_inactive(input.Status_ != "Active");
  saveUser(context, user);
  return UpdateServiceSpecificCredential::Output{};
}

base::Result<ResetServiceSpecificCredential::Output> reset(dispatch::Context& context,
                                                           const ResetServiceSpecificCredential::Input& input) {
  TRY_ASSIGN(const std::string name, userNameOrCaller(context, input.UserName_));
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, name));
  rows::ServiceSpecificCredential* credential = find(user, input.ServiceSpecificCredentialId_);
  if (!credential) return noSuchCredential(input.ServiceSpecificCredentialId_);
  const std::string password = newPassword(context.random());
  setPassword(*credential, password, context.random());
  saveUser(context, user);
  ResetServiceSpecificCredential::Output output;
  output.ServiceSpecificCredential_ = describe(name, *credential, password);
  return output;
}

base::Result<DeleteServiceSpecificCredential::Output> remove(dispatch::Context& context,
                                                             const DeleteServiceSpecificCredential::Input& input) {
  TRY_ASSIGN(const std::string name, userNameOrCaller(context, input.UserName_));
  TRY_ASSIGN(rows::UserRecord user, loadUser(context, name));
  if (!find(user, input.ServiceSpecificCredentialId_)) return noSuchCredential(input.ServiceSpecificCredentialId_);
  auto& credentials = *user.mutable_service_credentials();
  credentials.erase(
      std::remove_if(credentials.begin(), credentials.end(),
                     [&](const auto& credential) { return credential.id() == input.ServiceSpecificCredentialId_; }),
      credentials.end());
  saveUser(context, user);
  return DeleteServiceSpecificCredential::Output{};
}

}  // namespace

void registerServiceSpecificCredentials(dispatch::Registry& registry) {
  registry.add<CreateServiceSpecificCredential>(create);
  registry.add<ListServiceSpecificCredentials>(list);
  registry.add<UpdateServiceSpecificCredential>(update);
  registry.add<ResetServiceSpecificCredential>(reset);
  registry.add<DeleteServiceSpecificCredential>(remove);
}

}  // namespace thimble::services::iam
