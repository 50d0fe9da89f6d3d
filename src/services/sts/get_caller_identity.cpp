#include "services/sts/registration.h"
#include "wire/shapes/sts.h"

namespace thimble::services::sts {
namespace {

using shapes::sts::GetCallerIdentity;

/// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
base::Result<GetCallerIdentity::Output> getCallerIdentity(dispatch::Context& context, const GetCallerIdentity::Input&) {
  const dispatch::Identity& identity = context.call().identity;
  GetCallerIdentity::Output output;
  output.UserId_ = identity.user_id;
  output.Account_ = identity.account;
  output.Arn_ = identity.arn;
  return output;
}

}  // namespace

void registerCallerIdentity(dispatch::Registry& registry) {
  registry.add<GetCallerIdentity>(getCallerIdentity);
}

}  // namespace thimble::services::sts
