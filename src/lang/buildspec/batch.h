// The batch section of a buildspec: which builds a batch is made of.
// https://docs.aws.amazon.com/codebuild/latest/userguide/batch-build-buildspec.html
#pragma once

#include <string>
#include <vector>

#include "lang/buildspec/buildspec.h"

namespace thimble::lang::buildspec {

struct BatchBuild {
  std::string identifier;
  std::vector<std::string> depends_on;
  std::string buildspec;  ///< A path or the text itself; empty: the batch's own.
  bool ignore_failure = false;
  // What it has of its own; empty: the project's.
  std::string compute_type, image, type;
  std::string privileged_mode;  ///< "true", "false" or empty.
  Pairs variables;
};

struct BatchSpec {
  bool fast_fail = false;
  std::vector<BatchBuild> builds;  ///< A graph, list or matrix as the builds that come of it, in order.
};

/// At most 100 builds. Errors for unknown keys, identifiers that are none or not unique, dependencies that are missing
/// or go in a circle.
Outcome<BatchSpec> readBatch(const Node& batch);

}  // namespace thimble::lang::buildspec
