#include "services/cloudformation/resources/recipe.h"

#include <algorithm>

#include "services/cloudformation/resources/expression.h"
#include "services/cloudformation/resources/fit.h"
#include "wire/shapes/model.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;

const std::vector<Step>& stepsOf(const ResourceType& type, RecipeKind kind) {
  if (kind == RecipeKind::Create) return type.create;
  return kind == RecipeKind::Update ? type.update : type.remove;
}

/// The stack's tags go on every resource that takes a list of tags; the resource's own win.
Json withStackTags(const ResourceType& type, const Json& properties, const Json& stack_tags) {
  if (stack_tags.empty() || type.properties.find("Tags") == type.properties.end()) return properties;
  const Json& own = properties["Tags"];
  if (!own.isNull() && !own.isArray()) return properties;
  Json tags = own.isArray() ? own : Json::array();
  for (const Json& tag : stack_tags.asArray()) {
    bool taken = false;
    for (const Json& other : tags.asArray()) taken = taken || other["Key"] == tag["Key"];
    if (!taken) tags.push(tag);
  }
  Json out = properties.isObject() ? properties : Json::object();
  out.set("Tags", std::move(tags));
  return out;
}

Json variablesOf(const ResourceType& type, const RecipeState& state) {
  Json variables = state.surroundings.isObject() ? state.surroundings : Json::object();
  variables.set("P", withStackTags(type, state.properties, state.surroundings["StackTags"]));
  variables.set("O", withStackTags(type, state.old_properties, state.surroundings["OldStackTags"]));
  variables.set("S", state.saved);
  if (auto id = type.id.isNull() ? std::nullopt : evaluateExpression(type.id, variables)) variables.set("Id", *id);
  return variables;
}

