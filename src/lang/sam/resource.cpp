#include "lang/sam/resource.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/encoding.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

/// Types that can carry Tags, and whether as a map instead of a list.
struct Taggable {
  std::string_view type;
  bool as_map = false;
};
constexpr std::array kTaggable = {
    Taggable{"AWS::Lambda::Function"},
    Taggable{"AWS::IAM::Role"},
    Taggable{"AWS::ApiGateway::RestApi"},
    Taggable{"AWS::ApiGateway::Stage"},
    Taggable{"AWS::ApiGateway::DomainName"},
    Taggable{"AWS::ApiGateway::DomainNameV2"},
    Taggable{"AWS::ApiGateway::UsagePlan"},
    Taggable{"AWS::ApiGateway::ApiKey"},
    Taggable{"AWS::ApiGateway::DomainNameAccessAssociation"},
    Taggable{"AWS::SNS::Topic"},
    Taggable{"AWS::SQS::Queue"},
    Taggable{"AWS::S3::Bucket"},
    Taggable{"AWS::StepFunctions::StateMachine"},
    Taggable{"AWS::IoT::TopicRule"},
    Taggable{"AWS::CodeDeploy::Application"},
    Taggable{"AWS::DynamoDB::Table"},
    Taggable{"AWS::CloudFormation::Stack"},
    Taggable{"AWS::CodeDeploy::DeploymentGroup"},
    Taggable{"AWS::Lambda::CapacityProvider"},
    Taggable{"AWS::AppSync::GraphQLApi"},
    Taggable{"AWS::ApiGatewayV2::Stage", true},
    Taggable{"AWS::ApiGatewayV2::DomainName", true},
};

}  // namespace

void Resource::set(std::string_view name, const Value& value) {
  if (value.isNull())
    properties.erase(name);
  else
    properties.set(name, value);
}

Value Resource::toTemplate() const {
  Value resource = Value::map({{"Type", type}});
  if (depends_on.truthy()) resource.set("DependsOn", depends_on);
  resource.update(attributes);
  resource.set("Properties", properties.shallowCopy());
  return resource;
}

ResourcePointer makeResource(std::string_view type, const Text& logical_id, const Value& attributes) {
  const std::string& id = logical_id.text;
  if (id.empty() || !std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) && c < 0x80; })) {
    failResource(id, "Logical ids must be alphanumeric.");
  }
  auto resource = std::make_shared<Resource>();
  resource->type = type;
  resource->logical_id = logical_id;
  if (attributes.isMap()) resource->attributes.update(attributes);
  return resource;
}

Value arnOf(const Resource& resource) {
  static constexpr std::array<std::string_view, 6> kByReference = {"AWS::Lambda::Alias",
                                                                   "AWS::Lambda::Version",
                                                                   "AWS::SNS::Topic",
                                                                   "AWS::StepFunctions::StateMachine",
                                                                   "AWS::StepFunctions::StateMachineVersion",
                                                                   "AWS::StepFunctions::StateMachineAlias"};
  if (std::find(kByReference.begin(), kByReference.end(), resource.type) != kByReference.end()) {
    return ref(resource.logical_id);
  }
  return getAtt(resource.logical_id, "Arn");
}

Value nameOf(const Resource& resource) {
  return ref(resource.logical_id);
}

Value passedThrough(const Value& attributes) {
  Value passed = Value::map();
  for (const char* name : {"Condition", "DeletionPolicy", "UpdateReplacePolicy"}) {
    if (attributes.has(name)) passed.set(name, attributes[name]);
  }
  return passed;
}

Value tagList(const Value& tags) {
  Value list = Value::list();
  for (const auto& [key, value] : tags.members()) {
    list.push(Value::map({{"Key", key}, {"Value", value.isNull() ? Value("") : value}}));
  }
  return list;
}

Text hashedId(const Text& prefix, const Value& data, std::string_view given_hash) {
  if (!given_hash.empty()) return prefix.text + std::string(given_hash.substr(0, 10));
  if (!data.truthy()) return prefix.text;
  const std::string text = data.isText() ? data.str() : sortedJson(data);
  return prefix.text + base::encodeHex(base::sha1(text)).substr(0, 10);
}

void propagateTags(const Resources& resources, const Value& tags, const Value& propagate) {
  if (!propagate.truthy() || !tags.truthy()) return;
  for (const ResourcePointer& resource : resources) {
    if (resource->type == "AWS::ApiGatewayV2::Api" && resource->properties["ProtocolType"].is("WEBSOCKET")) {
      resource->set("Tags", tags);
      continue;
    }
    for (const Taggable& taggable : kTaggable) {
      if (taggable.type == resource->type) resource->set("Tags", taggable.as_map ? tags : tagList(tags));
    }
  }
}

}  // namespace thimble::lang::sam
