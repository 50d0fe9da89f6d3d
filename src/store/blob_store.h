// Blobs: objects, code and artifacts as content-addressed files.
//
// A blob is staged, synced and named by the SHA-256 of its bytes before the row that names it is committed; so a row
// never names a blob that is not there. Names come from digests alone, never from outside.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/byte_source.h"
#include "platform/files.h"
#include "platform/random.h"

namespace thimble::store {

class BlobStore {
 public:
  /// Keeps blobs under `folder` (created when missing); staged leftovers of an earlier run are removed.
  BlobStore(platform::FileSystem& files, platform::Random& random, std::string folder);

  /// Bytes on their way in. Unless finished, they are gone with it.
  class Staging {
   public:
    ~Staging();
    void append(std::string_view bytes);
    /// Syncs and names the blob; returns its name, 64 hexadecimal digits.
    std::string finish();

   private:
    friend class BlobStore;
    struct Hash;
    Staging(BlobStore& store, std::string path);
    BlobStore& store_;
    std::string path_;
    std::unique_ptr<platform::WritableFile> file_;
    std::unique_ptr<Hash> hash_;
    bool finished_ = false;
  };

  std::unique_ptr<Staging> stage();
  /// Stages and finishes in one.
  std::string put(std::string_view bytes);
  std::string put(const platform::ByteSource& bytes);

  bool has(const std::string& name) const;
  /// The blob's bytes; throws std::system_error when there is none of that name.
  platform::ByteSourcePointer open(const std::string& name) const;
  platform::ByteSourcePointer open(const std::string& name, std::uint64_t offset, std::uint64_t length) const;
  /// Where the blob's file is, for programs that want a path.
  std::string path(const std::string& name) const;

  /// A folder on the same file system for request bodies that are being received.
  std::string stagingFolder() const { return folder_ + "/staging"; }

 private:
  platform::FileSystem& files_;
  platform::Random& random_;
  std::string folder_;
};

}  // namespace thimble::store
