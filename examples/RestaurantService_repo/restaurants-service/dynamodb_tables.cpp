#include "dynamodb_tables.h"

#include <cstdlib>
#include <map>

#include "functions/runtime/aws.h"
#include "wire/shapes/dynamodb.h"

namespace restaurants {
namespace {

namespace dynamodb = thimble::shapes::dynamodb;
using Item = std::map<std::string, dynamodb::AttributeValue>;

dynamodb::AttributeValue textValue(const std::string& value) {
  dynamodb::AttributeValue out;
  out.S_ = value;
  return out;
}

Item toItem(const Json& record) {
  Item item;
  for (const auto& [name, value] : record.asObject()) {
    if (value.isString()) {
      item[name] = textValue(value.asString());
    } else {
      item[name].N_ = value.write();
    }
  }
  return item;
}

Json toRecord(const Item& item) {
  Json record = Json::object();
  for (const auto& [name, value] : item) {
    if (value.S_) record.set(name, *value.S_);
    if (value.N_) record.set(name, Json::parse(*value.N_).value());
  }
  return record;
}

/// The output of a call, or a TableError that says what failed.
template <class Operation>
typename Operation::Output called(const typename Operation::Input& input, std::chrono::milliseconds timeout) {
  auto output = thimble::function::aws::call<Operation>(input, timeout);
  if (!output.ok()) {
    throw TableError(std::string(Operation::kName) + ": " + output.error().code + ": " + output.error().message);
  }
  return *output;
}

std::optional<Json> item(const std::string& table, Item key, std::chrono::milliseconds timeout) {
  dynamodb::GetItem::Input input;
  input.TableName_ = table;
  input.Key_ = std::move(key);
  input.ConsistentRead_ = true;
  const auto output = called<dynamodb::GetItem>(input, timeout);
  if (!output.Item_ || output.Item_->empty()) return std::nullopt;
  return toRecord(*output.Item_);
}

}  // namespace

std::optional<Json> DynamoDbTables::restaurant(const std::string& id) {
  return item(restaurants_, {{"id", textValue(id)}}, timeout_);
}

std::pair<std::vector<Json>, std::string> DynamoDbTables::restaurants(const std::string& next) {
  dynamodb::Scan::Input input;
  input.TableName_ = restaurants_;
  input.Limit_ = 100;
  if (!next.empty()) input.ExclusiveStartKey_ = Item{{"id", textValue(next)}};
  const auto output = called<dynamodb::Scan>(input, timeout_);
  std::pair<std::vector<Json>, std::string> page;
  for (const Item& found : output.Items_.value_or(std::vector<Item>())) page.first.push_back(toRecord(found));
  if (output.LastEvaluatedKey_ && !output.LastEvaluatedKey_->empty()) {
    page.second = output.LastEvaluatedKey_->at("id").S_.value_or("");
  }
  return page;
}

bool DynamoDbTables::addRestaurant(const Json& restaurant) {
  dynamodb::PutItem::Input input;
  input.TableName_ = restaurants_;
  input.Item_ = toItem(restaurant);
  input.ConditionExpression_ = "attribute_not_exists(id)";
  const auto output = thimble::function::aws::call<dynamodb::PutItem>(input, timeout_);
  if (output.ok()) return true;
  if (output.error().code == "ConditionalCheckFailedException") return false;
  throw TableError("PutItem: " + output.error().code + ": " + output.error().message);
}

std::optional<Json> DynamoDbTables::menuItem(const std::string& restaurant_id, const std::string& name) {
  return item(menu_, {{"restaurant_id", textValue(restaurant_id)}, {"item", textValue(name)}}, timeout_);
}

std::vector<Json> DynamoDbTables::menu(const std::string& restaurant_id) {
  dynamodb::Query::Input input;
  input.TableName_ = menu_;
  input.KeyConditionExpression_ = "restaurant_id = :id";
  input.ExpressionAttributeValues_ = Item{{":id", textValue(restaurant_id)}};
  std::vector<Json> menu;
  for (;;) {
    auto output = called<dynamodb::Query>(input, timeout_);
    for (const Item& found : output.Items_.value_or(std::vector<Item>())) menu.push_back(toRecord(found));
    if (!output.LastEvaluatedKey_ || output.LastEvaluatedKey_->empty()) return menu;
    input.ExclusiveStartKey_ = std::move(output.LastEvaluatedKey_);
  }
}

void DynamoDbTables::putMenuItem(const Json& record) {
  dynamodb::PutItem::Input input;
  input.TableName_ = menu_;
  input.Item_ = toItem(record);
  called<dynamodb::PutItem>(input, timeout_);
}

}  // namespace restaurants
