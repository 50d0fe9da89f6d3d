// Parts of the expansion of AWS::Serverless::Api.
#pragma once

#include <string>

#include "lang/sam/api_authorizer.h"
#include "lang/sam/context.h"
#include "lang/sam/properties.h"
#include "lang/sam/resource.h"

namespace thimble::lang::sam {

/// Puts Auth into the definition; returns the new one.
Value addApiAuth(Context& context, const Macro& macro, const Value& definition);
/// What the API's Auth names as authorizers; `default_name` adds AWS_IAM where it is that.
Authorizers readAuthorizers(const Macro& macro, const Value& config, const Value& default_name);
/// Permissions for the API to call its Lambda authorizers.
Resources makeAuthorizerPermissions(const Context& context, const Macro& macro);

/// Rewrites Swagger 2 sections where the API asks for OpenAPI 3.
Value toWantedVersion(const Macro& macro, const Value& definition);

/// Domain: the custom domain, its mappings and its DNS records, in the order in which they are listed.
Resources makeApiDomain(Context& context, const Macro& macro);

// Shared with HTTP and WebSocket APIs.
/// The record set group of a domain's Route53 section, shared by all domains of a hosted zone; null when there is none.
struct DomainRecords {
  Value domain;        ///< The Domain property.
  Value alias_target;  ///< What the records point to.
  Value attributes;
  bool separate_allowed = false;
  bool both_zone_keys = true;  ///< Id and name of the zone may both be set.
};
Value aliasTarget(const Value& domain, const Text& name_resource);
ResourcePointer recordSetGroup(Context& context, const std::string& api_id, const DomainRecords& records);
void checkRoute53(const std::string& api_id, const Value& route53);

}  // namespace thimble::lang::sam
