#include "services/s3/staging.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "services/s3/cipher.h"
#include "services/s3/errors.h"

namespace thimble::services::s3 {

base::Result<Staged> stageBody(store::BlobStore& blobs, const platform::ByteSource* body,
                               const StagingOptions& options) {
  Staged staged;
  TRY_ASSIGN(staged.algorithm, chooseAlgorithm(options.given, options.algorithm));
  if (staged.algorithm.empty()) staged.algorithm = options.default_algorithm;

  std::string wanted_md5;
  if (options.content_md5) {
    auto decoded = base::decodeBase64(*options.content_md5);
    if (!decoded || decoded->size() != 16) return invalidDigest(*options.content_md5);
    wanted_md5 = std::move(*decoded);
  }

  base::DigestSet kinds{base::DigestKind::Md5};
  const auto kind = checksumKind(staged.algorithm);
  if (kind) kinds.add(*kind);
  if (options.with_crc64) kinds.add(base::DigestKind::Crc64Nvme);
  base::Digester digester(kinds);
  auto staging = blobs.stage();
  std::optional<CounterCipher> cipher;
  if (!options.key.empty()) {
    cipher.emplace(options.key, options.nonce);
    staged.segment.set_nonce(options.nonce);
  }
  constexpr std::size_t kChunk = std::size_t{256} << 10;
  std::string buffer(kChunk, '\0');
  std::uint64_t offset = 0;
  while (body) {
    const std::size_t count = body->read(offset, buffer.data(), buffer.size());
    if (count == 0) break;
    const std::string_view chunk(buffer.data(), count);
    digester.update(chunk);
    if (cipher) cipher->apply(buffer.data(), count);
    staging->append(chunk);
    offset += count;
  }
  auto digests = digester.finish();
  const std::string& md5 = digests[base::DigestKind::Md5];
  staged.md5 = base::encodeHex(md5);
  if (!wanted_md5.empty() && wanted_md5 != md5) {
    return base::ApiError{
        "BadDigest", "The Content-MD5 you specified did not match what we received.", 400,
        base::Json::object({{"ExpectedDigest", *options.content_md5}, {"CalculatedDigest", base::encodeBase64(md5)}})};
  }
  // The digest of what was encrypted would tell about it.
  if (cipher) staged.md5 = base::encodeHex(base::md5(options.nonce + md5));
  if (options.with_crc64) staged.crc64 = digests[base::DigestKind::Crc64Nvme];
  if (kind) {
    staged.checksum = base::encodeBase64(digests[*kind]);
    auto given = options.given.find(staged.algorithm);
    if (given != options.given.end() && given->second != staged.checksum) {
      return badDigest("The " + staged.algorithm + " you specified did not match the calculated checksum.");
    }
  }
  staged.segment.set_size(offset);
  staged.segment.set_blob(staging->finish());
  return staged;
}

}  // namespace thimble::services::s3
