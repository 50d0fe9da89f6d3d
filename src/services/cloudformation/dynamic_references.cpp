#include "services/cloudformation/dynamic_references.h"

#include <algorithm>
#include <memory>
#include <set>

#include "dispatch/doorway.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;

constexpr std::string_view kOpen = "{{resolve:";
constexpr std::string_view kClose = "}}";
constexpr std::size_t kMaxReferences = 60;  ///< AWS's limit for a template.

base::ApiError invalid(const std::string& message) {
  return {"ValidationError", message, 400};
}

/// Calls `visit` with each reference's text and its place, and copies what is around them by `copy`.
template <class Visit, class Copy>
void walk(const std::string& text, const Visit& visit, const Copy& copy) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = text.find(kOpen, at);
    const std::size_t close = open == std::string::npos ? open : text.find(kClose, open);
    if (close == std::string::npos) return copy(text.substr(at));
    copy(text.substr(at, open - at));
    visit(text.substr(open + kOpen.size(), close - open - kOpen.size()));
    at = close + kClose.size();
  }
}

void collect(const Json& value, std::set<std::string>& found) {
  if (value.isString()) {
    walk(
        value.asString(), [&](const std::string& reference) { found.insert(reference); }, [](const std::string&) {});
  } else if (value.isArray()) {
    for (const Json& each : value.asArray()) collect(each, found);
  } else if (value.isObject()) {
    for (const auto& [name, member] : value.asObject()) collect(member, found);
  }
}

/// One call on its way: resolves a reference after the other, then makes the call.
struct Resolution : std::enable_shared_from_this<Resolution> {
  std::shared_ptr<dispatch::AsyncContext> context;
  dispatch::CallDone done;
  std::vector<std::string> left;
  std::map<std::string, std::string> values;

  dispatch::Call callOf(std::string service, std::string operation, Json input) const {
    dispatch::Call call = context->call();
    call.service = std::move(service);
    call.operation = std::move(operation);
    call.input = std::move(input);
    return call;
  }

  void next() {
    if (left.empty()) {
      const Json& input = context->call().input;
      context->doorway().call(
          callOf(input.stringAt("Service"), input.stringAt("Operation"), substituteReferences(input["Input"], values)),
          std::move(done));
      return;
    }
    const std::string reference = left.back();
    left.pop_back();
    auto request = parseReference(reference);
    if (!request.ok()) {
      done(std::move(request).error());
      return;
    }
    context->doorway().call(callOf(request->service, request->operation, request->input),
                            [self = shared_from_this(), reference, request = *request](dispatch::CallOutcome outcome) {
                              if (!outcome.ok()) {
                                self->done(invalid("Could not resolve {{resolve:" + reference +
                                                   "}}: " + outcome.error().code + ": " + outcome.error().message));
                                return;
                              }
                              auto value = referenceValue(request, outcome->output);
                              if (!value.ok()) {
                                self->done(std::move(value).error());
                                return;
                              }
                              self->values[reference] = *std::move(value);
                              self->next();
                            });
  }
};

}  // namespace

bool hasDynamicReference(const Json& value) {
  return !findReferences(value).empty();
}

std::vector<std::string> findReferences(const Json& value) {
  std::set<std::string> found;
  collect(value, found);
  return {found.begin(), found.end()};
}

Json substituteReferences(const Json& value, const std::map<std::string, std::string>& values) {
  if (value.isString()) {
    std::string out;
    walk(
        value.asString(),
        [&](const std::string& reference) {
          const auto known = values.find(reference);
          out += known == values.end() ? std::string(kOpen) + reference + std::string(kClose) : known->second;
        },
        [&](const std::string& text) { out += text; });
    return out;
  }
  if (value.isArray()) {
    Json out = Json::array();
    for (const Json& each : value.asArray()) out.push(substituteReferences(each, values));
    return out;
  }
  if (!value.isObject()) return value;
  Json out = Json::object();
  for (const auto& [name, member] : value.asObject()) out.set(name, substituteReferences(member, values));
  return out;
}

base::Result<ReferenceRequest> parseReference(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  std::string rest = colon == std::string::npos ? std::string() : text.substr(colon + 1);
  if (rest.empty()) return invalid("The dynamic reference {{resolve:" + text + "}} is not valid.");
  ReferenceRequest request;
  if (kind == "ssm" || kind == "ssm-secure") {
    request.service = "ssm";
    request.operation = "GetParameter";
    request.input = Json::object({{"Name", rest}, {"WithDecryption", kind == "ssm-secure"}});
    return request;
  }
  if (kind != "secretsmanager") return invalid("The dynamic reference service " + kind + " is not supported.");
  // secret-id[:SecretString[:json-key[:version-stage[:version-id]]]]; an ARN has six colons of its own.
  std::size_t end = 0;
  for (int left = rest.starts_with("arn:") ? 7 : 1; left > 0 && end != std::string::npos; --left) {
    end = rest.find(':', end == 0 ? 0 : end + 1);
  }
  request.service = "secretsmanager";
  request.operation = "GetSecretValue";
  request.input = Json::object({{"SecretId", rest.substr(0, end)}});
  std::vector<std::string> parts;
  while (end != std::string::npos) {
    const std::size_t begin = end + 1;
    end = rest.find(':', begin);
    parts.push_back(rest.substr(begin, end == std::string::npos ? end : end - begin));
  }
  if (parts.size() > 4 || (!parts.empty() && parts[0] != "SecretString")) {
    return invalid("The dynamic reference {{resolve:" + text + "}} is not valid.");
  }
  parts.resize(4);
  request.json_key = parts[1];
  if (!parts[2].empty()) request.input.set("VersionStage", parts[2]);
  if (!parts[3].empty()) request.input.set("VersionId", parts[3]);
  return request;
}

base::Result<std::string> referenceValue(const ReferenceRequest& request, const Json& answer) {
  if (request.service == "ssm") return answer["Parameter"].stringAt("Value");
  const std::string text = answer.stringAt("SecretString");
  if (request.json_key.empty()) return text;
  const auto json = Json::parse(text);
  const Json* value = json.ok() ? json->find(request.json_key) : nullptr;
  if (value == nullptr) {
    return invalid("Could not find a value associated with JSONKey in SecretString");
  }
  return value->isString() ? value->asString() : value->write();
}

void registerDynamicReferences(dispatch::Registry& registry) {
  registry.addInternal(kReferencesService, kCallWithReferences,
                       [](std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
                         auto resolution = std::make_shared<Resolution>();
                         resolution->left = findReferences(context->call().input["Input"]);
                         if (resolution->left.size() > kMaxReferences) {
                           done(invalid("A template has at most 60 dynamic references."));
                           return;
                         }
                         resolution->context = std::move(context);
                         resolution->done = std::move(done);
                         resolution->next();
                       });
}

}  // namespace thimble::services::cloudformation
