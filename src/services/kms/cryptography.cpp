// Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html and the pages beside it
#include <map>

#include "base/aes_gcm.h"
#include "services/kms/keys.h"
#include "services/kms/service.h"
#include "wire/shapes/kms.h"

namespace thimble::services::kms {
namespace {

using namespace shapes::kms;  // NOLINT: the operations of this file

using EncryptionContext = std::optional<std::map<std::string, std::string>>;

constexpr char kVersion = 1;  ///< First byte of a ciphertext: the id of its key, the nonce, AES-256-GCM.
constexpr std::size_t kIdBytes = 36;
constexpr std::size_t kHeaderBytes = 1 + kIdBytes + base::kAesNonceBytes;

/// The context as bytes that are the same for the same pairs.
std::string canonical(const EncryptionContext& context) {
  std::string out;
  for (const auto& [key, value] : context.value_or(std::map<std::string, std::string>())) {
    for (const std::string* text : {&key, &value}) out += std::to_string(text->size()) + ":" + *text;
  }
  return out;
}

base::ApiError invalidCiphertext() {
  return {"InvalidCiphertextException", "", 400};
}

base::Result<void> checkAlgorithm(const std::optional<std::string>& algorithm) {
  if (algorithm.value_or("SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT") return {};
  return base::ApiError{"InvalidKeyUsageException",
                        "Algorithm " + *algorithm + " is incompatible with key spec SYMMETRIC_DEFAULT.", 400};
}

std::string encryptWith(dispatch::SealedContext& context, const rows::Key& key, const EncryptionContext& pairs,
                        const std::string& plaintext) {
  const std::string nonce = context.random().bytes(base::kAesNonceBytes);
  return std::string(1, kVersion) + key.id() + nonce +
         base::encryptAesGcm(materialOf(context, key), nonce, canonical(pairs), plaintext);
}

struct Opened {
  rows::Key key;
  std::string plaintext;
};

base::Result<Opened> decryptWith(dispatch::SealedContext& context, const std::string& ciphertext,
                                 const EncryptionContext& pairs, const std::optional<std::string>& key_id,
                                 std::string_view action) {
  if (ciphertext.size() <= kHeaderBytes || ciphertext[0] != kVersion) return invalidCiphertext();
  auto found = findUsableKey(context, ciphertext.substr(1, kIdBytes), action);
  if (!found.ok()) {
    if (found.error().code == "NotFoundException") return invalidCiphertext();
    return std::move(found).error();
  }
  Opened opened{*std::move(found), {}};
  if (key_id) {
    TRY_ASSIGN(const rows::Key named, findKey(context, *key_id, action));
    if (named.id() != opened.key.id()) {
      return base::ApiError{"IncorrectKeyException",
                            "The key ID in the request does not identify a CMK that can perform this operation.", 400};
    }
  }
  auto plaintext =
      base::decryptAesGcm(materialOf(context, opened.key), ciphertext.substr(1 + kIdBytes, base::kAesNonceBytes),
                          canonical(pairs), ciphertext.substr(kHeaderBytes));
  if (!plaintext) return invalidCiphertext();
  opened.plaintext = *std::move(plaintext);
  return opened;
}

base::Result<Encrypt::Output> encrypt(dispatch::SealedContext& context, const Encrypt::Input& input) {
  TRY_ASSIGN(const rows::Key key, findUsableKey(context, input.KeyId_, "kms:Encrypt"));
  TRY(checkAlgorithm(input.EncryptionAlgorithm_));
  Encrypt::Output output;
  output.CiphertextBlob_ = encryptWith(context, key, input.EncryptionContext_, input.Plaintext_);
  output.KeyId_ = keyArn(context, key.id());
  output.EncryptionAlgorithm_ = "SYMMETRIC_DEFAULT";
  return output;
}

base::Result<Decrypt::Output> decrypt(dispatch::SealedContext& context, const Decrypt::Input& input) {
  if (input.Recipient_) return notImplemented("Recipient of Decrypt");
  if (!input.CiphertextBlob_) return validation("CiphertextBlob is required.");
  TRY(checkAlgorithm(input.EncryptionAlgorithm_));
  TRY_ASSIGN(Opened opened,
             decryptWith(context, *input.CiphertextBlob_, input.EncryptionContext_, input.KeyId_, "kms:Decrypt"));
  Decrypt::Output output;
  output.KeyId_ = keyArn(context, opened.key.id());
  output.Plaintext_ = std::move(opened.plaintext);
  output.EncryptionAlgorithm_ = "SYMMETRIC_DEFAULT";
  return output;
}

base::Result<ReEncrypt::Output> reEncrypt(dispatch::SealedContext& context, const ReEncrypt::Input& input) {
  if (!input.CiphertextBlob_) return validation("CiphertextBlob is required.");
  TRY_ASSIGN(const Opened opened, decryptWith(context, *input.CiphertextBlob_, input.SourceEncryptionContext_,
                                              input.SourceKeyId_, "kms:ReEncryptFrom"));
  TRY_ASSIGN(const rows::Key key, findUsableKey(context, input.DestinationKeyId_, "kms:ReEncryptTo"));
  ReEncrypt::Output output;
  output.CiphertextBlob_ = encryptWith(context, key, input.DestinationEncryptionContext_, opened.plaintext);
  output.SourceKeyId_ = keyArn(context, opened.key.id());
  output.KeyId_ = keyArn(context, key.id());
  output.SourceEncryptionAlgorithm_ = "SYMMETRIC_DEFAULT";
  output.DestinationEncryptionAlgorithm_ = "SYMMETRIC_DEFAULT";
  return output;
}

/// A data key of the size that was asked for, plain.
template <class Input>
base::Result<std::string> dataKey(dispatch::SealedContext& context, const Input& input) {
  if (input.KeySpec_.has_value() == input.NumberOfBytes_.has_value()) {
    return validation("Please specify either number of bytes or key spec.");
  }
  if (input.NumberOfBytes_) return context.random().bytes(static_cast<std::size_t>(*input.NumberOfBytes_));
  return context.random().bytes(*input.KeySpec_ == "AES_128" ? 16 : 32);
}

base::Result<GenerateDataKey::Output> generateDataKey(dispatch::SealedContext& context,
                                                      const GenerateDataKey::Input& input) {
  if (input.Recipient_) return notImplemented("Recipient of GenerateDataKey");
  TRY_ASSIGN(const rows::Key key, findUsableKey(context, input.KeyId_, "kms:GenerateDataKey"));
  TRY_ASSIGN(std::string plaintext, dataKey(context, input));
  GenerateDataKey::Output output;
  output.CiphertextBlob_ = encryptWith(context, key, input.EncryptionContext_, plaintext);
  output.Plaintext_ = std::move(plaintext);
  output.KeyId_ = keyArn(context, key.id());
  return output;
}

base::Result<GenerateDataKeyWithoutPlaintext::Output> generateSealedDataKey(
    dispatch::SealedContext& context, const GenerateDataKeyWithoutPlaintext::Input& input) {
  TRY_ASSIGN(const rows::Key key, findUsableKey(context, input.KeyId_, "kms:GenerateDataKeyWithoutPlaintext"));
  TRY_ASSIGN(const std::string plaintext, dataKey(context, input));
  GenerateDataKeyWithoutPlaintext::Output output;
  output.CiphertextBlob_ = encryptWith(context, key, input.EncryptionContext_, plaintext);
  output.KeyId_ = keyArn(context, key.id());
  return output;
}

base::Result<GenerateRandom::Output> generateRandom(dispatch::SealedContext& context,
                                                    const GenerateRandom::Input& input) {
  if (input.Recipient_ || input.CustomKeyStoreId_) return notImplemented("Recipient and CustomKeyStoreId");
  if (!input.NumberOfBytes_) return validation("NumberOfBytes is required.");
  GenerateRandom::Output output;
  output.Plaintext_ = context.random().bytes(static_cast<std::size_t>(*input.NumberOfBytes_));
  return output;
}

}  // namespace

void registerCryptography(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<Encrypt>(registry, sealer, encrypt);
  dispatch::addSealed<Decrypt>(registry, sealer, decrypt);
  dispatch::addSealed<ReEncrypt>(registry, sealer, reEncrypt);
  dispatch::addSealed<GenerateDataKey>(registry, sealer, generateDataKey);
  dispatch::addSealed<GenerateDataKeyWithoutPlaintext>(registry, sealer, generateSealedDataKey);
  dispatch::addSealed<GenerateRandom>(registry, sealer, generateRandom);
}

}  // namespace thimble::services::kms
