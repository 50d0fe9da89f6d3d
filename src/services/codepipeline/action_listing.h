// A page of a pipeline's action rows, newest first: what ListActionExecutions and ListRuleExecutions share.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "dispatch/context.h"
#include "services/codepipeline/tables.h"

namespace thimble::services::codepipeline {

struct ActionListing {
  std::string pipeline;
  std::optional<std::string> execution;  ///< Only of this execution.
  bool latest = false;                   ///< Only what counts now in it, not what a retry has replaced.
  std::optional<std::string> next_token;
  std::optional<std::int64_t> max_results;
};

/// From the input of either operation.
template <class Input>
ActionListing actionListing(const Input& input) {
  ActionListing listing{input.pipelineName_, std::nullopt, false, input.nextToken_, input.maxResults_};
  if (!input.filter_) return listing;
  listing.execution = input.filter_->pipelineExecutionId_;
  if (input.filter_->latestInPipelineExecution_) {
    listing.execution = input.filter_->latestInPipelineExecution_->pipelineExecutionId_;
    listing.latest = input.filter_->latestInPipelineExecution_->startTimeRange_ == "Latest";
  }
  return listing;
}

struct ActionPage {
  std::vector<rows::Action> actions;
  std::optional<std::string> next_token;
};

/// `of_kind` tells which rows are listed at all; `current` gives the sequences of an execution's rows that count now.
/// Errors: PipelineNotFoundException, PipelineExecutionNotFoundException, InvalidNextTokenException.
base::Result<ActionPage> listActions(dispatch::Context& context, const ActionListing& listing,
                                     const std::function<bool(const rows::Action&)>& of_kind,
                                     const std::function<std::set<std::int64_t>(const rows::Execution&)>& current);

}  // namespace thimble::services::codepipeline
