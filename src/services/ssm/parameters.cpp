#include "services/ssm/parameters.h"

#include <charconv>

#include "base/arn.h"
#include "services/ssm/service.h"

namespace thimble::services::ssm {

namespace shape = shapes::ssm;

namespace {

std::string arnOf(dispatch::Context& context, const std::string& name) {
  const std::string slash = name.compare(0, 1, "/") == 0 ? "" : "/";
  return "arn:aws:ssm:" + context.region() + ":" + context.account() + ":parameter" + slash + name;
}

}  // namespace

base::ApiError parameterNotFound() {
  return {"ParameterNotFound", "", 400};
}

base::ApiError validationException(std::string message) {
  return {"ValidationException", std::move(message), 400};
}

std::optional<rows::ParameterRecord> findParameter(dispatch::Context& context, const std::string& name) {
  std::string plain = name;
  if (const auto arn = base::parseArn(name)) {
    if (arn->account != context.account() || arn->region != context.region()) return std::nullopt;
    // "parameter/a/b" is either "/a/b" or, for a name without a path, "a".
    plain = arn->resource.substr(std::string("parameter").size());
    if (plain.find('/', 1) == std::string::npos && plain.size() > 1 &&
        !kParameters.has(context.transaction(), context.account(), context.region(), plain)) {
      plain = plain.substr(1);
    }
  }
  return kParameters.get(context.transaction(), context.account(), context.region(), plain);
}

shape::Parameter shownParameter(dispatch::Context& context, const rows::ParameterRecord& record,
                                const rows::VersionRecord& version) {
  shape::Parameter out;
  out.Name_ = record.name();
  out.Type_ = version.type();
  out.Value_ = version.value();
  out.Version_ = version.version();
  out.LastModifiedDate_ = base::Timestamp{version.modified()};
  out.ARN_ = arnOf(context, record.name());
  out.DataType_ = version.data_type();
  return out;
}

base::Result<shape::Parameter> selectParameter(dispatch::Context& context, const std::string& selector) {
  if (auto record = findParameter(context, selector)) {
    return shownParameter(context, *record, record->versions(record->versions_size() - 1));
  }
  const std::size_t colon = selector.rfind(':');
  if (colon == std::string::npos || selector.compare(0, 4, "arn:") == 0) return parameterNotFound();
  auto record = findParameter(context, selector.substr(0, colon));
  if (!record) return parameterNotFound();
  const std::string number = selector.substr(colon + 1);
  std::int64_t wanted = 0;
  const auto end = std::from_chars(number.data(), number.data() + number.size(), wanted);
  for (const rows::VersionRecord& version : record->versions()) {
    if (end.ec != std::errc() || end.ptr != number.data() + number.size() || version.version() != wanted) continue;
    shape::Parameter out = shownParameter(context, *record, version);
    out.Selector_ = ":" + number;
    return out;
  }
  return base::ApiError{"ParameterVersionNotFound",
                        "Systems Manager could not find version " + number + " of " + record->name() +
                            ". Verify the version and try again.",
                        400};
}

void registerOperations(dispatch::Registry& registry) {
  registerPutParameter(registry);
  registerGetParameters(registry);
  registerDeleteParameters(registry);
  registerDescribeParameters(registry);
  registerTags(registry);
}

}  // namespace thimble::services::ssm
