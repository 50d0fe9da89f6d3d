// The restaurant service as a Lambda function behind an API of API Gateway (Lambda proxy integration).
//
// Settings: RESTAURANTS_TABLE and MENU_TABLE, the names of the tables.
#include "base/encoding.h"
#include "dynamodb_tables.h"
#include "functions/runtime/function.h"
#include "restaurants.h"

using thimble::function::Context;
using thimble::function::log;
using thimble::function::setting;

namespace {

using restaurants::Json;

restaurants::Request requestOf(const Json& event) {
  restaurants::Request request;
  request.method = event.stringAt("httpMethod");
  request.path = event.stringAt("path");
  request.next = event["queryStringParameters"].stringAt("next");
  request.body = event.stringAt("body");
  const Json& encoded = event["isBase64Encoded"];
  if (encoded.isBool() && encoded.asBool()) {
    request.body = thimble::base::decodeBase64(request.body).value_or(std::string());
  }
  return request;
}

}  // namespace

int main() {
  return thimble::function::run([](const Json& event, const Context& context) {
    const restaurants::Request request = requestOf(event);
    restaurants::Answer answer;
    try {
      restaurants::DynamoDbTables tables(setting("RESTAURANTS_TABLE"), setting("MENU_TABLE"), context.remaining());
      answer = restaurants::answer(request, tables);
    } catch (const restaurants::TableError& error) {
      log(std::string("a table failed: ") + error.what());
      answer = {500, Json::object({{"error", "InternalError"}, {"message", "a table could not be used"}})};
    }
    log(request.method + " " + request.path + " " + std::to_string(answer.status));
    return Json::object({{"statusCode", answer.status},
                         {"headers", Json::object({{"Content-Type", "application/json"}})},
                         {"body", answer.body.write()}});
  });
}
