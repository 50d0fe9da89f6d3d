#include "services/lambda/code_source.h"

#include "base/arn.h"
#include "base/encoding.h"
#include "dispatch/doorway.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr std::uint64_t kMaxArchiveBytes = 262'144'000;

/// Keeps the archive and tries to unpack it: what cannot be is refused now, not at the first invocation.
base::Result<Code> keep(Functions& functions, const platform::ByteSource& bytes) {
  if (bytes.size() > kMaxArchiveBytes) return unzippedTooLarge();
  // A zip without entries begins with the end of its directory.
  char begin[4] = {};
  const std::size_t count = bytes.size() == 0 ? 0 : bytes.read(0, begin, sizeof begin);
  if (count == 0 || std::string_view(begin, count) == "PK\5\6")
    return invalidParameter("Uploaded file must be a non-empty zip");
  Code code;
  code.blob = functions.environment().blobs.put(bytes);
  code.size = static_cast<std::int64_t>(bytes.size());
  code.sha256 = base::encodeBase64(*base::decodeHex(code.blob));
  TRY(functions.unpack(code.blob));
  return code;
}

base::ApiError s3Error(const base::ApiError& error, const std::string& bucket, const std::string& key) {
  if (error.code == "AccessDenied") {
    return userError("AccessDeniedException",
                     "Your access has been denied by S3, please make sure your request credentials have permission to "
                     "GetObject for " +
                         bucket + "/" + key + ". S3 Error Code: AccessDenied. S3 Error Message: Access Denied",
                     403);
  }
  return invalidParameter("Error occurred while GetObject. S3 Error Code: " + error.code +
                          ". S3 Error Message: " + error.message);
}

}  // namespace

void fetchCode(Functions& functions, const std::shared_ptr<dispatch::AsyncContext>& context, const Json& source,
               std::function<void(base::Result<Code>)> done) {
  if (!source.stringAt("ImageUri").empty()) return done(notHere("ImageUri"));
  if (source["ZipFile"].isString()) {
    const platform::MemoryBytes bytes(source["ZipFile"].asString());
    return done(keep(functions, bytes));
  }
  const std::string bucket = source.stringAt("S3Bucket");
  const std::string key = source.stringAt("S3Key");
  if (bucket.empty() || key.empty()) return done(invalidParameter("Please provide a source for function code."));
  dispatch::Call call;
  call.identity = context->call().identity;
  call.account = context->account();
  call.region = context->region();
  call.service = "s3";
  call.operation = "GetObject";
  call.input = Json::object({{"Bucket", bucket}, {"Key", key}});
  if (!source.stringAt("S3ObjectVersion").empty()) call.input.set("VersionId", source["S3ObjectVersion"]);
  context->doorway().call(std::move(call), [&functions, context, bucket, key, done](dispatch::CallOutcome outcome) {
    if (!outcome.ok()) return done(s3Error(outcome.error(), bucket, key));
    const platform::ByteSourcePointer body = outcome->body;
    // Unpacking takes its time, and this may be the committing thread.
    functions.environment().executor.post([&functions, context, body, done] {
      if (body == nullptr || body->size() == 0) return done(badArchive());
      done(keep(functions, *body));
    });
  });
}

base::Result<void> applyLayers(dispatch::Context& context, const Json& input, Json& version) {
  if (!input["Layers"].isArray()) return {};
  Json shown = Json::array();
  Json codes = Json::array();
  for (const Json& each : input["Layers"].asArray()) {
    // arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION
    const std::optional<base::Arn> arn = base::parseArn(each.asString());
    const std::size_t colon = arn ? arn->resource.rfind(':') : std::string::npos;
    if (colon == std::string::npos || colon < 6)
      return invalidParameter("Layer version ARN " + each.asString() + " is not valid.");
    const std::string name = arn->resource.substr(6, colon - 6);
    const std::string number = arn->resource.substr(colon + 1);
    if (arn->region != context.region()) {
      return invalidParameter(
          "Layers are not in the same region as the function. Layers are expected to be in region " + context.region() +
          ".");
    }
    std::optional<Json> layer;
    if (isVersionNumber(number) && number.size() < 18) {
      layer = findLayerVersion(context.transaction(), arn->account, arn->region, name, std::stoll(number));
    }
    if (!layer) return invalidParameter("Layer version " + each.asString() + " does not exist.");
    shown.push(Json::object({{"Arn", each}, {"CodeSize", (*layer)["Version"]["Content"]["CodeSize"]}}));
    codes.push(layer->stringAt("Code"));
  }
  Json configuration = version["Configuration"];
  if (shown.empty()) {
    configuration.erase("Layers");
  } else {
    configuration.set("Layers", std::move(shown));
  }
  version.set("Configuration", std::move(configuration));
  version.set("LayerCodes", std::move(codes));
  return {};
}

}  // namespace thimble::services::lambda
