// S3: the bucket's notification configuration calls the function.
#include <algorithm>

#include "lang/sam/events/kinds.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"Bucket", Is::Text, Presence::Required},
    {"Events", Is::TextOrList, Presence::Required, Intrinsics::Refused},
    {"Filter", Is::MapOfTexts},
};

EventLink link(const Value& resources, const Macro& event) {
  const Value bucket = event["Bucket"];
  if (bucket.has("Ref")) {
    const Value id = bucket["Ref"];
    if (!id.isText()) failEvent(event.relative_id.text, "'Ref' value in S3 events is not a valid string.");
    if (resources.has(id.str())) return {.linked = resources[id.str()], .linked_id = id.asText()};
  }
  failEvent(event.relative_id.text, "S3 events must reference an S3 bucket in the same template.");
}

/// The bucket is made after the permission, which S3 checks when the notification is set.
void dependOn(const Value& bucket, const Macro& event, const Text& permission_id) {
  const Value given = bucket["DependsOn"];
  Value depends_on = Value::list();
  const auto fail = [&] {
    failResource(event.logical_id.text, "Invalid type for field 'DependsOn'. Expected a string or list of strings.");
  };
  if (given.isText())
    depends_on.push(given);
  else if (bucket.has("DependsOn") && !given.isList())
    fail();
  if (given.isList()) {
    for (const Value& item : given.items()) {
      if (!item.isText()) fail();
      if (!depends_on.listContains(item)) depends_on.push(item);
    }
  }
  if (!depends_on.listContains(permission_id)) depends_on.push(permission_id);
  bucket.set("DependsOn", depends_on);
}

/// A permission under a condition cannot be depended on; a tag that refers to it makes the same order.
void dependOnByTag(const Value& bucket, const Text& bucket_id, const Resource& permission) {
  if (bucket["Properties"].isNull()) bucket.set("Properties", Value::map());
  const Value properties = bucket["Properties"];
  const Value tags = properties["Tags"].isNull() ? Value::list() : properties["Tags"];
  expectList(tags, ofResource(bucket_id.text), "Tags");
  const Value with_tag = tags.shallowCopy();
  with_tag.push(Value::map(
      {{"Key", "sam:ConditionalDependsOn:" + permission.logical_id.text},
       {"Value", conditional(permission.attributes["Condition"], ref(permission.logical_id), "no dependency")}}));
  properties.set("Tags", with_tag);
}

void addNotifications(const EventTarget& target, const Macro& event, const Value& bucket,
                      const std::string& bucket_id) {
  const Value properties = bucket.has("Properties") ? bucket["Properties"] : Value::map();
  expectMap(properties, ofResource(bucket_id), "", "Properties should be a map.");
  bucket.set("Properties", properties);
  if (properties["NotificationConfiguration"].isNull()) properties.set("NotificationConfiguration", Value::map());
  const Value configuration = properties["NotificationConfiguration"];
  expectMap(configuration, ofResource(bucket_id), "NotificationConfiguration");
  if (configuration["LambdaConfigurations"].isNull()) configuration.set("LambdaConfigurations", Value::list());
  const Value functions = configuration["LambdaConfigurations"];
  if (!functions.isList()) failResource(bucket_id, "Invalid type for LambdaConfigurations. Must be a list.");

  const Value names = event["Events"].isList() ? event["Events"] : Value::list({event["Events"]});
  for (const Value& name : names.items()) {
    Value entry = Value::map({{"Function", arnOf(target.resource)}});
    if (!event["Filter"].isNull()) entry.set("Filter", event["Filter"]);
    entry.set("Event", name);
    if (target.resource.attributes.has("Condition"))
      entry = conditional(target.resource.attributes["Condition"], entry);
    if (!functions.listContains(entry)) functions.push(entry);
  }
}

Resources expand(EventTarget& target, Macro& event, const EventLink& link) {
  const Value bucket = link.linked;
  ResourcePointer permission = makePermission(
      event, target.resource, {.principal = "s3.amazonaws.com", .source_account = ref("AWS::AccountId")});
  if (permission->attributes.has("Condition"))
    dependOnByTag(bucket, link.linked_id, *permission);
  else
    dependOn(bucket, event, permission->logical_id);
  addNotifications(target, event, bucket, link.linked_id.text);

  const std::string type = bucket["Type"].isText() ? bucket["Type"].str() : "";
  if (type != "AWS::S3::Bucket") {
    failResource(link.linked_id.text,
                 "Resource has incorrect Type; expected 'AWS::S3::Bucket', got '" + pythonString(bucket["Type"]) + "'");
  }
  ResourcePointer made = makeResource(type, link.linked_id);
  for (const char* name : {"DeletionPolicy", "UpdatePolicy", "Condition", "UpdateReplacePolicy", "Metadata"}) {
    if (bucket.has(name)) made->attributes.set(name, bucket[name]);
  }
  made->depends_on = bucket["DependsOn"];
  made->properties = bucket["Properties"].shallowCopy();
  return {permission, made};
}

}  // namespace

const EventKind kS3Event{"S3", kRules, link, expand};

}  // namespace thimble::lang::sam
