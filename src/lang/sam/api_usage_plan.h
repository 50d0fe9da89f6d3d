// Usage plans and API keys of REST APIs, per API or shared by all that ask for it.
#pragma once

#include <set>
#include <string>

#include "lang/sam/resource.h"
#include "lang/sam/value.h"

namespace thimble::lang::sam {

struct Macro;

/// What the APIs with CreateUsagePlan SHARED have gathered so far.
class SharedUsagePlan {
 public:
  Value depends_on = Value::list();
  Value api_stages = Value::list();
  Value stage_keys = Value::list();

  /// Condition and policies of the shared resources once this API has joined: the condition is that any of the APIs
  /// exists. Changes the template's Conditions.
  Value join(const Value& attributes, const Value& template_conditions);

 private:
  void joinCondition(const Value& condition, const Value& template_conditions);

  std::set<std::string> conditions_;
  bool any_without_condition_ = false;
  std::string deletion_policy_, update_replace_policy_;
};

/// Plan, key and the link between; empty when the API wants none.
Resources makeUsagePlan(SharedUsagePlan& shared, const Macro& api, const Value& usage_plan, const Resource& stage,
                        const Value& template_conditions);

}  // namespace thimble::lang::sam
