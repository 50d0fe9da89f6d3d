#include "services/codecommit/git/references.h"

#include "services/codecommit/git/library.h"

namespace thimble::services::codecommit::git {

std::map<std::string, std::string> readReferences(const std::string& folder) {
  initialise();
  git_repository* repository = nullptr;
  check(git_repository_open_bare(&repository, folder.c_str()), "cannot open the repository");
  const RepositoryHandle owned(repository);
  git_reference_iterator* iterator = nullptr;
  check(git_reference_iterator_new(&iterator, repository), "cannot list the references");
  const IteratorHandle owned_iterator(iterator);
  std::map<std::string, std::string> out;
  git_reference* reference = nullptr;
  int code;
  while ((code = git_reference_next(&reference, iterator)) == 0) {
    const ReferenceHandle owned_reference(reference);
    const std::string name = git_reference_name(reference);
    const git_oid* target = git_reference_target(reference);
    if (target != nullptr && !name.starts_with(kHiddenReferences)) out.emplace(name, toHex(*target));
  }
  if (code != GIT_ITEROVER) check(code, "cannot read a reference");
  return out;
}

bool isReferenceName(const std::string& name) {
  int valid = 0;
  return git_reference_name_is_valid(&valid, name.c_str()) == 0 && valid != 0;
}

}  // namespace thimble::services::codecommit::git
