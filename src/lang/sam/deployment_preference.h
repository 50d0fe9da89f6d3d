// Gradual deployment of functions: the CodeDeploy resources that all functions with a DeploymentPreference share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lang/sam/resource.h"
#include "lang/sam/value.h"

namespace thimble::lang::sam {

class DeploymentPreferences {
 public:
  /// Reads one function's preference, its intrinsics resolved. Tags are those to propagate, or null.
  void add(const std::string& function_id, const Value& preference, const Value& condition, const Value& tags);
  bool enabled(const std::string& function_id) const;
  bool anyEnabled() const;
  /// The alias's UpdatePolicy.
  Value updatePolicy(const std::string& function_id) const;
  /// Application, service role and the deployment groups, and members for the template's Conditions. Fails per group
  /// into `faults`.
  Resources resources(const std::string& partition) const;
  /// An aggregate condition for the template; null when none is needed.
  Value aggregateCondition() const;
  std::vector<std::string> enabledFunctions() const;
  ResourcePointer deploymentGroup(const std::string& function_id) const;

 private:
  struct Preference {
    bool enabled = false;
    Value type, pre_traffic, post_traffic, alarms, role, triggers, condition, tags;
  };
  const Preference& find(const std::string& function_id) const;
  bool needsCondition() const;
  std::vector<std::string> conditionNames() const;
  void addShared(Resource& resource) const;

  std::vector<std::pair<std::string, Preference>> preferences_;
};

}  // namespace thimble::lang::sam
