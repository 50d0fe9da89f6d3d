// The tables of Step Functions, and what their keys are.
#pragma once

#include "services/states/states.pb.h"
#include "store/table.h"

namespace thimble::services::states {

inline constexpr store::Table<rows::StateMachine> kMachines("states.machine");      ///< (account, region, name)
inline constexpr store::Table<rows::Version> kVersions("states.version");           ///< (machine ARN, -number)
inline constexpr store::Table<rows::Alias> kAliases("states.alias");                ///< (machine ARN, name)
inline constexpr store::Table<rows::Tags> kTags("states.tags");                     ///< (ARN)
inline constexpr store::Table<rows::Definition> kDefinitions("states.definition");  ///< (SHA-256 in hex)
inline constexpr store::Table<rows::Execution> kExecutions("states.execution");     ///< (ARN)
inline constexpr store::Table<rows::Header> kHeaders("states.header");              ///< (ARN)
inline constexpr store::Table<rows::Listed> kListed("states.listed");          ///< (machine ARN, -start time, name)
inline constexpr store::Table<rows::Branch> kBranches("states.branch");        ///< (execution ARN, id)
inline constexpr store::Table<rows::Join> kJoins("states.join");               ///< (execution ARN, id)
inline constexpr store::Table<rows::Result> kItems("states.item");             ///< (execution ARN, join, index)
inline constexpr store::Table<rows::Result> kResults("states.result");         ///< (execution ARN, join, index)
inline constexpr store::Table<rows::Events> kEvents("states.events");          ///< (execution ARN, first id)
inline constexpr store::Table<rows::Activity> kActivities("states.activity");  ///< (account, region, name)
inline constexpr store::Table<rows::ActivityTask> kActivityTasks("states.activity_task");  ///< (ARN, time, token)
inline constexpr store::Table<rows::Token> kTokens("states.token");                        ///< (token)
inline constexpr store::Table<rows::Waiter> kWaiters("states.waiter");  ///< (awaited ARN, waiting ARN, branch)

/// The process kind of Standard executions; a process's id is the execution's ARN.
inline constexpr const char* kExecutionKind = "states.execution";

}  // namespace thimble::services::states
