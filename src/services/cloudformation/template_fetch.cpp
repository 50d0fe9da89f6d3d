#include "services/cloudformation/template_fetch.h"

#include "base/encoding.h"
#include "dispatch/doorway.h"
#include "services/cloudformation/errors.h"

namespace thimble::services::cloudformation {
namespace {

constexpr std::size_t kMaxText = 1'000'000;

bool startsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// "s3.amazonaws.com", "s3.eu-west-1.amazonaws.com", "s3-eu-west-1.amazonaws.com", or our own server.
bool isS3Host(std::string_view host) {
  if (startsWith(host, "localhost") || startsWith(host, "127.0.0.1")) return true;
  if (startsWith(host, "s3.localhost")) return true;
  const bool amazon = host.size() > 14 && host.substr(host.size() - 14) == ".amazonaws.com";
  return amazon && (startsWith(host, "s3.") || startsWith(host, "s3-"));
}

}  // namespace

std::optional<S3Location> parseS3Url(const std::string& url) {
  std::string_view rest = url;
  if (startsWith(rest, "https://")) {
    rest.remove_prefix(8);
  } else if (startsWith(rest, "http://")) {
    rest.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view host = rest.substr(0, slash);
  std::string_view path = rest.substr(slash + 1);
  S3Location location;
  const std::size_t question = path.find('?');
  if (question != std::string_view::npos) {
    const std::string_view query = path.substr(question + 1);
    if (startsWith(query, "versionId=")) location.version_id = query.substr(10);
    path = path.substr(0, question);
  }
  if (isS3Host(host)) {
    const std::size_t end = path.find('/');
    if (end == std::string_view::npos) return std::nullopt;
    location.bucket = path.substr(0, end);
    path = path.substr(end + 1);
  } else {
    // Virtual-hosted style: the bucket's name, which may have dots, comes before S3's.
    std::size_t dot = host.find('.');
    while (dot != std::string_view::npos && !isS3Host(host.substr(dot + 1))) dot = host.find('.', dot + 1);
    if (dot == std::string_view::npos) return std::nullopt;
    location.bucket = host.substr(0, dot);
  }
  const auto key = base::decodePercent(path);
  if (!key || key->empty() || location.bucket.empty()) return std::nullopt;
  location.key = *key;
  return location;
}

void fetchText(const std::shared_ptr<dispatch::AsyncContext>& context, const std::string& url,
               std::function<void(base::Result<std::string>)> done) {
  if (startsWith(url, "s3://")) {
    const std::string_view bucket = std::string_view(url).substr(5);
    done(validationError("S3 error: Domain name specified in " + std::string(bucket.substr(0, bucket.find('/'))) +
                         " is not a valid S3 domain"));
    return;
  }
  const auto location = parseS3Url(url);
  if (!location) {
    done(validationError("TemplateURL must be a supported URL."));
    return;
  }
  dispatch::Call call;
  call.identity = context->call().identity;
  call.account = context->account();
  call.region = context->region();
  call.service = "s3";
  call.operation = "GetObject";
  call.input = base::Json::object({{"Bucket", base::Json(location->bucket)}, {"Key", base::Json(location->key)}});
  if (!location->version_id.empty()) call.input.set("VersionId", base::Json(location->version_id));
  context->doorway().call(std::move(call), [context, done = std::move(done)](dispatch::CallOutcome outcome) {
    if (!outcome.ok()) {
      const base::ApiError& error = outcome.error();
      done(validationError(
          "S3 error: " + error.message +
          "\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"));
      return;
    }
    auto body = outcome->body;
    if (body == nullptr || body->size() > kMaxText) {
      done(validationError("Template may not exceed 1000000 bytes in size."));
      return;
    }
    // The outcome may come on the committing thread; reading a file does not belong there.
    context->environment().executor.post([body, done] { done(body->readAll()); });
  });
}

}  // namespace thimble::services::cloudformation
