#include "services/s3/acl.h"

#include "services/s3/common.h"
#include "services/s3/errors.h"
#include "services/s3/notifications.h"
#include "services/s3/operations.h"
#include "wire/shapes/s3.h"

namespace thimble::services::s3 {

using base::Json;
using base::Result;
using dispatch::Context;
namespace api = shapes::s3;

namespace {

constexpr char kAllUsers[] = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr char kAuthenticated[] = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
constexpr char kLogDelivery[] = "http://acs.amazonaws.com/groups/s3/LogDelivery";

Json groupGrant(const char* uri, const char* permission) {
  return Json::object({{"Grantee", Json::object({{"Type", "Group"}, {"URI", uri}})}, {"Permission", permission}});
}

bool enforcesOwner(const proto::Bucket& bucket) {
  const Json rules = configuration(bucket, "OwnershipControls")["Rules"];
  return rules[std::size_t{0}]["ObjectOwnership"] == Json("BucketOwnerEnforced");
}

base::ApiError aclsNotSupported() {
  return {"AccessControlListNotSupported", "The bucket does not allow ACLs", 400};
}

Result<Json> fromPolicy(const api::AccessControlPolicy& policy, const std::string& account) {
  if (!policy.Owner_ || !policy.Owner_->ID_) return malformedXml();
  Json acl = toJson(policy);
  if (*policy.Owner_->ID_ != canonicalUser(account)) {
    return invalidArgument("Invalid id", "CanonicalUser/ID", *policy.Owner_->ID_);
  }
  if (!acl.contains("Grants")) acl.set("Grants", Json::array());
  for (const Json& grant : acl["Grants"].asArray()) {
    const std::string type = grant["Grantee"].stringAt("Type");
    const std::string permission = grant.stringAt("Permission");
    if (type == "Group") {
      const std::string uri = grant["Grantee"].stringAt("URI");
      if (uri != kAllUsers && uri != kAuthenticated && uri != kLogDelivery) {
        return invalidArgument("Invalid group uri", "Group/URI", uri);
      }
    } else if (type != "CanonicalUser" && type != "AmazonCustomerByEmail") {
      return malformedXml();
    }
    if (permission != "FULL_CONTROL" && permission != "READ" && permission != "WRITE" && permission != "READ_ACP" &&
        permission != "WRITE_ACP") {
      return malformedXml();
    }
  }
  return acl;
}

template <class Input>
Result<Json> wantedAcl(const Input& input, const std::string& account) {
  TRY_ASSIGN(Json acl, requestedAcl(input, account));
  if (!acl.isNull()) return acl;
  if (!input.AccessControlPolicy_) {
    return base::ApiError{"MissingSecurityHeader", "Your request was missing a required header", 400,
                          Json::object({{"MissingHeaderName", "x-amz-acl"}})};
  }
  return fromPolicy(*input.AccessControlPolicy_, account);
}

Result<api::PutBucketAcl::Output> putBucketAcl(Context& context, const api::PutBucketAcl::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(Json acl, wantedAcl(input, bucket.account()));
  TRY(checkAclAllowed(bucket, acl));
  (*bucket.mutable_configurations())["Acl"] = acl.write();
  kBuckets.put(context.transaction(), bucket, bucket.name());
  return api::PutBucketAcl::Output{};
}

Result<api::GetBucketAcl::Output> getBucketAcl(Context& context, const api::GetBucketAcl::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  Json acl = configuration(bucket, "Acl");
  if (acl.isNull()) acl = privateAcl(bucket.account());
  return shapes::fromJson<api::GetBucketAcl::Output>(acl);
}

Result<api::PutObjectAcl::Output> putObjectAcl(Context& context, const api::PutObjectAcl::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object,
             requireObject(context.transaction(), bucket, input.Key_, input.VersionId_, "PUT"));
  TRY_ASSIGN(Json acl, wantedAcl(input, bucket.account()));
  TRY(checkAclAllowed(bucket, acl));
  object.set_acl(acl.write());
  updateVersion(context.transaction(), bucket.name(), object);
  notify(context, bucket, object, "ObjectAcl:Put");
  return api::PutObjectAcl::Output{};
}

Result<api::GetObjectAcl::Output> getObjectAcl(Context& context, const api::GetObjectAcl::Input& input) {
  TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
  TRY_ASSIGN(proto::ObjectVersion object,
             requireObject(context.transaction(), bucket, input.Key_, input.VersionId_, "GET"));
  Json acl = privateAcl(bucket.account());
  if (auto parsed = Json::parse(object.acl()); !object.acl().empty() && parsed.ok()) acl = std::move(parsed).value();
  return shapes::fromJson<api::GetObjectAcl::Output>(acl);
}

}  // namespace

