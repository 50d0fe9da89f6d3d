// Where two versions of a file changed what they began with, region by region.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "services/codecommit/git/merge.h"

namespace thimble::services::codecommit::git {

/// Lines of one version, counted from 0; `end` is one past the last.
struct HunkSide {
  std::size_t begin = 0, end = 0;
  std::string content;
};

struct Hunk {
  bool conflict = false;  ///< Both sides changed it, and not into the same.
  HunkSide base, source, destination;
};

/// The regions in which a side differs from the base, in order; regions that touch are one. Binary files and sides that
/// are not there give none. Throws GitFailure.
std::vector<Hunk> findHunks(const Repository& repository, const MergeConflict& conflict);

}  // namespace thimble::services::codecommit::git
