// A function's configuration: what callers give, checked, and what is shown.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "services/lambda/names.h"

namespace thimble::services::lambda {

/// Which programs run functions on this machine; found once.
struct Interpreters {
  std::string python;  ///< Path, or empty.
  std::string node;
};
Interpreters findInterpreters();

/// Checks CreateFunction's and UpdateFunctionConfiguration's parameters that the shapes do not.
/// `current`: the configuration before an update, or null.
base::Result<void> checkConfiguration(const base::Json& input, const base::Json& current,
                                      const Interpreters& interpreters);

/// CreateFunction's configuration without its code, in the order in which AWS shows it.
base::Json newConfiguration(const base::Json& input, const FunctionReference& function);
/// UpdateFunctionConfiguration's members over those of `configuration`.
void updateConfiguration(base::Json& configuration, const base::Json& input);

/// Marks a change: time and revision.
void touch(base::Json& configuration, base::Timestamp now, const std::string& revision);
/// "2026-11-23T18:51:02.123+0000".
std::string lastModified(base::Timestamp time);

/// As the answer of a creation or update shows it: not yet in effect, though here it is.
base::Json shownAsCreating(base::Json configuration);
base::Json shownAsUpdating(base::Json configuration);

}  // namespace thimble::services::lambda
