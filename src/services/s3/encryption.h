// How objects are encrypted: with a key of the customer, with a data key of KMS, or as every object is.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "dispatch/call_within.h"
#include "dispatch/context.h"
#include "services/s3/common.h"
#include "services/s3/customer_key.h"

namespace thimble::services::s3 {

/// What a write says of its encryption.
struct WantedEncryption {
  GivenKey customer;
  std::optional<std::string> algorithm;  ///< Not given: the bucket's default.
  std::optional<std::string> kms_key;
  std::optional<std::string> kms_context;  ///< Base64 of a JSON object.
  std::optional<bool> bucket_key;
};

template <class Input>
WantedEncryption wantedEncryption(const Input& input) {
  return {givenKey(input), input.ServerSideEncryption_, input.SSEKMSKeyId_, input.SSEKMSEncryptionContext_,
          input.BucketKeyEnabled_};
}

/// The key of a write, and what the object keeps of it.
struct WriteKey {
  std::string key;  ///< 32 bytes; empty: none.
  std::string customer_md5;
  std::string kms_key;
  std::string kms_data_key;
  std::string kms_context;
  bool bucket_key = false;

  void describe(proto::ObjectVersion& object) const;
};

class Encryption {
 public:
  explicit Encryption(dispatch::CallWithin call) : call_(std::move(call)) {}

  /// Asks KMS for a data key where the request or the bucket's default wants it.
  base::Result<WriteKey> forWriting(dispatch::Context& context, const proto::Bucket& bucket, const std::string& key,
                                    const WantedEncryption& wanted) const;
  /// The key with which the object's bytes are read, empty when they are not encrypted. KMS may refuse it.
  base::Result<std::string> forReading(dispatch::Context& context, const GivenKey& given, const proto::Bucket& bucket,
                                       const proto::ObjectVersion& object) const;
  /// The key of a part, which must be its upload's.
  base::Result<std::string> forPart(dispatch::Context& context, const GivenKey& given, const proto::Bucket& bucket,
                                    const proto::ObjectVersion& upload) const;

 private:
  base::Result<std::string> openDataKey(dispatch::Context& context, const proto::Bucket& bucket,
                                        const proto::ObjectVersion& object) const;

  dispatch::CallWithin call_;
};
using EncryptionPointer = std::shared_ptr<const Encryption>;

/// Whether there is more to a write's encryption than a customer's key or none.
bool mayWantKms(store::Store& store, const std::string& bucket, const WantedEncryption& wanted);

/// The key of a write whose bytes are read before its transaction. KMS is asked in one of its own; where it is not
/// asked, there is none.
template <class Input>
void withWriteKey(const EncryptionPointer& encryption, const std::shared_ptr<dispatch::AsyncContext>& context,
                  const Input& input, std::function<void(base::Result<WriteKey>)> done) {
  const WantedEncryption wanted = wantedEncryption(input);
  if (!mayWantKms(context->environment().store, input.Bucket_, wanted)) {
    auto key = keyForWriting(wanted.customer, wanted.algorithm);
    if (!key.ok()) return done(std::move(key).error());
    return done(WriteKey{*key, digestOfKey(*key)});
  }
  context->transact<WriteKey>(
      [encryption, wanted, bucket = input.Bucket_, key = input.Key_,
       owner = input.ExpectedBucketOwner_](dispatch::Context& inner) -> base::Result<WriteKey> {
        TRY_ASSIGN(const proto::Bucket found, requireBucket(inner.transaction(), bucket, owner));
        return encryption->forWriting(inner, found, key, wanted);
      },
      std::move(done));
}

/// What answers show of an object's encryption.
template <class Output>
void showEncryption(Output& output, const proto::ObjectVersion& object) {
  if (!object.customer_key_md5().empty()) {
    // The answer that completes an upload does not tell.
    if constexpr (requires { output.SSECustomerAlgorithm_; }) {
      output.SSECustomerAlgorithm_ = "AES256";
      output.SSECustomerKeyMD5_ = object.customer_key_md5();
    }
    return;
  }
  output.ServerSideEncryption_ = object.kms_key().empty() ? "AES256" : "aws:kms";
  if (object.kms_key().empty()) return;
  output.SSEKMSKeyId_ = object.kms_key();
  if (object.bucket_key()) output.BucketKeyEnabled_ = true;
}

}  // namespace thimble::services::s3
