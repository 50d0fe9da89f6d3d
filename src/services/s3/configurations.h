// Keeping, showing and dropping a bucket's configurations, whatever they say.
#pragma once

#include <optional>
#include <string>

#include "dispatch/registry.h"
#include "services/s3/common.h"
#include "services/s3/errors.h"

namespace thimble::services::s3 {

base::Result<void> keepConfiguration(dispatch::Context& context, const std::string& bucket,
                                     const std::optional<std::string>& owner, const std::string& configuration,
                                     const base::Json& value);
base::Result<void> dropConfiguration(dispatch::Context& context, const std::string& bucket,
                                     const std::optional<std::string>& owner, const std::string& configuration);

/// An operation that drops it.
template <class Op>
void addDelete(dispatch::Registry& registry, std::string configuration) {
  registry.add<Op>([configuration](dispatch::Context& context,
                                   const typename Op::Input& input) -> base::Result<typename Op::Output> {
    TRY(dropConfiguration(context, input.Bucket_, input.ExpectedBucketOwner_, configuration));
    return typename Op::Output{};
  });
}

/// An operation that shows it, as the output itself or as its member `member`; the error where there is none.
template <class Op>
void addGet(dispatch::Registry& registry, std::string configuration, std::string member, std::string code,
            std::string message) {
  registry.add<Op>([=](dispatch::Context& context,
                       const typename Op::Input& input) -> base::Result<typename Op::Output> {
    TRY_ASSIGN(proto::Bucket bucket, requireBucket(context.transaction(), input.Bucket_, input.ExpectedBucketOwner_));
    base::Json value = s3::configuration(bucket, configuration);
    if (value.isNull()) {
      if (code.empty()) return typename Op::Output{};
      return noSuchConfiguration(code, message, bucket.name());
    }
    if (!member.empty()) value = base::Json::object({{member, value}});
    return shapes::fromJson<typename Op::Output>(value);
  });
}

}  // namespace thimble::services::s3
