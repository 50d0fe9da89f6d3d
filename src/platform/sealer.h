// Sealed bytes: values that are stored encrypted, under a key that lies beside the rows and not in them.
#pragma once

#include <string>
#include <string_view>

#include "platform/files.h"
#include "platform/random.h"

namespace thimble::platform {

class Sealer {
 public:
  /// `key`: 32 bytes. `random` is borrowed.
  Sealer(std::string key, Random& random) : key_(std::move(key)), random_(random) {}

  /// The key in that file (mode 0600), which is made when it is missing. Throws std::runtime_error when it is no key.
  static std::string loadKey(FileSystem& files, const std::string& path, Random& random);

  /// Encrypts (AES-256-GCM). `purpose` says what the value belongs to; the same has to be told when it is opened.
  std::string seal(std::string_view plaintext, std::string_view purpose);
  /// Throws std::runtime_error when the bytes were sealed with another key or for another purpose.
  std::string open(std::string_view sealed, std::string_view purpose) const;

 private:
  std::string key_;
  Random& random_;
};

}  // namespace thimble::platform
