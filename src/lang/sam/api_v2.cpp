#include "lang/sam/api_v2.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "lang/sam/api.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

Value mutualTls(const std::string& id, const Value& given) {
  const std::string fields = " fields are ['TruststoreUri', 'TruststoreVersion'].";
  if (!given.isMap()) {
    failResource(id,
                 "MutualTlsAuthentication must be a map with at least one of the following fields ['TruststoreUri', "
                 "'TruststoreVersion'].");
  }
  std::vector<std::string> unknown;
  Value made = Value::map();
  for (const auto& [name, value] : given.members()) {
    if (name.text != "TruststoreUri" && name.text != "TruststoreVersion")
      unknown.push_back(name.text);
    else if (value.truthy())
      made.set(name, value);
  }
  std::sort(unknown.begin(), unknown.end());
  std::string joined;
  for (const std::string& name : unknown) joined += (joined.empty() ? "" : ",") + name;
  if (!unknown.empty()) failResource(joined, "Available MutualTlsAuthentication" + fields);
  return made;
}

ResourcePointer makeMapping(const Macro& macro, const Text& id, const Text& domain_id) {
  ResourcePointer mapping = makeResource("AWS::ApiGatewayV2::ApiMapping", id, passedThrough(macro.attributes));
  mapping->set("DomainName", ref(domain_id));
  mapping->set("ApiId", ref(macro.logical_id));
  mapping->set("Stage", ref(macro.logical_id + ".Stage"));
  return mapping;
}

Resources makeMappings(const Macro& macro, const Value& domain, const Text& domain_id) {
  Value paths = domain["BasePath"];
  if (paths.isText() && paths.truthy()) paths = Value::list({paths});
  if (!paths.isList() || !paths.truthy()) return {makeMapping(macro, macro.logical_id + "ApiMapping", domain_id)};
  Resources made;
  for (const Value& path : paths.items()) {
    if (!path.isText()) failResource(macro.logical_id.text, "Basepath must be a string.");
    std::string plain;
    for (const char c : path.str()) {
      const bool joiner = c == '/' || c == '-' || c == '_';
      if (!joiner && !std::isalnum(static_cast<unsigned char>(c))) {
        failResource(macro.logical_id.text, "Invalid Basepath name provided.");
      }
      if (!joiner) plain += c;
    }
    made.push_back(makeMapping(macro, macro.logical_id + plain + "ApiMapping", domain_id));
    std::string key = path.str();
    while (key.starts_with("/")) key.erase(0, 1);
    while (key.ends_with("/")) key.pop_back();
    made.back()->set("ApiMappingKey", key);
  }
  return made;
}

}  // namespace

Resources makeApiV2Domain(Context& context, const Macro& macro, const char* created_by) {
  const Value domain = macro["Domain"];
  if (domain.isNull()) return {};
  const std::string& id = macro.logical_id.text;
  if (domain["DomainName"].isNull() || domain["CertificateArn"].isNull()) {
    failResource(id, "Custom Domains only works if both DomainName and CertificateArn are provided.");
  }
  const Text domain_id = Text("ApiGatewayDomainNameV2") + hashedId("", domain["DomainName"]).text;
  ResourcePointer name = makeResource("AWS::ApiGatewayV2::DomainName", domain_id, passedThrough(macro.attributes));
  name->set("DomainName", domain["DomainName"]);
  name->set("Tags", Value::map({{created_by, "SAM"}}));
  const Value endpoint = domain["EndpointConfiguration"].isNull() ? Value("REGIONAL") : domain["EndpointConfiguration"];
  if (!endpoint.is("REGIONAL")) {
    failResource(id, "EndpointConfiguration for Custom Domains must be one of ['REGIONAL'].");
  }
  Value configuration = Value::map({{"CertificateArn", domain["CertificateArn"]}, {"EndpointType", endpoint}});
  for (const char* option : {"OwnershipVerificationCertificateArn", "SecurityPolicy"}) {
    if (domain[option].truthy()) configuration.set(option, domain[option]);
  }
  name->set("DomainNameConfigurations", Value::list({configuration}));
  if (domain["MutualTlsAuthentication"].truthy()) {
    name->set("MutualTlsAuthentication", mutualTls(id, domain["MutualTlsAuthentication"]));
  }
  Resources made{name};
  for (ResourcePointer& mapping : makeMappings(macro, domain, domain_id)) made.push_back(mapping);
  if (const Value route53 = domain["Route53"]; !route53.isNull()) {
    checkRoute53(id, route53);
    made.push_back(recordSetGroup(context, id,
                                  {.domain = domain,
                                   .alias_target = aliasTarget(domain, domain_id),
                                   .attributes = passedThrough(macro.attributes),
                                   .both_zone_keys = false}));
  }
  return made;
}

ResourcePointer makeApiV2AuthorizerPermission(const Macro& macro, const Text& id, const Value& function_arn) {
  ResourcePointer permission = makeResource("AWS::Lambda::Permission", id, passedThrough(macro.attributes));
  permission->set("Action", "lambda:InvokeFunction");
  permission->set("FunctionName", function_arn);
  permission->set("Principal", "apigateway.amazonaws.com");
  permission->set("SourceArn", sub(arnPattern("${AWS::Partition}", "execute-api", "${__ApiId__}/authorizers/*"),
                                   Value::map({{"__ApiId__", ref(macro.logical_id)}})));
  return permission;
}

}  // namespace thimble::lang::sam
