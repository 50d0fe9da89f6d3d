// Invoke, and InvokeAsync, which was before it.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, API_InvokeAsync.html
#include "base/encoding.h"
#include "services/lambda/async_invocation.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/operations.h"

namespace thimble::services::lambda {
namespace {

using base::Json;
using Context = std::shared_ptr<dispatch::AsyncContext>;
using InvokeOutput = shapes::lambda::Invoke::Output;
using Responder = dispatch::Responder<InvokeOutput>;
using shapes::lambda::InvokeAsync;

constexpr std::size_t kMaxRequestBytes = 6291456;
constexpr std::size_t kMaxEventBytes = 1048576;
constexpr std::size_t kMaxAsyncBytes = 262144;  ///< Of InvokeAsync.
constexpr std::size_t kAccountConcurrency = 1000;

base::ApiError tooLarge(std::size_t bytes, const std::string& type, std::size_t limit) {
  return userError("RequestTooLargeException",
                   std::to_string(bytes) + " byte payload is too large for the " + type + " invocation type (limit " +
                       std::to_string(limit) + " bytes)",
                   413);
}

/// An empty payload is an empty object, everything else has to be JSON.
base::Result<std::string> readPayload(const Json& given) {
  if (!given.isString() || given.asString().empty()) return std::string("{}");
  base::JsonLimits limits;
  const base::Result<Json, base::JsonError> parsed = Json::parse(given.asString(), limits);
  if (parsed.ok()) return given.asString();
  return userError(
      "InvalidRequestContentException",
      "Could not parse request body into json: Could not parse payload into json: " + parsed.error().message, 400);
}

InvokeOutput outputOf(runtime::InvocationResult& result, const std::string& version, bool with_tail) {
  InvokeOutput output;
  output.StatusCode_ = 200;
  output.ExecutedVersion_ = version;
  output.Payload_ = std::move(result.payload);
  if (result.kind == runtime::InvocationResult::Kind::FunctionError) output.FunctionError_ = "Unhandled";
  if (with_tail) output.LogResult_ = base::encodeBase64(result.log_tail);
  return output;
}

void invokeNow(Functions& functions, const Context& context, const Resolved& resolved, std::string payload,
               Responder responder) {
  base::Result<runtime::Pool*> pool = functions.pool();
  if (!pool.ok()) return responder(pool.error());
  runtime::Invocation invocation;
  invocation.request_id = context->call().request_id;
  invocation.payload = std::move(payload);
  invocation.invoked_arn = resolved.function.qualifiedArn();
  const Json& input = context->call().input;
  if (const std::string given = input.stringAt("ClientContext"); !given.empty()) {
    const std::optional<std::string> decoded = base::decodeBase64(given);
    if (!decoded || !Json::parse(*decoded).ok() || decoded->find_first_of("\r\n") != std::string::npos) {
      return responder(invalidParameter("Client context must be a valid Base64-encoded JSON object."));
    }
    invocation.client_context = *decoded;
  }
  std::size_t limit = kAccountConcurrency;
  std::string reason = "CallerRateLimitExceeded";
  if (resolved.document["Reserved"].isInt()) {
    limit = static_cast<std::size_t>(resolved.document["Reserved"].asInt());
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
  }
  const bool with_tail = input.stringAt("LogType") == "Tail";
  functions.image(
      context, resolved,
      [pool = *pool, invocation, limit, reason, with_tail, version = resolved.version,
       responder](base::Result<std::shared_ptr<const FunctionImage>> image) {
        if (!image.ok()) return responder(image.error());
        pool->invoke(
            *image, invocation, limit, [reason, with_tail, version, responder](runtime::InvocationResult result) {
              using Kind = runtime::InvocationResult::Kind;
              if (result.kind == Kind::Throttled) return responder(throttled(reason));
              if (result.kind == Kind::CannotStart) {
                return responder(
                    base::ApiError{"ServiceException", "The function could not be started: " + result.payload, 500});
              }
              dispatch::Reply<InvokeOutput> reply(outputOf(result, version, with_tail));
              reply.http_status = 200;
              responder(std::move(reply));
            });
      });
}

dispatch::Reply<InvokeOutput> accepted(int status) {
  InvokeOutput output;
  output.StatusCode_ = status;
  dispatch::Reply<InvokeOutput> reply(std::move(output));
  reply.http_status = status;
  return reply;
}

/// Starts the durable process, then answers.
void invokeLater(const Context& context, const Resolved& resolved, const std::string& payload, Responder responder) {
  const Json start =
      asyncInvocationStart(resolved.function, payload, context->call().input.stringAt("ClientContext"), context->now());
  context->transact<int>(
      [start, id = context->call().request_id](dispatch::Context& transacting) -> base::Result<int> {
        transacting.start({std::string(kAsyncInvocation), id}, start);
        return 202;
      },
      [responder = std::move(responder)](base::Result<int> status) {
        if (!status.ok()) return responder(status.error());
        responder(accepted(*status));
      });
}

/// The function's version, if the caller may invoke it.
base::Result<Resolved> find(Functions& functions, const Context& context, const Json& input) {
  TRY_ASSIGN(const FunctionReference function, functionOf(context->account(), context->region(), input));
  store::Transaction transaction = functions.environment().store.begin();
  TRY(functions.environment().authorizer.authorise(transaction, context->call(), "lambda:InvokeFunction",
                                                   function.qualifiedArn(), {}));
  const double draw = static_cast<double>(context->random().below(1'000'000)) / 1e6;
  base::Result<Resolved> resolved = resolve(transaction, function, draw);
  if (!resolved.ok() && function.qualifier.empty()) return functionNotFound(function.arn("$LATEST"));
  return resolved;
}

void invoke(Functions& functions, const Context& context, Responder responder) {
  const Json& input = context->call().input;
  base::Result<Resolved> resolved = find(functions, context, input);
  if (!resolved.ok()) return responder(resolved.error());
  const std::string type = input.stringAt("InvocationType", "RequestResponse");
  const std::size_t size = input.stringAt("Payload").size();
  const std::size_t limit = type == "Event" ? kMaxEventBytes : kMaxRequestBytes;
  if (size > limit) return responder(tooLarge(size, type, limit));
  base::Result<std::string> payload = readPayload(input["Payload"]);
  if (!payload.ok()) return responder(payload.error());
  if (type == "DryRun") return responder(accepted(204));
  if (type == "Event") {
    return invokeLater(context, *resolved, *payload, std::move(responder));
  }
  invokeNow(functions, context, *resolved, std::move(*payload), std::move(responder));
}

/// InvokeAsync answers before there is an event; its arguments come as a stream.
void invokeAsync(Functions& functions, const Context& context, dispatch::Responder<InvokeAsync::Output> responder) {
  base::Result<Resolved> resolved = find(functions, context, context->call().input);
  if (!resolved.ok()) return responder(resolved.error());
  const platform::ByteSourcePointer& body = context->call().body;
  const std::size_t size = body ? body->size() : 0;
  if (size > kMaxAsyncBytes) return responder(tooLarge(size, "InvokeAsync", kMaxAsyncBytes));
  base::Result<std::string> payload = readPayload(Json(body ? body->readAll() : std::string()));
  if (!payload.ok()) return responder(payload.error());
  invokeLater(context, *resolved, *payload, [responder = std::move(responder)](auto invoked) {
    if (!invoked.ok()) return responder(std::move(invoked).error());
    InvokeAsync::Output output;
    output.Status_ = 202;
    responder(dispatch::Reply<InvokeAsync::Output>(std::move(output)));
  });
}

}  // namespace

void registerInvoke(dispatch::Registry& registry, Functions& functions) {
  registry.addAsynchronous<shapes::lambda::Invoke>(
      [&functions](Context context, shapes::lambda::Invoke::Input, Responder responder) {
        invoke(functions, context, std::move(responder));
      });
  registry.addAsynchronous<InvokeAsync>(
      [&functions](Context context, InvokeAsync::Input, dispatch::Responder<InvokeAsync::Output> responder) {
        invokeAsync(functions, context, std::move(responder));
      });
}

}  // namespace thimble::services::lambda
