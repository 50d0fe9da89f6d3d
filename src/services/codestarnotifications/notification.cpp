#include "services/codestarnotifications/notification.h"

#include "base/result.h"

namespace thimble::services::codestarnotifications {
namespace {

using base::Json;

Json additionalAttributes(const Json& detail) {
  Json attributes = Json::object();
  if (const Json* result = detail.find("execution-result")) {
    const std::string summary = result->stringAt("external-execution-summary");
    if (!summary.empty()) attributes.set("additionalInformation", summary);
  }
  for (const char* member : {"customData", "externalEntityLink"}) {
    if (detail.contains(member)) attributes.set(member, detail[member]);
  }
  return attributes;
}

}  // namespace

std::string notificationMessage(const Json& event, const std::string& rule_arn, bool full) {
  return Json::object({{"account", event["account"]},
                       {"detailType", event["detail-type"]},
                       {"region", event["region"]},
                       {"source", event["source"]},
                       {"time", event["time"]},
                       {"notificationRuleArn", rule_arn},
                       {"detail", event["detail"]},
                       {"resources", event["resources"]},
                       {"additionalAttributes", full ? additionalAttributes(event["detail"]) : Json::object()}})
      .write();
}

Json commentQuestion(const Json& event) {
  const Json& detail = event["detail"];
  const std::string type = event.stringAt("detail-type");
  if (event.stringAt("source") != "aws.codecommit") return {};
  Json input = Json::object({{"repositoryName", detail["repositoryName"]}, {"afterCommitId", detail["afterCommitId"]}});
  if (detail.contains("beforeCommitId")) input.set("beforeCommitId", detail["beforeCommitId"]);
  if (type == "CodeCommit Comment on Pull Request") {
    input.set("pullRequestId", detail["pullRequestId"]);
    return Json::object({{"operation", "GetCommentsForPullRequest"}, {"input", std::move(input)}});
  }
  if (type == "CodeCommit Comment on Commit")
    return Json::object({{"operation", "GetCommentsForComparedCommit"}, {"input", std::move(input)}});
  return {};
}

std::string withComments(const std::string& message, const Json& event, const Json& answer) {
  const std::string wanted = event["detail"].stringAt("commentId");
  const char* kLists[] = {"commentsForPullRequestData", "commentsForComparedCommitData"};
  for (const char* list : kLists) {
    for (std::size_t i = 0; i < answer[list].size(); ++i) {
      const Json& thread = answer[list][i];
      Json comments = Json::array();
      for (std::size_t j = 0; j < thread["comments"].size(); ++j) {
        const Json& comment = thread["comments"][j];
        comments.push(Json::object({{"authorArn", comment["authorArn"]}, {"commentText", comment["content"]}}));
        if (comment.stringAt("commentId") != wanted) continue;
        auto told = Json::parse(message);
        if (!told.ok()) return message;
        told->set("additionalAttributes", Json::object({{"commentedLine", Json()},
                                                        {"resourceArn", event["resources"][std::size_t{0}]},
                                                        {"comments", std::move(comments)},
                                                        {"commentedLineNumber", thread["location"]["filePosition"]},
                                                        {"filePath", thread["location"]["filePath"]}}));
        return told->write();
      }
    }
  }
  return message;
}

}  // namespace thimble::services::codestarnotifications