bool contains(const std::vector<std::string>& codes, const std::string& code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// The list of the step's calls; one null element when it makes one call.
Json elementsOf(const Step& step, const Json& variables) {
  if (step.for_each.isNull()) return Json::array({Json()});
  auto list = evaluateExpression(step.for_each, variables);
  if (!list || !list->isArray()) return Json::array();
  return *list;
}

void save(const Step& step, const Json& variables, RecipeState& state) {
  if (!step.save.isObject()) return;
  if (!state.saved.isObject()) state.saved = Json::object();
  for (const auto& [name, expression] : step.save.asObject()) {
    if (auto value = evaluateExpression(expression, variables)) state.saved.set(name, *value);
  }
}

std::string failMessage(const Step& step, const Json& variables) {
  const auto message = evaluateExpression(step.fail_message, variables);
  return message && message->isString() ? message->asString() : "The resource did not stabilise";
}

/// AWS's name of the service in an error text: "sns" is "Sns".
std::string titled(const std::string& service) {
  std::string out = service;
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

std::string handlerErrorCode(const base::ApiError& error) {
  const auto has = [&](std::string_view part) { return error.code.find(part) != std::string::npos; };
  if (has("AccessDenied") || error.http_status == 403) return "AccessDenied";
  if (has("AlreadyExist") || has("Exists") || has("ResourceConflict") || has("AlreadyOwned")) return "AlreadyExists";
  if (has("NotFound") || has("NoSuch") || has("DoesNotExist") || error.http_status == 404) return "NotFound";
  if (has("LimitExceeded")) return "ServiceLimitExceeded";
  if (has("Throttl") || has("TooManyRequests")) return "Throttling";
  if (error.http_status >= 500) return "ServiceInternalError";
  return "InvalidRequest";
}

std::string failureText(const Step& step, const base::ApiError& error, const RecipeState& state) {
  const std::string token = state.surroundings.stringAt("Token");
  return "Resource handler returned message: \"" + error.message + " (Service: " + titled(step.service) +
         ", Status Code: " + std::to_string(error.http_status) + ", Request ID: " + token +
         ")\" (RequestToken: " + token + ", HandlerErrorCode: " + handlerErrorCode(error) + ")";
}

/// The call of the step in hand, or why it cannot be made.
Next callOf(const Step& step, const Json& variables, int delay) {
  const shapes::Service* service = shapes::findService(step.service);
  const shapes::Operation* operation = service == nullptr ? nullptr : service->findOperation(step.operation);
  // Internal operations have no model.
  const bool internal = step.service.starts_with("thimble.");
  if (!internal && (operation == nullptr || !operation->implemented)) {
    return RecipeFailed{"The operation " + step.service + ":" + step.operation + " is not supported"};
  }
  auto input = evaluateExpression(step.input.isNull() ? Json::object() : step.input, variables);
  Json value = input.value_or(Json::object());
  if (!internal && operation->input != nullptr) {
    auto fitted = fitToShape(value, *operation->input);
    if (!fitted.ok()) return RecipeFailed{fitted.error().message};
    value = std::move(*fitted);
  }
  return NextCall{step.service, step.operation, std::move(value), delay};
}

}  // namespace

Next advance(const ResourceType& type, RecipeState& state, const std::optional<Outcome>& outcome) {
  const std::vector<Step>& steps = stepsOf(type, state.kind);
  int delay = 0;
  // 1. What the last call brought.
  if (outcome && state.step < steps.size()) {
    const Step& step = steps[state.step];
    Json variables = variablesOf(type, state);
    const Json elements = elementsOf(step, variables);
    variables.set("I", elements[state.element]);
    bool again = false;
    if (outcome->ok()) {
      variables.set("R", **outcome);
      save(step, variables, state);
      if (!step.fail_if.isNull() && isTrue(evaluateExpression(step.fail_if, variables))) {
        return RecipeFailed{failMessage(step, variables)};
      }
      again = !step.wait_until.isNull() && !isTrue(evaluateExpression(step.wait_until, variables));
    } else {
      const base::ApiError& error = outcome->error();
      const bool done_before = state.lost && contains(step.repeated, error.code);
      if (done_before || contains(step.ignore, error.code) || contains(step.ignore_messages, error.message)) {
        if (done_before) save(step, variables, state);
      } else if (contains(step.retry, error.code) || handlerErrorCode(error) == "Throttling") {
        again = true;
      } else {
        return RecipeFailed{failureText(step, error, state)};
      }
    }
    if (again) {
      if (++state.attempts >= step.attempts) {
        return RecipeFailed{outcome->ok() ? "Resource timed out waiting for completion"
                                          : failureText(step, outcome->error(), state)};
      }
      delay = std::min(4 << std::min(state.attempts, 10), 2500);
    } else {
      state.attempts = 0;
      ++state.element;
    }
    state.lost = false;
  }
  // 2. The next call, over steps that have none.
  while (state.step < steps.size()) {
    const Step& step = steps[state.step];
    Json variables = variablesOf(type, state);
    const bool wanted = step.condition.isNull() || isTrue(evaluateExpression(step.condition, variables));
    const Json elements = wanted ? elementsOf(step, variables) : Json::array();
    if (state.element < elements.size()) {
      variables.set("I", elements[state.element]);
      if (!step.service.empty()) return callOf(step, variables, delay);
      if (!step.fail_if.isNull() && isTrue(evaluateExpression(step.fail_if, variables))) {
        return RecipeFailed{failMessage(step, variables)};
      }
      save(step, variables, state);
      ++state.element;
      continue;
    }
    ++state.step;
    state.element = 0;
  }
  return RecipeDone{};
}

bool onlyLooked(const ResourceType& type, const RecipeState& state) {
  const std::vector<Step>& steps = stepsOf(type, state.kind);
  const auto end = steps.begin() + static_cast<std::ptrdiff_t>(std::min(state.step + 1, steps.size()));
  return std::all_of(steps.begin(), end, [](const Step& step) {
    const auto begins = [&](std::string_view verb) { return step.operation.starts_with(verb); };
    return step.service.empty() || begins("Describe") || begins("Get") || begins("List");
  });
}

std::optional<std::string> physicalId(const ResourceType& type, const RecipeState& state) {
  const Json variables = variablesOf(type, state);
  const Json* id = variables.find("Id");
  if (id == nullptr) return std::nullopt;
  return id->isString() ? id->asString() : id->write();
}

std::optional<Json> attributeValue(const ResourceType& type, const RecipeState& state, const std::string& name) {
  const Json variables = variablesOf(type, state);
  if (const Json* expression = type.attributes.find(name)) return evaluateExpression(*expression, variables);
  const std::string& prefix = type.any_attributes;
  if (prefix.starts_with('*')) {
    const Json* member = state.saved[prefix.substr(1)].find(name);
    return member == nullptr ? std::nullopt : std::optional(*member);
  }
  if (prefix.empty() || name.compare(0, prefix.size() + 1, prefix + ".") != 0) return std::nullopt;
  const Json* value = state.saved[prefix].find(name.substr(prefix.size() + 1));
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::string> checkProperties(const ResourceType& type, const Json& properties) {
  if (!type.any_properties && properties.isObject()) {
    for (const auto& [name, value] : properties.asObject()) {
      if (type.properties.find(name) == type.properties.end()) return "Encountered unsupported property " + name;
    }
  }
  for (const auto& [name, property] : type.properties) {
    if (property.required && !properties.contains(name)) return "Property " + name + " cannot be empty.";
  }
  return std::nullopt;
}

}  // namespace thimble::services::cloudformation
