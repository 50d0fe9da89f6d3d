// ARNs and names of Step Functions' resources.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/random.h"

namespace thimble::services::states {

/// arn:aws:states:REGION:ACCOUNT:stateMachine:NAME, or with ":QUALIFIER" a version's or alias's.
struct MachineArn {
  std::string region, account, name;
  std::string qualifier;  ///< A version's number, an alias's name, or empty.

  std::string unqualified() const { return "arn:aws:states:" + region + ":" + account + ":stateMachine:" + name; }
  bool isVersion() const;
  /// The number of a version's ARN; 0 for any other.
  std::int64_t version() const;
};

/// Errors: InvalidArn.
base::Result<MachineArn> parseMachineArn(const std::string& text);
/// arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME. Errors: InvalidArn.
base::Result<void> checkExecutionArn(const std::string& text);

struct ActivityArn {
  std::string region, account, name;
};
base::Result<ActivityArn> parseActivityArn(const std::string& text);

/// False for names with characters that Step Functions refuses: blanks, brackets, wildcards, quotes, controls.
bool isValidName(std::string_view name);

/// A task token: hard to guess, and recognisable as one of ours after its task is gone.
std::string makeToken(platform::Random& random);
bool looksLikeToken(const std::string& token);

/// A page's token that holds a key of the store, and back; nothing when it is not one of ours.
std::string pageToken(std::string_view key);
std::optional<std::string> readPageToken(const std::string& token);

}  // namespace thimble::services::states
