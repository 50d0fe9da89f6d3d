// AWS::Serverless::SimpleTable: a table with a single key.
#include "lang/sam/fault.h"
#include "lang/sam/macros.h"

namespace thimble::lang::sam {
namespace {

constexpr PropertyRule kRules[] = {
    {"PointInTimeRecoverySpecification"},
    {"PrimaryKey", Is::MapOfTexts},
    {"ProvisionedThroughput", Is::MapOfIntegersOrMaps},
    {"TableName", Is::TextOrMap},
    {"Tags", Is::Map},
    {"SSESpecification", Is::Map},
};

Value attributeType(const std::string& id, const Value& type) {
  for (const char* name : {"String", "Number", "Binary"}) {
    if (type.is(name)) return std::string(1, name[0]);
  }
  failResource(id, "Invalid 'Type' \"" + pythonString(type) + "\".");
}

}  // namespace

const PropertyRules kSimpleTableRules = kRules;

Resources expandSimpleTable(Context&, Macro& macro) {
  const std::string& id = macro.logical_id.text;
  ResourcePointer table = makeResource("AWS::DynamoDB::Table", macro.logical_id, macro.attributes);
  table->depends_on = macro.depends_on;
  Value name = "id";
  Value type = "S";
  if (const Value key = macro["PrimaryKey"]; key.truthy()) {
    name = expectPresent(key["Name"], ofResource(id), "PrimaryKey.Name");
    type = attributeType(id, expectPresent(key["Type"], ofResource(id), "PrimaryKey.Type"));
  }
  table->set("AttributeDefinitions", Value::list({Value::map({{"AttributeName", name}, {"AttributeType", type}})}));
  table->set("KeySchema", Value::list({Value::map({{"AttributeName", name}, {"KeyType", "HASH"}})}));
  if (!macro["ProvisionedThroughput"].truthy()) table->set("BillingMode", "PAY_PER_REQUEST");
  for (const char* property :
       {"PointInTimeRecoverySpecification", "ProvisionedThroughput", "SSESpecification", "TableName"}) {
    if (macro[property].truthy()) table->set(property, macro[property]);
  }
  if (macro["Tags"].truthy()) table->set("Tags", tagList(macro["Tags"]));
  return {table};
}

}  // namespace thimble::lang::sam
