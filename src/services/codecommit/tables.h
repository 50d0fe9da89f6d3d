// CodeCommit's tables.
#pragma once

#include "services/codecommit/codecommit.pb.h"
#include "store/table.h"

namespace thimble::services::codecommit {

inline constexpr store::Table<rows::RepositoryRecord> kRepositories("codecommit.repository");
inline constexpr store::Table<rows::NameRecord> kNames("codecommit.name");
inline constexpr store::Table<rows::IdRecord> kIds("codecommit.id");
inline constexpr store::Table<rows::ReferenceRecord> kReferences("codecommit.reference");

}  // namespace thimble::services::codecommit
