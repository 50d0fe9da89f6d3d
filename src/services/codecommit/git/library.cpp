#include "services/codecommit/git/library.h"

namespace thimble::services::codecommit::git {

void initialise() {
  static const bool done = [] {
    git_libgit2_init();
    for (int level :
         {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_PROGRAMDATA}) {
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    }
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    // The folder is the server's own; in a container it may belong to another number.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    return true;
  }();
  (void)done;
}

void check(int code, std::string_view what) {
  if (code >= 0) return;
  const git_error* error = git_error_last();
  throw GitFailure(std::string(what) + ": " + (error != nullptr ? error->message : "unknown failure"));
}

bool found(int code, std::string_view what) {
  if (code == GIT_ENOTFOUND) return false;
  check(code, what);
  return true;
}

std::string toHex(const git_oid& id) {
  std::string text(GIT_OID_HEXSZ, '0');
  git_oid_fmt(text.data(), &id);
  return text;
}

bool parseId(std::string_view text, git_oid& id) {
  if (text.size() != GIT_OID_HEXSZ) return false;
  for (char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return false;
  }
  return git_oid_fromstrn(&id, text.data(), text.size()) == 0;
}

}  // namespace thimble::services::codecommit::git
