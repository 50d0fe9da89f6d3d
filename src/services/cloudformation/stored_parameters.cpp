#include "services/cloudformation/stored_parameters.h"

#include <utility>

#include "dispatch/doorway.h"
#include "lang/template/document.h"
#include "lang/template/parameters.h"
#include "services/cloudformation/errors.h"
#include "services/cloudformation/stacks.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;

/// One request on its way: a name after the other is asked for.
struct Fetch : std::enable_shared_from_this<Fetch> {
  std::shared_ptr<dispatch::AsyncContext> context;
  std::function<void(base::Result<GivenParameters>)> done;
  GivenParameters parameters;
  std::vector<std::pair<std::string, std::string>> left;  ///< Keys and names.

  void next() {
    if (left.empty()) return done(std::move(parameters));
    const auto [key, name] = left.back();
    left.pop_back();
    dispatch::Call call;
    call.identity = context->call().identity;
    call.account = context->account();
    call.region = context->region();
    call.service = "ssm";
    call.operation = "GetParameters";
    call.input = Json::object({{"Names", Json::array({name})}});
    context->doorway().call(
        std::move(call), [self = shared_from_this(), key = key, name = name](dispatch::CallOutcome outcome) {
          if (!outcome.ok()) return self->done(validationError(outcome.error().message));
          const Json& found = outcome->output["Parameters"];
          if (!found.isArray() || found.empty()) {
            return self->done(
                validationError("Unable to fetch parameters [" + name + "] from parameter store for this account."));
          }
          const Json& parameter = found[std::size_t{0}];
          if (parameter.stringAt("Type") == "SecureString") {
            return self->done(validationError("Parameters [" + name +
                                              "] referenced by template have types not supported "
                                              "by CloudFormation."));
          }
          self->keep(key, parameter.stringAt("Value"));
          self->next();
        });
  }

  void keep(const std::string& key, const std::string& value) {
    if (!parameters) parameters.emplace();
    for (auto& parameter : *parameters) {
      if (parameter.ParameterKey_ == key) {
        parameter.ResolvedValue_ = value;
        return;
      }
    }
    auto& added = parameters->emplace_back();
    added.ParameterKey_ = key;
    added.ResolvedValue_ = value;
  }
};

}  // namespace

void fetchStoredParameters(const std::shared_ptr<dispatch::AsyncContext>& context, const std::string& stack_name,
                           const std::optional<std::string>& body, const GivenParameters& given,
                           std::function<void(base::Result<GivenParameters>)> done) {
  auto fetch = std::make_shared<Fetch>();
  fetch->context = context;
  fetch->done = std::move(done);
  fetch->parameters = given;
  if (fetch->parameters) {
    // Only Parameter Store says what a name stands for.
    for (auto& parameter : *fetch->parameters) parameter.ResolvedValue_.reset();
  }
  store::Transaction transaction = context->environment().store.begin();
  const auto stack = findStack(transaction, context->account(), context->region(), stack_name);
  const std::string text = body ? *body : stack ? stack->current().template_body() : std::string();
  if (text.find("AWS::SSM::Parameter::Value<") == std::string::npos) return fetch->next();
  const auto document = lang::template_::readDocument(text);
  if (!document.ok() || !(*document)["Parameters"].isObject()) return fetch->next();
  const Json& declarations = (*document)["Parameters"];
  for (const auto& [key, declaration] : declarations.asObject()) {
    if (!declaration.isObject() || !lang::template_::isStoredParameter(declaration)) continue;
    std::optional<std::string> name;
    if (declaration.contains("Default")) name = lang::template_::scalarText(declaration["Default"]);
    for (const auto& parameter : fetch->parameters.value_or(std::vector<shapes::cloudformation::Parameter>())) {
      if (parameter.ParameterKey_ != key) continue;
      if (parameter.ParameterValue_) name = parameter.ParameterValue_;
      if (!parameter.UsePreviousValue_.value_or(false) || !stack) continue;
      for (const rows::ParameterRecord& before : stack->current().parameters()) {
        if (before.key() == key) name = before.text();
      }
    }
    if (name) fetch->left.emplace_back(key, *name);
  }
  fetch->next();
}

}  // namespace thimble::services::cloudformation
