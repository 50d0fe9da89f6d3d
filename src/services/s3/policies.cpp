// Bucket policies.
#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {
namespace {

using base::Json;
using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

// Statements allow everyone when their principal is "*" and no condition narrows it.
bool isPublic(const Json& policy) {
  const Json& statements = policy["Statement"];
  const Json list = statements.isArray() ? statements : Json::array({statements});
  for (const Json& statement : list.asArray()) {
    const Json& principal = statement["Principal"];
    bool everyone = principal == Json("*") || principal["AWS"] == Json("*");
    if (everyone && statement["Effect"] == Json("Allow") && !statement.contains("Condition")) return true;
  }
  return false;
}

Result<void> checkPolicy(const std::string& text, const std::string& bucket) {
  if (text.empty() || text[0] != '{')
    return malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
  if (text.size() > 20480) return malformedPolicy("Policies must not be larger than 20480 bytes");
  auto parsed = Json::parse(text);
  if (!parsed.ok()) return malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
  const Json& policy = parsed.value();
  if (!policy.contains("Statement")) return malformedPolicy("Missing required field Statement");
  const Json& statements = policy["Statement"];
  const Json list = statements.isArray() ? statements : Json::array({statements});
  const std::string arn = "arn:aws:s3:::" + bucket;
  for (const Json& statement : list.asArray()) {
    for (const char* field : {"Effect", "Principal", "Action", "Resource"}) {
      if (!statement.contains(field) && !statement.contains(std::string("Not") + field)) {
        return malformedPolicy(std::string("Missing required field ") + field);
      }
    }
    const Json& resource = statement["Resource"];
    if (resource.isNull()) continue;
    const Json resources = resource.isArray() ? resource : Json::array({resource});
    for (const Json& item : resources.asArray()) {
      const std::string named = item.isString() ? item.asString() : std::string();
      bool inside = named == "*" || named == arn || named.starts_with(arn + "/") || named == arn + "*" ||
                    named == "arn:aws:s3:::*";
      if (!inside) return malformedPolicy("Policy has invalid resource");
    }
  }
  return {};
}

Result<dispatch::Reply<api::PutBucketPolicy::Output>> putBucketPolicy(Context& context,
                                                                      const api::PutBucketPolicy::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY(checkPolicy(input.Policy_, bucket.name()));
  auto policy = Json::parse(input.Policy_);
  if (configuration(bucket, "PublicAccessBlock")["BlockPublicPolicy"] == Json(true) && isPublic(policy.value())) {
    const dispatch::Identity& caller = context.call().identity;
    return accessDenied(
        "User: " + caller.arn +
        " is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::" + bucket.name() +
        "\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public "
        "Access.");
  }
  (*bucket.mutable_configurations())["Policy"] = Json(input.Policy_).write();
  kBuckets.put(context.transaction(), bucket, bucket.name());
  dispatch::Reply<api::PutBucketPolicy::Output> reply{api::PutBucketPolicy::Output{}};
  reply.http_status = 204;
  return reply;
}

Result<proto::Bucket> bucketWithPolicy(Context& context, const std::string& name,
                                       const std::optional<std::string>& owner) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), name, owner));
  if (!bucket.configurations().contains("Policy")) {
    return noSuchConfiguration("NoSuchBucketPolicy", "The bucket policy does not exist", name);
  }
  return bucket;
}

Result<api::GetBucketPolicy::Output> getBucketPolicy(Context& context, const api::GetBucketPolicy::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, bucketWithPolicy(context, input.Bucket_, input.ExpectedBucketOwner_));
  api::GetBucketPolicy::Output output;
  output.Policy_ = configuration(bucket, "Policy").asString();
  return output;
}

Result<api::GetBucketPolicyStatus::Output> getBucketPolicyStatus(Context& context,
                                                                 const api::GetBucketPolicyStatus::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, bucketWithPolicy(context, input.Bucket_, input.ExpectedBucketOwner_));
  api::GetBucketPolicyStatus::Output output;
  output.PolicyStatus_.emplace();
  auto policy = Json::parse(configuration(bucket, "Policy").asString());
  output.PolicyStatus_->IsPublic_ = policy.ok() && isPublic(policy.value());
  return output;
}

Result<api::DeleteBucketPolicy::Output> deleteBucketPolicy(Context& context,
                                                           const api::DeleteBucketPolicy::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  bucket.mutable_configurations()->erase("Policy");
  kBuckets.put(context.transaction(), bucket, bucket.name());
  return api::DeleteBucketPolicy::Output{};
}

// The policy of the bucket that an ARN "arn:aws:s3:::bucket/key" is in.
std::optional<std::string> policyOf(store::Transaction& transaction, const std::string& arn) {
  constexpr std::string_view kPrefix = "arn:aws:s3:::";
  if (!arn.starts_with(kPrefix)) return std::nullopt;
  std::string name = arn.substr(kPrefix.size());
  name = name.substr(0, name.find('/'));
  auto bucket = kBuckets.get(transaction, name);
  if (!bucket) return std::nullopt;
  Json policy = configuration(*bucket, "Policy");
  return policy.isString() ? std::optional(policy.asString()) : std::nullopt;
}

}  // namespace

void registerPolicies(dispatch::Registry& registry) {
  registry.add<api::PutBucketPolicy>(putBucketPolicy);
  registry.add<api::GetBucketPolicy>(getBucketPolicy);
  registry.add<api::GetBucketPolicyStatus>(getBucketPolicyStatus);
  registry.add<api::DeleteBucketPolicy>(deleteBucketPolicy);
  registry.addResourcePolicy("s3", policyOf);
}

}  // namespace thimble::services::s3
