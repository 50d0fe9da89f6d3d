#include "services/iam/tags.h"

#include <algorithm>
#include <set>

#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"

namespace thimble::services::iam {
namespace {

constexpr int kMaxTags = 50;

/// Tags of a user or role.
template <class Op>
base::Result<typename Op::Output> tagPrincipal(dispatch::Context& context, const typename Op::Input& input) {
  TRY_ASSIGN(Holder holder, Holder::loadForChange(context, kindOf<typename Op::Input>(), nameMember(input)));
  if constexpr (requires { input.TagKeys_; }) {
    removeTags(*holder.principal().mutable_tags(), input.TagKeys_);
  } else {
    TRY(addTags(*holder.principal().mutable_tags(), input.Tags_));
  }
  holder.save(context);
  return typename Op::Output{};
}

template <class Output, class Input>
base::Result<Output> listed(const TagRecords& records, const Input& input) {
  std::vector<shapes::iam::Tag> tags = tagsOf(records);
  std::sort(tags.begin(), tags.end(),
            [](const shapes::iam::Tag& a, const shapes::iam::Tag& b) { return a.Key_ < b.Key_; });
  TRY_ASSIGN(auto page, paginate(std::move(tags), input.Marker_, input.MaxItems_,
                                 [](const shapes::iam::Tag& tag) { return tag.Key_; }));
  Output output;
  setPaging(page, output);
  output.Tags_ = std::move(page.items);
  return output;
}

template <class Op>
base::Result<typename Op::Output> listPrincipalTags(dispatch::Context& context, const typename Op::Input& input) {
  TRY_ASSIGN(const Holder holder, Holder::load(context, kindOf<typename Op::Input>(), nameMember(input)));
  return listed<typename Op::Output>(holder.principal().tags(), input);
}

template <class Op>
base::Result<typename Op::Output> tagPolicy(dispatch::Context& context, const typename Op::Input& input) {
  TRY_ASSIGN(rows::PolicyRecord policy, loadPolicy(context, input.PolicyArn_));
  if constexpr (requires { input.TagKeys_; }) {
    removeTags(*policy.mutable_tags(), input.TagKeys_);
  } else {
    TRY(addTags(*policy.mutable_tags(), input.Tags_));
  }
  savePolicy(context, policy);
  return typename Op::Output{};
}

base::Result<shapes::iam::ListPolicyTags::Output> listPolicyTags(dispatch::Context& context,
                                                                 const shapes::iam::ListPolicyTags::Input& input) {
  TRY_ASSIGN(const rows::PolicyRecord policy, loadPolicy(context, input.PolicyArn_));
  return listed<shapes::iam::ListPolicyTags::Output>(policy.tags(), input);
}

template <class Op>
base::Result<typename Op::Output> tagProfile(dispatch::Context& context, const typename Op::Input& input) {
  const std::string key = keyName(input.InstanceProfileName_);
  auto profile = kInstanceProfiles.get(context.transaction(), context.account(), key);
  if (!profile) return noSuchInstanceProfile(input.InstanceProfileName_);
  if constexpr (requires { input.TagKeys_; }) {
    removeTags(*profile->mutable_tags(), input.TagKeys_);
  } else {
    TRY(addTags(*profile->mutable_tags(), input.Tags_));
  }
  kInstanceProfiles.put(context.transaction(), *profile, context.account(), key);
  return typename Op::Output{};
}

base::Result<shapes::iam::ListInstanceProfileTags::Output> listProfileTags(
    dispatch::Context& context, const shapes::iam::ListInstanceProfileTags::Input& input) {
  const auto profile =
      kInstanceProfiles.get(context.transaction(), context.account(), keyName(input.InstanceProfileName_));
  if (!profile) return noSuchInstanceProfile(input.InstanceProfileName_);
  return listed<shapes::iam::ListInstanceProfileTags::Output>(profile->tags(), input);
}

}  // namespace

base::Result<void> addTags(TagRecords& records, const std::vector<shapes::iam::Tag>& tags) {
  std::set<std::string> seen;
  for (const shapes::iam::Tag& tag : tags) {
    if (!seen.insert(keyName(tag.Key_)).second) {
      return invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    }
    const auto held = std::find_if(records.begin(), records.end(),
                                   [&](const rows::Tag& record) { return keyName(record.key()) == keyName(tag.Key_); });
    rows::Tag& record = held == records.end() ? *records.Add() : *held;
    record.set_key(tag.Key_);
    record.set_value(tag.Value_);
  }
  if (records.size() > kMaxTags) {
    return limitExceeded("The number of tags has reached the maximum limit.");
  }
  return {};
}

void removeTags(TagRecords& records, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const auto gone = std::remove_if(records.begin(), records.end(),
                                     [&](const rows::Tag& record) { return keyName(record.key()) == keyName(key); });
    records.erase(gone, records.end());
  }
}

std::vector<shapes::iam::Tag> tagsOf(const TagRecords& records) {
  std::vector<shapes::iam::Tag> tags;
  for (const rows::Tag& record : records) {
    shapes::iam::Tag tag;
    tag.Key_ = record.key();
    tag.Value_ = record.value();
    tags.push_back(std::move(tag));
  }
  return tags;
}

std::optional<std::vector<shapes::iam::Tag>> tagsOrNothing(const TagRecords& records) {
  if (records.empty()) return std::nullopt;
  return tagsOf(records);
}

void registerTags(dispatch::Registry& registry) {
  using namespace shapes::iam;
  registry.add<TagUser>(tagPrincipal<TagUser>);
  registry.add<UntagUser>(tagPrincipal<UntagUser>);
  registry.add<ListUserTags>(listPrincipalTags<ListUserTags>);
  registry.add<TagRole>(tagPrincipal<TagRole>);
  registry.add<UntagRole>(tagPrincipal<UntagRole>);
  registry.add<ListRoleTags>(listPrincipalTags<ListRoleTags>);
  registry.add<TagPolicy>(tagPolicy<TagPolicy>);
  registry.add<UntagPolicy>(tagPolicy<UntagPolicy>);
  registry.add<ListPolicyTags>(listPolicyTags);
  registry.add<TagInstanceProfile>(tagProfile<TagInstanceProfile>);
  registry.add<UntagInstanceProfile>(tagProfile<UntagInstanceProfile>);
  registry.add<ListInstanceProfileTags>(listProfileTags);
}

}  // namespace thimble::services::iam
