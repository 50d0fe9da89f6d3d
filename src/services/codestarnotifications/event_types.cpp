#include "services/codestarnotifications/event_types.h"

#include <algorithm>
#include <array>

namespace thimble::services::codestarnotifications {
namespace {

constexpr std::array<EventType, 35> kTypes = {{
    {"codebuild-project-build-state-failed", "Build state: Failed", "CodeBuild", "Project", "aws.codebuild",
     "CodeBuild Build State Change", "build-status", "FAILED"},
    {"codebuild-project-build-state-succeeded", "Build state: Succeeded", "CodeBuild", "Project", "aws.codebuild",
     "CodeBuild Build State Change", "build-status", "SUCCEEDED"},
    {"codebuild-project-build-state-in-progress", "Build state: In-progress", "CodeBuild", "Project", "aws.codebuild",
     "CodeBuild Build State Change", "build-status", "IN_PROGRESS"},
    {"codebuild-project-build-state-stopped", "Build state: Stopped", "CodeBuild", "Project", "aws.codebuild",
     "CodeBuild Build State Change", "build-status", "STOPPED"},
    {"codebuild-project-build-phase-failure", "Build phase: Failure", "CodeBuild", "Project", "aws.codebuild",
     "CodeBuild Build Phase Change", "completed-phase-status", "FAILED"},
    {"codebuild-project-build-phase-success", "Build phase: Success", "CodeBuild", "Project", "aws.codebuild",
     "CodeBuild Build Phase Change", "completed-phase-status", "SUCCEEDED"},
    {"codecommit-repository-comments-on-commits", "Comments: On commits", "CodeCommit", "Repository", "aws.codecommit",
     "CodeCommit Comment on Commit", "event", "commentOnCommitCreated"},
    {"codecommit-repository-comments-on-pull-requests", "Comments: On pull requests", "CodeCommit", "Repository",
     "aws.codecommit", "CodeCommit Comment on Pull Request", "event", "commentOnPullRequestCreated"},
    {"codecommit-repository-approvals-status-changed", "Approvals: Status changed", "CodeCommit", "Repository",
     "aws.codecommit", "CodeCommit Pull Request State Change", "event", "pullRequestApprovalStateChanged"},
    {"codecommit-repository-approvals-rule-override", "Approvals: Rule override", "CodeCommit", "Repository",
     "aws.codecommit", "CodeCommit Pull Request State Change", "event", "pullRequestApprovalRuleOverridden"},
    {"codecommit-repository-pull-request-created", "Pull request: Created", "CodeCommit", "Repository",
     "aws.codecommit", "CodeCommit Pull Request State Change", "event", "pullRequestCreated"},
    {"codecommit-repository-pull-request-source-updated", "Pull request: Source updated", "CodeCommit", "Repository",
     "aws.codecommit", "CodeCommit Pull Request State Change", "event", "pullRequestSourceBranchUpdated"},
    {"codecommit-repository-pull-request-status-changed", "Pull request: Status changed", "CodeCommit", "Repository",
     "aws.codecommit", "CodeCommit Pull Request State Change", "event", "pullRequestStatusChanged"},
    {"codecommit-repository-pull-request-merged", "Pull request: Merged", "CodeCommit", "Repository", "aws.codecommit",
     "CodeCommit Pull Request State Change", "event", "pullRequestMergeStatusUpdated"},
    {"codecommit-repository-branches-and-tags-created", "Branches and tags: Created", "CodeCommit", "Repository",
     "aws.codecommit", "CodeCommit Repository State Change", "event", "referenceCreated"},
    {"codecommit-repository-branches-and-tags-deleted", "Branches and tags: Deleted", "CodeCommit", "Repository",
     "aws.codecommit", "CodeCommit Repository State Change", "event", "referenceDeleted"},
    {"codecommit-repository-branches-and-tags-updated", "Branches and tags: Updated", "CodeCommit", "Repository",
     "aws.codecommit", "CodeCommit Repository State Change", "event", "referenceUpdated"},
    {"codepipeline-pipeline-action-execution-succeeded", "Action execution: Succeeded", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Action Execution State Change", "state", "SUCCEEDED"},
    {"codepipeline-pipeline-action-execution-failed", "Action execution: Failed", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Action Execution State Change", "state", "FAILED"},
    {"codepipeline-pipeline-action-execution-canceled", "Action execution: Canceled", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Action Execution State Change", "state", "CANCELED"},
    {"codepipeline-pipeline-action-execution-started", "Action execution: Started", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Action Execution State Change", "state", "STARTED"},
    {"codepipeline-pipeline-stage-execution-started", "Stage execution: Started", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Stage Execution State Change", "state", "STARTED"},
    {"codepipeline-pipeline-stage-execution-succeeded", "Stage execution: Succeeded", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Stage Execution State Change", "state", "SUCCEEDED"},
    {"codepipeline-pipeline-stage-execution-resumed", "Stage execution: Resumed", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Stage Execution State Change", "state", "RESUMED"},
    {"codepipeline-pipeline-stage-execution-canceled", "Stage execution: Canceled", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Stage Execution State Change", "state", "CANCELED"},
    {"codepipeline-pipeline-stage-execution-failed", "Stage execution: Failed", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Stage Execution State Change", "state", "FAILED"},
    {"codepipeline-pipeline-pipeline-execution-failed", "Pipeline execution: Failed", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Pipeline Execution State Change", "state", "FAILED"},
    {"codepipeline-pipeline-pipeline-execution-canceled", "Pipeline execution: Canceled", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Pipeline Execution State Change", "state", "CANCELED"},
    {"codepipeline-pipeline-pipeline-execution-started", "Pipeline execution: Started", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Pipeline Execution State Change", "state", "STARTED"},
    {"codepipeline-pipeline-pipeline-execution-resumed", "Pipeline execution: Resumed", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Pipeline Execution State Change", "state", "RESUMED"},
    {"codepipeline-pipeline-pipeline-execution-succeeded", "Pipeline execution: Succeeded", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Pipeline Execution State Change", "state", "SUCCEEDED"},
    {"codepipeline-pipeline-pipeline-execution-superseded", "Pipeline execution: Superseded", "CodePipeline",
     "Pipeline", "aws.codepipeline", "CodePipeline Pipeline Execution State Change", "state", "SUPERSEDED"},
    {"codepipeline-pipeline-manual-approval-failed", "Manual approval: Failed", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Action Execution State Change", "state", "FAILED"},
    {"codepipeline-pipeline-manual-approval-needed", "Manual approval: Needed", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Action Execution State Change", "state", "STARTED"},
    {"codepipeline-pipeline-manual-approval-succeeded", "Manual approval: Succeeded", "CodePipeline", "Pipeline",
     "aws.codepipeline", "CodePipeline Action Execution State Change", "state", "SUCCEEDED"},
}};

}  // namespace

std::span<const EventType> eventTypes() {
  return kTypes;
}

const EventType* findEventType(std::string_view id) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const EventType& type) { return type.id == id; });
  return found == kTypes.end() ? nullptr : &*found;
}

bool isOfType(const EventType& type, const base::Json& event) {
  const base::Json& detail = event["detail"];
  if (event.stringAt("source") != type.source || event.stringAt("detail-type") != type.detail_type ||
      detail.stringAt(type.member) != type.value) {
    return false;
  }
  // An approval is an action of its category; as such it is told of by both kinds of types.
  return type.id.find("manual-approval") == std::string_view::npos || detail["type"].stringAt("category") == "Approval";
}

std::string resourceOf(const base::Json& event) {
  const base::Json& detail = event["detail"];
  const std::string first = event["resources"].empty() ? std::string() : event["resources"][std::size_t{0}].asString();
  // A build's event names the build; a rule is for its project.
  const std::string project = detail.stringAt("project-name");
  if (event.stringAt("source") != "aws.codebuild" || project.empty()) return first;
  return "arn:aws:codebuild:" + event.stringAt("region") + ":" + event.stringAt("account") + ":project/" + project;
}

}  // namespace thimble::services::codestarnotifications
