// Calls to S3, and of imports to CloudWatch Logs, as the caller of an export, import or bulk operation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/context.h"

namespace thimble::services::dynamodb {

/// Makes the call as the context's caller and gives its outcome in a turn of its own.
void callS3(const std::shared_ptr<dispatch::AsyncContext>& context, std::string operation, base::Json input,
            platform::ByteSourcePointer body, dispatch::CallDone done);

/// The same of any service.
void callAsCaller(const std::shared_ptr<dispatch::AsyncContext>& context, std::string service, std::string operation,
                  base::Json input, platform::ByteSourcePointer body, dispatch::CallDone done);

struct S3Object {
  std::string key;
  std::string etag;
  std::int64_t size = 0;
};

/// Gives the objects of a source that are not empty, in the order of their keys. `source`: an S3BucketSource or
/// InputS3Configuration.
void listObjects(const std::shared_ptr<dispatch::AsyncContext>& context, const base::Json& source,
                 std::function<void(base::Result<std::vector<S3Object>>)> done);
/// GetObject's input for an object of a source.
base::Json inputOf(const base::Json& source, const std::string& key);
/// Where an item stood, as reports of errors say it: the item's place in the object counts from 0.
base::Json pointerTo(const base::Json& source, const std::string& key, std::int64_t index);

/// Writes an object and gives its ETag without quotes. `target`: what says S3Bucket, S3BucketOwner, S3SseAlgorithm and
/// S3SseKmsKeyId, as an ExportDescription or OutputS3Configuration does.
void putOutput(const std::shared_ptr<dispatch::AsyncContext>& context, const base::Json& target, const std::string& key,
               std::string content, std::function<void(base::Result<std::string>)> done);
/// Writes NAME.json and then NAME.md5, which has the checksum of it.
void putManifest(const std::shared_ptr<dispatch::AsyncContext>& context, const base::Json& target,
                 const std::string& name, std::string content, std::function<void(base::Result<std::string>)> done);
/// The line of a file in "manifest-files.json".
base::Json manifestLine(const std::string& key, std::string_view content, const std::string& etag, std::int64_t items);
/// The folder of output files under a key prefix: "AWSDynamoDB/" in it.
std::string outputFolder(std::string prefix);

/// A call to S3 that failed, as the code and message of an export's, import's or bulk operation's failure.
base::Json failureOf(const base::ApiError& error);

}  // namespace thimble::services::dynamodb
