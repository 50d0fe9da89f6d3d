#include "services/s3/encryption.h"

#include "base/encoding.h"
#include "services/s3/errors.h"

namespace thimble::services::s3 {
namespace {

using base::Json;
using base::Result;
using dispatch::Context;

/// The key that AWS manages for S3: whoever may use the bucket may use it.
constexpr const char* kOwnKey = "alias/aws/s3";
constexpr const char* kArgument = "x-amz-server-side-encryption";

base::ApiError errorOfKms(const base::ApiError& error) {
  if (error.code == "AccessDeniedException") return accessDenied(error.message);
  if (error.code == "NotFoundException" || error.code == "DisabledException" ||
      error.code == "KMSInvalidStateException" || error.code == "InvalidKeyUsageException") {
    return {"KMS." + error.code, error.message, 400};
  }
  return error;
}

dispatch::Call kmsCall(const Context& context, const proto::Bucket& bucket, bool own_key, std::string operation,
                       Json input) {
  dispatch::Call call;
  call.identity = own_key ? dispatch::Identity::root(bucket.account()) : context.call().identity;
  call.account = bucket.account();
  call.region = bucket.region();
  call.service = "kms";
  call.operation = std::move(operation);
  call.input = std::move(input);
  return call;
}

/// The context that binds a data key to its object, or with a bucket key to the bucket.
Result<Json> encryptionContext(const WantedEncryption& wanted, const std::string& bucket, const std::string& key,
                               bool bucket_key) {
  Json context = Json::object();
  if (wanted.kms_context) {
    auto given = Json::parse(base::decodeBase64(*wanted.kms_context).value_or(""));
    if (!given.ok() || !given->isObject()) {
      return invalidArgument("The header x-amz-server-side-encryption-context must be Base64-encoded JSON",
                             "x-amz-server-side-encryption-context", *wanted.kms_context);
    }
    context = std::move(*given);
  }
  context.set("aws:s3:arn", "arn:aws:s3:::" + bucket + (bucket_key ? "" : "/" + key));
  return context;
}

}  // namespace

bool mayWantKms(store::Store& store, const std::string& bucket, const WantedEncryption& wanted) {
  if (wanted.customer.key || wanted.customer.algorithm) return false;
  if (wanted.algorithm == "AES256" && !wanted.kms_key) return false;
  if (wanted.algorithm || wanted.kms_key) return true;
  store::Transaction transaction = store.begin();
  const auto found = kBuckets.get(transaction, bucket);
  return found && found->configurations().contains("Encryption");
}

void WriteKey::describe(proto::ObjectVersion& object) const {
  object.set_customer_key_md5(customer_md5);
  object.set_kms_key(kms_key);
  object.set_kms_data_key(kms_data_key);
  object.set_kms_context(kms_context);
  object.set_bucket_key(bucket_key);
}

Result<WriteKey> Encryption::forWriting(Context& context, const proto::Bucket& bucket, const std::string& key,
                                        const WantedEncryption& wanted) const {
  WriteKey out;
  TRY_ASSIGN(out.key, keyForWriting(wanted.customer, wanted.algorithm));
  if (!out.key.empty()) {
    out.customer_md5 = digestOfKey(out.key);
    return out;
  }
  const Json rule = configuration(bucket, "Encryption")["Rules"][std::size_t{0}];
  const Json& by_default = rule["ApplyServerSideEncryptionByDefault"];
  const std::string algorithm = wanted.algorithm.value_or(by_default.stringAt("SSEAlgorithm", "AES256"));
  if (wanted.kms_key && !algorithm.starts_with("aws:kms")) {
    return base::ApiError{"InvalidArgument",
                          "Server Side Encryption with AWS KMS managed key requires HTTP header "
                          "x-amz-server-side-encryption : aws:kms",
                          400, Json::object({{"ArgumentName", kArgument}})};
  }
  if (algorithm == "AES256") return out;
  if (algorithm == "aws:kms:dsse") return notImplementedHeader(kArgument, "Thimble encrypts once only");
  if (algorithm != "aws:kms") {
    return invalidArgument("The encryption method specified is not supported", kArgument, algorithm);
  }
  if (!call_) return notImplementedHeader(kArgument, "KMS is not at hand");
  std::string named = wanted.kms_key.value_or("");
  if (named.empty() && !wanted.algorithm) named = by_default.stringAt("KMSMasterKeyID");
  const bool own_key = named.empty() || named.ends_with(kOwnKey);
  out.bucket_key = wanted.bucket_key.value_or(rule["BucketKeyEnabled"] == Json(true) && !wanted.algorithm);
  TRY_ASSIGN(const Json pairs, encryptionContext(wanted, bucket.name(), key, out.bucket_key));
  const auto outcome = call_(context.transaction(), kmsCall(context, bucket, own_key, "GenerateDataKey",
                                                            Json::object({{"KeyId", named.empty() ? kOwnKey : named},
                                                                          {"KeySpec", "AES_256"},
                                                                          {"EncryptionContext", pairs}})));
  if (!outcome.ok()) return errorOfKms(outcome.error());
  out.key = outcome->output.stringAt("Plaintext");
  out.kms_key = outcome->output.stringAt("KeyId");
  out.kms_data_key = outcome->output.stringAt("CiphertextBlob");
  out.kms_context = Json::object({{"OwnKey", own_key}, {"Pairs", pairs}}).write();
  return out;
}

Result<std::string> Encryption::openDataKey(Context& context, const proto::Bucket& bucket,
                                            const proto::ObjectVersion& object) const {
  if (!call_) return notImplementedHeader(kArgument, "KMS is not at hand");
  const auto kept = Json::parse(object.kms_context());
  if (!kept.ok()) throw store::DamagedRow("an object's encryption context is damaged");
  const auto outcome = call_(
      context.transaction(),
      kmsCall(context, bucket, (*kept)["OwnKey"] == Json(true), "Decrypt",
              Json::object({{"CiphertextBlob", object.kms_data_key()}, {"EncryptionContext", (*kept)["Pairs"]}})));
  if (!outcome.ok()) return errorOfKms(outcome.error());
  return outcome->output.stringAt("Plaintext");
}

Result<std::string> Encryption::forReading(Context& context, const GivenKey& given, const proto::Bucket& bucket,
                                           const proto::ObjectVersion& object) const {
  TRY_ASSIGN(std::string key, keyForReading(given, object));
  if (object.kms_key().empty()) return key;
  return openDataKey(context, bucket, object);
}

Result<std::string> Encryption::forPart(Context& context, const GivenKey& given, const proto::Bucket& bucket,
                                        const proto::ObjectVersion& upload) const {
  TRY_ASSIGN(std::string key, keyForPart(given, upload));
  if (upload.kms_key().empty()) return key;
  return openDataKey(context, bucket, upload);
}

}  // namespace thimble::services::s3
