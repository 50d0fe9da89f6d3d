#include "store/blob_store.h"

#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#include "base/encoding.h"

namespace thimble::store {

struct BlobStore::Staging::Hash {
  Hash() : context(EVP_MD_CTX_new()) {
    if (context == nullptr || EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1) {
      throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
  }
  ~Hash() { EVP_MD_CTX_free(context); }
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;

  EVP_MD_CTX* context;
};

BlobStore::BlobStore(platform::FileSystem& files, platform::Random& random, std::string folder)
    : files_(files), random_(random), folder_(std::move(folder)) {
  files_.removeTree(stagingFolder());
  files_.createFolders(stagingFolder());
}

BlobStore::Staging::Staging(BlobStore& store, std::string path)
    : store_(store), path_(std::move(path)), file_(store.files_.create(path_)), hash_(std::make_unique<Hash>()) {}

BlobStore::Staging::~Staging() {
  if (!finished_) {
    file_.reset();
    try {
      store_.files_.remove(path_);
    } catch (const std::exception&) {
      // The next start empties the staging folder.
    }
  }
}

void BlobStore::Staging::append(std::string_view bytes) {
  EVP_DigestUpdate(hash_->context, bytes.data(), bytes.size());
  file_->append(bytes);
}

std::string BlobStore::Staging::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(hash_->context, digest, &length);
  const std::string name = base::encodeHex({reinterpret_cast<const char*>(digest), length});
  const std::string target = store_.path(name);
  if (store_.files_.exists(target)) return name;  // The destructor removes the staged copy.
  file_->sync();
  file_.reset();
  const std::string folder = target.substr(0, target.rfind('/'));
  if (!store_.files_.exists(folder)) {
    store_.files_.createFolders(folder);
    store_.files_.syncFolder(store_.folder_);
  }
  store_.files_.rename(path_, target);
  store_.files_.syncFolder(folder);
  finished_ = true;
  return name;
}

std::unique_ptr<BlobStore::Staging> BlobStore::stage() {
  return std::unique_ptr<Staging>(new Staging(*this, stagingFolder() + "/" + random_.hex(32)));
}

std::string BlobStore::put(std::string_view bytes) {
  auto staging = stage();
  staging->append(bytes);
  return staging->finish();
}

std::string BlobStore::put(const platform::ByteSource& bytes) {
  auto staging = stage();
  std::string buffer(std::size_t{256} << 10, '\0');
  for (std::uint64_t offset = 0; offset < bytes.size();) {
    const std::size_t got = bytes.read(offset, buffer.data(), buffer.size());
    if (got == 0) throw std::runtime_error("a byte source ended before its size");
    staging->append(std::string_view(buffer).substr(0, got));
    offset += got;
  }
  return staging->finish();
}

bool BlobStore::has(const std::string& name) const {
  return files_.exists(path(name));
}

platform::ByteSourcePointer BlobStore::open(const std::string& name) const {
  return std::make_shared<platform::FileBytes>(path(name));
}

platform::ByteSourcePointer BlobStore::open(const std::string& name, std::uint64_t offset, std::uint64_t length) const {
  return std::make_shared<platform::FileBytes>(path(name), offset, length);
}

std::string BlobStore::path(const std::string& name) const {
  const bool valid = name.size() == 64 && std::all_of(name.begin(), name.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                     });
  if (!valid) throw std::invalid_argument("not the name of a blob: " + name.substr(0, 80));
  return folder_ + "/" + name.substr(0, 2) + "/" + name;
}

}  // namespace thimble::store
