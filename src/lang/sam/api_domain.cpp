// Domain of AWS::Serverless::Api: public custom domains, and private ones, which are resources of a newer kind.
#include <cctype>

#include "lang/sam/api.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

/// The one hosted zone of all CloudFront distributions, which edge endpoints are.
constexpr const char* kCloudFrontZone = "Z2FDTNDATAQYW2";

Value records(const DomainRecords& records) {
  const Value route53 = records.domain["Route53"];
  Value made = Value::list();
  for (const char* type : {"A", "AAAA"}) {
    if (type == std::string_view("AAAA") && !(route53["IpV6"].isBool() && route53["IpV6"].asBool())) continue;
    Value record =
        Value::map({{"Name", records.domain["DomainName"]}, {"Type", type}, {"AliasTarget", records.alias_target}});
    for (const char* name : {"Region", "SetIdentifier"}) {
      if (!route53[name].isNull()) record.set(name, route53[name]);
    }
    made.push(record);
  }
  return made;
}

struct DomainKind {
  bool is_private;
  Text id;  ///< Logical id of the domain name.
};

Value mutualTls(const std::string& id, const Value& given) {
  expectMap(given, ofResource(id), "Domain.MutualTlsAuthentication");
  Value made = Value::map();
  for (const auto& [name, value] : given.members()) {
    if (name.text != "TruststoreUri" && name.text != "TruststoreVersion") {
      failResource(id, "Available Domain.MutualTlsAuthentication fields are ['TruststoreUri', 'TruststoreVersion'].");
    }
    if (value.truthy()) made.set(name, value);
  }
  return made;
}

ResourcePointer makeDomainName(const Macro& macro, const Value& domain, const DomainKind& kind) {
  const std::string& id = macro.logical_id.text;
  ResourcePointer made = makeResource(kind.is_private ? "AWS::ApiGateway::DomainNameV2" : "AWS::ApiGateway::DomainName",
                                      kind.id, passedThrough(macro.attributes));
  made->set("DomainName", domain["DomainName"]);
  Value endpoint = domain["EndpointConfiguration"];
  if (endpoint.isNull()) {
    endpoint = "REGIONAL";
    domain.set("EndpointConfiguration", "REGIONAL");
  } else if (!endpoint.is("EDGE") && !endpoint.is("REGIONAL") && !endpoint.is("PRIVATE")) {
    failResource(id, "EndpointConfiguration for Custom Domains must be one of ['EDGE', 'REGIONAL', 'PRIVATE'].");
  }
  made->set(endpoint.is("REGIONAL") ? "RegionalCertificateArn" : "CertificateArn", domain["CertificateArn"]);
  Value configuration = Value::map({{"Types", Value::list({endpoint})}});
  if (domain["IpAddressType"].truthy()) configuration.set("IpAddressType", domain["IpAddressType"]);
  made->set("EndpointConfiguration", configuration);
  if (!kind.is_private && domain["MutualTlsAuthentication"].truthy()) {
    made->set("MutualTlsAuthentication", mutualTls(id, domain["MutualTlsAuthentication"]));
  }
  for (const char* name : {"SecurityPolicy", "EndpointAccessMode"}) {
    if (domain[name].truthy()) made->set(name, domain[name]);
  }
  // Each kind has one property that the other lacks.
  const char* own = kind.is_private ? "Policy" : "OwnershipVerificationCertificateArn";
  if (domain[own].truthy()) made->set(own, domain[own]);
  return made;
}

Resources makeMappings(const Macro& macro, const Value& domain, const DomainKind& kind) {
  Value paths = domain["BasePath"];
  if (paths.isText() && paths.truthy()) paths = Value::list({paths});
  const auto make = [&](const Text& id, const Value& path) {
    ResourcePointer mapping =
        makeResource(kind.is_private ? "AWS::ApiGateway::BasePathMappingV2" : "AWS::ApiGateway::BasePathMapping", id,
                     passedThrough(macro.attributes));
    mapping->set(kind.is_private ? "DomainNameArn" : "DomainName", ref(kind.id));
    mapping->set("RestApiId", ref(macro.logical_id));
    mapping->set("Stage", ref(macro.logical_id + ".Stage"));
    mapping->set("BasePath", path);
    return mapping;
  };
  if (!paths.isList() || !paths.truthy()) return {make(macro.logical_id + "BasePathMapping", {})};
  expectListOfText(paths, ofResource(macro.logical_id.text), "Domain.BasePath");
  Resources made;
  for (const Value& path : paths.items()) {
    std::string plain;
    for (const char c : path.str()) {
      if (std::isalnum(static_cast<unsigned char>(c))) plain += c;
    }
    const bool normalise = !domain.has("NormalizeBasePath") || domain["NormalizeBasePath"].truthy();
    made.push_back(make(macro.logical_id + plain + "BasePathMapping", normalise ? Value(plain) : path));
  }
  return made;
}

