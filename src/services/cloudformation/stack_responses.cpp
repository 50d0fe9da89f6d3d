#include "services/cloudformation/stack_responses.h"

#include <map>
#include <optional>
#include <utility>

#include "services/cloudformation/dynamic_references.h"
#include "services/cloudformation/stacks.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;

constexpr store::Table<rows::ResponseRecord> kResponses("cloudformation.response");

constexpr std::size_t kMaxResponseBytes = 4096;  ///< AWS's limit of a custom resource's response.
constexpr int kMaxBodies = 1000;
constexpr char kTokenAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

std::string uuidOf(const std::string& stack_id) {
  return stack_id.substr(stack_id.rfind('/') + 1);
}

/// The two parts of an address's path, or of its URL; empty ones when it is none.
std::pair<std::string, std::string> partsOf(std::string_view address) {
  const std::size_t start = address.find(kResponsePath);
  if (start == std::string_view::npos) return {};
  address.remove_prefix(start + kResponsePath.size());
  address = address.substr(0, address.find('?'));
  const std::size_t slash = address.find('/');
  if (slash == std::string_view::npos) return {};
  return {std::string(address.substr(0, slash)), std::string(address.substr(slash + 1))};
}

/// An operation whose effect is one transaction.
template <class Work>
void addOperation(dispatch::Registry& registry, std::string_view name, Work work) {
  registry.addInternal(kReferencesService, name,
                       [work](std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
                         context->transact<Json>(
                             [work, context](dispatch::Context& inner) -> base::Result<Json> {
                               return work(inner, context->call().input);
                             },
                             [done](base::Result<Json> result) {
                               if (!result.ok()) return done(std::move(result).error());
                               done(dispatch::Answer{*std::move(result), nullptr, 0});
                             });
                       });
}

Json failed(const std::string& reason) {
  return Json::object({{"Status", "FAILED"}, {"Message", reason}});
}

/// A provider's response as the recipe sees it: Status and, when that is FAILED, the Message for the event.
Json readResponse(const std::string& body, const std::string& request_id) {
  if (body.size() > kMaxResponseBytes) return failed("Response object is too long.");
  const auto parsed = Json::parse(body, {.max_depth = 64});
  if (!parsed.ok() || !parsed->isObject()) return failed("Invalid Json: " + body.substr(0, 200));
  Json out = *parsed;
  const std::string status = out.stringAt("Status");
  if (status != "SUCCESS" && status != "FAILED") return failed("Invalid response status [" + status + "]");
  if (const Json* data = out.find("Data"); data != nullptr && !data->isObject()) out.erase("Data");
  const bool has_id = out["PhysicalResourceId"].isString() && !out.stringAt("PhysicalResourceId").empty();
  if (!has_id) out.erase("PhysicalResourceId");
  if (status == "FAILED") {
    out.set("Message", Json("Received response status [FAILED] from custom resource. Message returned: " +
                            out.stringAt("Reason") + " (RequestId: " + request_id + ")"));
  } else if (!has_id) {
    return failed("Invalid PhysicalResourceId");
  }
  return out;
}

std::int64_t numberAt(const Json& input, const char* name, std::int64_t fallback) {
  const Json& value = input[name];
  if (value.isInt()) return value.asInt();
  if (!value.isString() || value.asString().empty() || value.asString().size() > 9) return fallback;
  std::int64_t number = 0;
  for (const char c : value.asString()) {
    if (c < '0' || c > '9') return fallback;
    number = number * 10 + (c - '0');
  }
  return number;
}

base::Result<Json> readCustomResource(dispatch::Context& context, const Json& input) {
  const auto [uuid, token] = partsOf(input.stringAt("ResponseURL"));
  const auto record = kResponses.get(context.transaction(), uuid, token);
  if (record && record->bodies_size() > 0) return readResponse(record->bodies(0), input.stringAt("RequestId"));
  const std::int64_t timeout = numberAt(input, "TimeoutSeconds", 3600);
  if (record && context.now().milliseconds - record->opened() < timeout * 1000) return Json::object();
  return failed(
      "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [" +
      input.stringAt("RequestId") + "].");
}

