// One decision of a stack's operation: the rows it reads, what it changes, and the steps of every phase.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dispatch/process.h"
#include "services/cloudformation/resources/recipe.h"
#include "services/cloudformation/stacks.h"

namespace thimble::services::cloudformation {

class StackDecision {
 public:
  StackDecision(dispatch::ProcessContext& context, rows::StackRecord stack, rows::OperationRecord operation);

  void start();
  void taskResult(const dispatch::ProcessInput& input);
  void workerLost(const dispatch::ProcessInput& input);
  void timer(const dispatch::ProcessInput& input);
  void cancel();
  /// Moves on when a phase is over, then writes the stack's and the operation's rows.
  void finish();

 private:
  using Resources = std::map<std::string, rows::ResourceRecord>;

  // stack_decision.cpp
  void status(const std::string& status, const std::string& reason = {});
  void resourceEvent(rows::ResourceRecord& resource, const std::string& status, const std::string& reason,
                     const std::string& physical_id, const std::string& properties_json);
  Resources& resources();
  void putResource(const rows::ResourceRecord& resource);
  void eraseResource(const std::string& logical_id);
  const lang::template_::Prepared* prepared();
  base::Json surroundings(const std::string& logical_id) const;
  /// The stack's tags as a list of {"Key", "Value"}.
  base::Json stackTags() const;
  /// Publishes the stack's newest event to its notification topics.
  void notify();

  // stack_phases.cpp
  void beginPhase(rows::OperationRecord::Phase phase);
  void planDeploy();
  void planCleanup();
  void planRestore();
  void planRemoval();
  void endPhase();
  void endDeploy();
  void deployFailed();
  void endRestore();
  void endRemoval();
  void endOperation();
  std::optional<std::string> publishOutputs();
  void removeExports();
  void recordImports(bool any);
  std::string failedText(const char* what) const;
  /// Adds the works and starts those that wait for nothing. needs: by work name.
  void addWorks(std::vector<rows::WorkRecord> works, const std::map<std::string, std::vector<std::string>>& needs);

  // stack_works.cpp
  void startWork(rows::WorkRecord work);
  void startDeploy(rows::WorkRecord& work);
  void startCreate(rows::WorkRecord& work, rows::ResourceRecord& resource, const ResourceType& type,
                   const base::Json& properties, bool replaces);
  void startUpdate(rows::WorkRecord& work, rows::ResourceRecord& resource, const base::Json& properties);
  void startRestore(rows::WorkRecord& work);
  void startDelete(rows::WorkRecord& work);
  void run(rows::WorkRecord& work, const std::optional<Outcome>& outcome);
  void makeCall(rows::WorkRecord& work);
  void announce(rows::WorkRecord& work, const ResourceType& type, const RecipeState& state);
  void keepInstance(rows::WorkRecord& work, const ResourceType& type, const RecipeState& state);
  void succeed(rows::WorkRecord& work);
  void fail(rows::WorkRecord& work, const std::string& reason);
  void settle(rows::WorkRecord& work, rows::WorkRecord::State state);
  void putWork(const rows::WorkRecord& work);
  std::optional<rows::WorkRecord> findWork(const std::string& name);

  dispatch::ProcessContext& context_;
  store::Transaction& transaction_;
  rows::StackRecord stack_;
  rows::OperationRecord operation_;
  bool over_ = false;  ///< The operation's rows are gone.
  std::optional<Resources> resources_;
  std::unique_ptr<lang::template_::Prepared> prepared_;
};

/// "CREATE", "UPDATE" or "DELETE" of a work, as its events say.
std::string verbOf(const rows::WorkRecord& work);

}  // namespace thimble::services::cloudformation
