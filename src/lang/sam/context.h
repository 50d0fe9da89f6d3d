// What the expansion of one resource may read and change.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lang/sam/api_usage_plan.h"
#include "lang/sam/deployment_preference.h"
#include "lang/sam/fault.h"
#include "lang/sam/resource.h"
#include "lang/sam/transform.h"
#include "lang/sam/value.h"

namespace thimble::lang::sam {

struct Context {
  const TransformInput& input;
  Value parameters = Value::map();  ///< Given values, the template's defaults, AWS::Region and AWS::Partition.
  Value original;  ///< The template after Globals and implicit APIs; events change APIs and buckets in it.
  Value result;    ///< The template that is being made.
  DeploymentPreferences deployment_preferences;
  SharedUsagePlan shared_usage_plan;
  std::map<std::string, ResourcePointer> record_set_groups;
  std::map<std::string, Fault> application_faults;  ///< By the application's logical id.
  /// Names of the functions behind each API, joined; part of the API's deployment hash.
  std::map<std::string, std::string> function_names;

  const std::string& partition() const { return input.partition; }
  Value mappings() const { return result["Mappings"]; }
  /// The template's Conditions, made when there are none and `make` holds.
  Value conditions() const { return result["Conditions"]; }
  Value resolve(const Value& value) const;
  Value resolveWithMappings(const Value& value) const;
  std::string managedPolicy(const std::string& path_and_name) const {
    return "arn:" + partition() + ":iam::aws:policy/" + path_and_name;
  }
  std::string tracingPolicy() const {
    return managedPolicy(partition() == "aws" ? "AWSXrayWriteOnlyAccess" : "AWSXRayDaemonWriteAccess");
  }
};

}  // namespace thimble::lang::sam