/// One signal for each UniqueId; the first that says FAILURE ends the waiting.
base::Result<Json> readSignals(dispatch::Context& context, const Json& input) {
  const auto [uuid, token] = partsOf(input.stringAt("Handle"));
  const std::int64_t started = numberAt(input, "Started", context.now().milliseconds);
  const std::int64_t wanted = numberAt(input, "Count", 1);
  Json out = Json::object({{"Started", Json(started)}});
  Json data = Json::object();
  const auto record = kResponses.get(context.transaction(), uuid, token);
  if (!record)
    return base::ApiError{"ValidationError", "Invalid wait condition handle: " + input.stringAt("Handle"), 400};
  for (const std::string& body : record->bodies()) {
    const auto signal = Json::parse(body, {.max_depth = 64});
    if (!signal.ok() || !signal->isObject()) continue;
    const std::string unique_id = signal->stringAt("UniqueId");
    const std::string status = signal->stringAt("Status");
    if (status == "FAILURE") {
      out.set("Status", Json("FAILED"));
      out.set("Message", Json("WaitCondition received failed message: '" + signal->stringAt("Reason") +
                              "' for uniqueId: " + unique_id));
      return out;
    }
    if (status == "SUCCESS") data.set(unique_id, (*signal)["Data"].isNull() ? Json("") : (*signal)["Data"]);
  }
  const auto received = static_cast<std::int64_t>(data.size());
  if (received >= wanted) {
    out.set("Status", Json("SUCCESS"));
    out.set("Data", Json(data.write()));
  } else if (context.now().milliseconds - started >= numberAt(input, "TimeoutSeconds", 0) * 1000) {
    out.set("Status", Json("FAILED"));
    out.set("Message", Json("WaitCondition timed out. Received " + std::to_string(received) +
                            " conditions when expecting " + std::to_string(wanted)));
  }
  return out;
}

base::Result<Json> takeResponse(dispatch::Context& context, const Json& input) {
  const auto [uuid, token] = partsOf(input.stringAt("Path"));
  auto record = kResponses.get(context.transaction(), uuid, token);
  const bool taken = record && record->bodies_size() < kMaxBodies;
  if (taken) {
    // One byte more than the limit is enough to know that it was passed.
    record->add_bodies(input.stringAt("Body").substr(0, kMaxResponseBytes + 1));
    kResponses.put(context.transaction(), *record, uuid, token);
  }
  return Json::object({{"Taken", taken}});
}

}  // namespace

void forgetResponses(store::Transaction& transaction, const std::string& stack_id) {
  for (const auto& entry : kResponses.scan(transaction, {}, uuidOf(stack_id))) transaction.erase(entry.key);
}

void registerStackResponses(dispatch::Registry& registry, const Addresses& addresses) {
  addOperation(
      registry, "OpenResponse",
      [endpoint = addresses.local_endpoint](dispatch::Context& context, const Json& input) -> base::Result<Json> {
        rows::ResponseRecord record;
        record.set_logical_id(input.stringAt("LogicalId"));
        record.set_opened(context.now().milliseconds);
        const std::string uuid = uuidOf(input.stringAt("StackId"));
        const std::string token = context.random().text(40, kTokenAlphabet);
        kResponses.put(context.transaction(), record, uuid, token);
        return Json::object({{"ResponseURL", Json((endpoint ? endpoint() : std::string()) + std::string(kResponsePath) +
                                                  uuid + "/" + token)}});
      });
  addOperation(registry, kTakeResponse, takeResponse);
  addOperation(registry, "ReadResponse", readCustomResource);
  addOperation(registry, "ReadSignals", readSignals);
  addOperation(registry, "CloseResponse", [](dispatch::Context& context, const Json& input) -> base::Result<Json> {
    const auto [uuid, token] = partsOf(input.stringAt("ResponseURL"));
    kResponses.erase(context.transaction(), uuid, token);
    return Json::object();
  });
}

}  // namespace thimble::services::cloudformation
