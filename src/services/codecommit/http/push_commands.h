// The head of a push: which references are to become what, before its pack.
// https://git-scm.com/docs/pack-protocol, "Reference Update Request and Packfile Transfer"
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace thimble::services::codecommit {

struct PushCommand {
  std::string old_target;  ///< Forty hexadecimal digits; zeros: to be created.
  std::string new_target;  ///< Zeros: to be deleted.
  std::string reference;   ///< Full name, one that git allows.
};

/// Reads the pkt-lines up to the flush as they arrive. Bounded.
class PushCommandReader {
 public:
  /// Takes more bytes; true once the flush has come. An error when this is no push, or too long a one. What comes after
  /// the flush is not looked at.
  base::Result<bool> feed(std::string_view bytes);

  const std::vector<PushCommand>& commands() const { return commands_; }
  /// The client asks for all of them or none.
  bool atomic() const { return atomic_; }
  /// All bytes that were fed.
  std::string takeBytes() { return std::move(bytes_); }

 private:
  base::Result<void> line(std::string_view text);

  std::string bytes_;
  std::size_t at_ = 0;
  std::vector<PushCommand> commands_;
  bool atomic_ = false;
};

}  // namespace thimble::services::codecommit
