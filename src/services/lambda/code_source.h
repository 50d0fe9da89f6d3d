// Where code comes from: an archive in the request, or an object in S3.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "dispatch/context.h"

namespace thimble::services::lambda {

class Functions;

/// An archive that is kept, and has been unpacked once without complaint.
struct Code {
  std::string blob;
  std::string sha256;  ///< Base64, as CodeSha256.
  std::int64_t size = 0;
};

/// Takes the archive that `source` names (ZipFile, or S3Bucket, S3Key and S3ObjectVersion), as the caller.
void fetchCode(Functions& functions, const std::shared_ptr<dispatch::AsyncContext>& context, const base::Json& source,
               std::function<void(base::Result<Code>)> done);

/// Puts the layers that `input` names into a version's document; they have to exist and may be used.
base::Result<void> applyLayers(dispatch::Context& context, const base::Json& input, base::Json& version);

}  // namespace thimble::services::lambda