Result<void> checkAclAllowed(const proto::Bucket& bucket, const Json& acl) {
  if (enforcesOwner(bucket) && acl != privateAcl(bucket.account())) return aclsNotSupported();
  if (configuration(bucket, "PublicAccessBlock")["BlockPublicAcls"] == Json(true)) {
    for (const Json& grant : acl["Grants"].asArray()) {
      if (grant["Grantee"].stringAt("URI") == kAllUsers || grant["Grantee"].stringAt("URI") == kAuthenticated) {
        return accessDenied();
      }
    }
  }
  return {};
}

Json privateAcl(const std::string& account) {
  const Json id(canonicalUser(account));
  return Json::object(
      {{"Owner", Json::object({{"ID", id}})},
       {"Grants", Json::array({Json::object({{"Grantee", Json::object({{"Type", "CanonicalUser"}, {"ID", id}})},
                                             {"Permission", "FULL_CONTROL"}})})}});
}

Result<Json> cannedAcl(const std::string& name, const std::string& account) {
  Json acl = privateAcl(account);
  Json grants = acl["Grants"];
  if (name == "public-read" || name == "public-read-write") grants.push(groupGrant(kAllUsers, "READ"));
  if (name == "public-read-write") grants.push(groupGrant(kAllUsers, "WRITE"));
  if (name == "authenticated-read") grants.push(groupGrant(kAuthenticated, "READ"));
  if (name == "log-delivery-write") {
    grants.push(groupGrant(kLogDelivery, "WRITE"));
    grants.push(groupGrant(kLogDelivery, "READ_ACP"));
  }
  static constexpr std::string_view kKnown[] = {"private",
                                                "public-read",
                                                "public-read-write",
                                                "authenticated-read",
                                                "log-delivery-write",
                                                "bucket-owner-read",
                                                "bucket-owner-full-control",
                                                "aws-exec-read"};
  for (std::string_view known : kKnown) {
    if (known != name) continue;
    acl.set("Grants", std::move(grants));
    return acl;
  }
  return invalidArgument("", "x-amz-acl", name);
}

// `id="…", uri="…"`, separated by commas.
Result<void> addGrants(Json& grants, const std::optional<std::string>& header, const std::string& permission) {
  if (!header) return {};
  std::string_view rest = *header;
  while (!rest.empty()) {
    std::size_t comma = rest.find(',');
    std::string_view item = rest.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) {
      return invalidArgument("Argument format not recognized", "x-amz-grant-" + permission, std::string(item));
    }
    std::string kind(item.substr(0, equals));
    std::string value(item.substr(equals + 1));
    std::erase(value, '"');
    Json grantee;
    if (kind == "uri") {
      if (value != kAllUsers && value != kAuthenticated && value != kLogDelivery) {
        return invalidArgument("Invalid group uri", "uri", value);
      }
      grantee = Json::object({{"Type", "Group"}, {"URI", value}});
    } else if (kind == "id") {
      grantee = Json::object({{"Type", "CanonicalUser"}, {"ID", value}});
    } else {
      return invalidArgument("Argument format not recognized", "x-amz-grant-" + permission, std::string(item));
    }
    grants.push(Json::object({{"Grantee", std::move(grantee)}, {"Permission", permission}}));
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return {};
}

void registerAcls(dispatch::Registry& registry) {
  registry.add<api::PutBucketAcl>(putBucketAcl);
  registry.add<api::GetBucketAcl>(getBucketAcl);
  registry.add<api::PutObjectAcl>(putObjectAcl);
  registry.add<api::GetObjectAcl>(getObjectAcl);
}

}  // namespace thimble::services::s3
