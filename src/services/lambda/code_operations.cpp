// CreateFunction and UpdateFunctionCode: the operations that bring code.
#include "base/digest.h"
#include "base/encoding.h"
#include "services/lambda/code_source.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/operations.h"

namespace thimble::services::lambda {
namespace {

using base::Json;
using Context = std::shared_ptr<dispatch::AsyncContext>;
using Done = std::function<void(Outcome)>;

constexpr std::string_view kLatest = "$LATEST";
constexpr std::size_t kMaxNameLength = 64;

/// Lambda itself has to be able to act as the role. One of another account cannot be judged here.
base::Result<void> checkRole(dispatch::Context& context, const std::string& role, const std::string& name) {
  if (role.find("::" + context.account() + ":") == std::string::npos) return {};
  const dispatch::RoleToAssume assumption{role, "lambda.amazonaws.com", name};
  if (!context.environment().authorizer.assume(context.transaction(), assumption).ok()) return roleNotAssumable();
  return {};
}

void setCode(Json& version, const Code& code) {
  Json configuration = version["Configuration"];
  configuration.set("CodeSize", code.size);
  configuration.set("CodeSha256", code.sha256);
  version.set("Configuration", std::move(configuration));
  version.set("Code", code.blob);
}

Outcome createInTransaction(dispatch::Context& context, const Json& input, const FunctionReference& function,
                            const Code& code, const Interpreters& interpreters) {
  TRY(checkConfiguration(input, {}, interpreters));
  TRY(checkRole(context, input.stringAt("Role"), function.name));
  // The model's limit is that of an ARN.
  if (input.stringAt("FunctionName") == function.name && function.name.size() > kMaxNameLength) {
    return validationError(function.name, "functionName", "Member must have length less than or equal to 64");
  }
  if (findFunction(context.transaction(), function)) return functionExists(function.name);
  Json configuration = newConfiguration(input, function);
  touch(configuration, context.now(), context.random().uuid());
  Json version = Json::object({{"Configuration", configuration}});
  TRY(applyLayers(context, input, version));
  setCode(version, code);
  Json document = Json::object({{"Tags", input["Tags"].isObject() ? input["Tags"] : Json::object()},
                                {"LastVersion", 0},
                                {"Aliases", Json::object()},
                                {"Policies", Json::object()},
                                {"EventInvoke", Json::object()}});
  putVersion(context.transaction(), function, std::string(kLatest), version);
  Json shown = version["Configuration"];
  if (input["Publish"] == Json(true)) {
    TRY_ASSIGN(shown, publishVersion(context, function, document, input.stringAt("Description")));
  }
  putFunction(context.transaction(), function, document);
  return shownAsCreating(shown);
}

void createFunction(Functions& functions, const Context& context, Done done) {
  const Json& input = context->call().input;
  const auto function =
      functionOf(context->account(), context->region(), Json::object({{"FunctionName", input["FunctionName"]}}));
  if (!function.ok()) return done(function.error());
  functions.prepare();
  // What can be refused without the code is refused before it is fetched.
  if (const auto checked = checkConfiguration(input, {}, functions.interpreters()); !checked.ok())
    return done(checked.error());
  fetchCode(functions, context, input["Code"],
            [&functions, context, function = *function, done](base::Result<Code> code) {
              if (!code.ok()) return done(code.error());
              context->transact<Json>(
                  [&functions, function, code = *code](dispatch::Context& transacting) {
                    return createInTransaction(transacting, transacting.call().input, function, code,
                                               functions.interpreters());
                  },
                  [&functions, blob = code->blob, done](Outcome outcome) {
                    if (outcome.ok()) functions.expect(*outcome, blob);
                    done(std::move(outcome));
                  });
            });
}

Outcome updateInTransaction(dispatch::Context& context, const Json& input, const FunctionReference& function,
                            const Code& code) {
  std::optional<Json> document = findFunction(context.transaction(), function);
  std::optional<Json> version = findVersion(context.transaction(), function, std::string(kLatest));
  if (!document || !version) return functionNotFound(function.arn());
  Json configuration = (*version)["Configuration"];
  const std::string revision = input.stringAt("RevisionId");
  if (!revision.empty() && revision != configuration.stringAt("RevisionId"))
    return revisionMismatch("GetFunction/GetAlias");
  if (input["Architectures"].size() == 1) configuration.set("Architectures", input["Architectures"]);
  touch(configuration, context.now(), context.random().uuid());
  version->set("Configuration", configuration);
  setCode(*version, code);
  if (input["DryRun"] == Json(true)) return shownAsUpdating((*version)["Configuration"]);
  putVersion(context.transaction(), function, std::string(kLatest), *version);
  Json shown = (*version)["Configuration"];
  if (input["Publish"] == Json(true)) {
    TRY_ASSIGN(shown, publishVersion(context, function, *document, ""));
    putFunction(context.transaction(), function, *document);
  }
  return shownAsUpdating(shown);
}

void updateFunctionCode(Functions& functions, const Context& context, Done done) {
  const Json& input = context->call().input;
  const auto function = functionOf(context->account(), context->region(), input);
  if (!function.ok()) return done(function.error());
  {
    // A function that is not there is told before its code is looked at.
    store::Transaction transaction = functions.environment().store.begin();
    if (!findFunction(transaction, *function)) return done(functionNotFound(function->arn()));
  }
  fetchCode(functions, context, input, [&functions, context, function = *function, done](base::Result<Code> code) {
    if (!code.ok()) return done(code.error());
    context->transact<Json>(
        [function, code = *code](dispatch::Context& transacting) {
          return updateInTransaction(transacting, transacting.call().input, function, code);
        },
        [&functions, function, blob = code->blob, done](Outcome outcome) {
          if (outcome.ok()) {
            functions.retire(function);
            functions.expect(*outcome, blob);
          }
          done(std::move(outcome));
        });
  });
}

template <class Op>
void add(dispatch::Registry& registry, Functions& functions, void (*handler)(Functions&, const Context&, Done)) {
  registry.addAsynchronous<Op>(
      [&functions, handler](Context context, typename Op::Input, dispatch::Responder<typename Op::Output> responder) {
        handler(functions, context, [responder = std::move(responder)](Outcome outcome) {
          if (!outcome.ok()) return responder(outcome.error());
          responder(dispatch::Reply<typename Op::Output>(shapes::fromJson<typename Op::Output>(*outcome)));
        });
      });
}

}  // namespace

void registerCode(dispatch::Registry& registry, Functions& functions) {
  add<shapes::lambda::CreateFunction>(registry, functions, createFunction);
  add<shapes::lambda::UpdateFunctionCode>(registry, functions, updateFunctionCode);
}

}  // namespace thimble::services::lambda
