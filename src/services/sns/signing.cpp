#include "services/sns/signing.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

#include "base/encoding.h"
#include "services/sns/message.h"
#include "services/sns/rows.h"

namespace thimble::services::sns {
namespace {

using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioPointer = std::unique_ptr<BIO, decltype(&BIO_free)>;

[[noreturn]] void fail() {
  throw std::runtime_error("OpenSSL cannot make or use the key that signs notifications");
}

std::string contentOf(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(length)};
}

rows::SigningKey makeKey() {
  constexpr unsigned kBits = 2048;
  constexpr long kValidSeconds = 3650L * 24 * 3600;
  const KeyPointer key(EVP_RSA_gen(kBits), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  if (!key || !certificate) fail();
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -24L * 3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValidSeconds);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("sns.thimble.localhost"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) fail();
  const BioPointer key_text(BIO_new(BIO_s_mem()), BIO_free);
  const BioPointer certificate_text(BIO_new(BIO_s_mem()), BIO_free);
  if (PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1) {
    fail();
  }
  rows::SigningKey row;
  row.set_private_key_pem(contentOf(key_text.get()));
  row.set_certificate_pem(contentOf(certificate_text.get()));
  return row;
}

rows::SigningKey findOrMake(store::Transaction& transaction) {
  if (auto row = kSigningKey.get(transaction)) return std::move(*row);
  rows::SigningKey row = makeKey();
  kSigningKey.put(transaction, row);
  return row;
}

std::string signText(const std::string& private_key_pem, const std::string& text, const EVP_MD* digest) {
  const BioPointer bio(BIO_new_mem_buf(private_key_pem.data(), static_cast<int>(private_key_pem.size())), BIO_free);
  const KeyPointer key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::size_t length = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!key || EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, bytes, text.size()) != 1) {
    fail();
  }
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, bytes, text.size()) !=
      1)
    fail();
  signature.resize(length);
  return signature;
}

}  // namespace

void Signer::sign(store::Transaction& transaction, base::Json& document, const std::string& version) {
  const rows::SigningKey key = findOrMake(transaction);
  const std::string signature =
      signText(key.private_key_pem(), textToSign(document), version == "2" ? EVP_sha256() : EVP_sha1());
  document.set("SignatureVersion", version);
  document.set("Signature", base::encodeBase64(signature));
  document.set("SigningCertURL",
               base_url_ + std::string(kCertificatePath) + base::encodeHex(base::md5(key.certificate_pem())) + ".pem");
}

std::string Signer::certificate() {
  return store_.transact([](store::Transaction& transaction) { return findOrMake(transaction).certificate_pem(); });
}

}  // namespace thimble::services::sns