Value targetOf(const Value& domain, const DomainKind& kind) {
  const Value route53 = domain["Route53"];
  if (domain["EndpointConfiguration"].is("REGIONAL")) return aliasTarget(domain, kind.id);
  Value target = Value::map();
  if (!route53["EvaluateTargetHealth"].isNull()) target.set("EvaluateTargetHealth", route53["EvaluateTargetHealth"]);
  if (domain["EndpointConfiguration"].is("EDGE")) {
    if (route53["DistributionDomainName"].isNull()) {
      route53.set("DistributionDomainName", getAtt(kind.id, "DistributionDomainName"));
    }
    target.set("HostedZoneId", kCloudFrontZone);
    target.set("DNSName", route53["DistributionDomainName"]);
  } else {
    target.set("HostedZoneId", route53["VpcEndpointHostedZoneId"]);
    target.set("DNSName", route53["VpcEndpointDomainName"]);
  }
  return target;
}

}  // namespace

Value aliasTarget(const Value& domain, const Text& name_resource) {
  Value target = Value::map();
  const Value health = domain["Route53"]["EvaluateTargetHealth"];
  if (!health.isNull()) target.set("EvaluateTargetHealth", health);
  target.set("HostedZoneId", getAtt(name_resource, "RegionalHostedZoneId"));
  target.set("DNSName", getAtt(name_resource, "RegionalDomainName"));
  return target;
}

void checkRoute53(const std::string& api_id, const Value& route53) {
  expectMap(route53, ofResource(api_id), "Domain.Route53");
  if (route53["HostedZoneId"].isNull() && route53["HostedZoneName"].isNull()) {
    failResource(api_id, "HostedZoneId or HostedZoneName is required to enable Route53 support on Custom Domains.");
  }
}

ResourcePointer recordSetGroup(Context& context, const std::string& api_id, const DomainRecords& wanted) {
  const Value route53 = wanted.domain["Route53"];
  const Value zone = route53["HostedZoneId"].truthy() ? route53["HostedZoneId"] : route53["HostedZoneName"];
  const auto make = [&](const Text& id) {
    ResourcePointer group = makeResource("AWS::Route53::RecordSetGroup", id, wanted.attributes);
    group->set("HostedZoneId", route53["HostedZoneId"]);
    if (wanted.both_zone_keys || route53["HostedZoneId"].isNull())
      group->set("HostedZoneName", route53["HostedZoneName"]);
    group->set("RecordSets", Value::list());
    return group;
  };
  ResourcePointer group;
  if (wanted.separate_allowed && route53["SeparateRecordSetGroup"].truthy()) {
    expectBool(route53["SeparateRecordSetGroup"], ofResource(api_id), "Domain.Route53.SeparateRecordSetGroup");
    group = make(hashedId("RecordSetGroup", Value::list({zone, wanted.domain["DomainName"]})));
  } else {
    const Text id = hashedId("RecordSetGroup", zone);
    ResourcePointer& shared = context.record_set_groups[id.text];
    if (shared == nullptr) shared = make(id);
    group = shared;
  }
  for (const Value& record : records(wanted).items()) (*group)["RecordSets"].push(record);
  return group;
}

Resources makeApiDomain(Context& context, const Macro& macro) {
  const Value domain = macro["Domain"];
  if (domain.isNull()) return {};
  const std::string& id = macro.logical_id.text;
  expectMap(domain, ofResource(id), "Domain");
  expectPresent(domain["DomainName"], ofResource(id), "Domain.DomainName");
  expectPresent(domain["CertificateArn"], ofResource(id), "Domain.CertificateArn");
  const bool is_private = domain["EndpointConfiguration"].is("PRIVATE");
  const DomainKind kind{is_private, Text(is_private ? "ApiGatewayDomainNameV2" : "ApiGatewayDomainName") +
                                        hashedId("", domain["DomainName"]).text};
  if (!is_private) domain.set("ApiDomainName", kind.id);

  Resources made{makeDomainName(macro, domain, kind)};
  for (ResourcePointer& mapping : makeMappings(macro, domain, kind)) made.push_back(mapping);
  ResourcePointer association;
  if (const Value access = domain["AccessAssociation"]; is_private && !access.isNull()) {
    const Value endpoint = access["VpcEndpointId"];
    association = makeResource("AWS::ApiGateway::DomainNameAccessAssociation",
                               hashedId("DomainNameAccessAssociation", Value::list({endpoint, kind.id})),
                               passedThrough(macro.attributes));
    association->set("DomainNameArn", ref(kind.id));
    association->set("AccessAssociationSourceType", "VPCE");
    association->set("AccessAssociationSource", endpoint);
  }
  if (const Value route53 = domain["Route53"]; !route53.isNull()) {
    checkRoute53(id, route53);
    made.push_back(recordSetGroup(context, id,
                                  {.domain = domain,
                                   .alias_target = targetOf(domain, kind),
                                   .attributes = passedThrough(macro.attributes),
                                   .separate_allowed = true}));
  }
  if (association != nullptr) made.push_back(association);
  return made;
}

}  // namespace thimble::lang::sam
