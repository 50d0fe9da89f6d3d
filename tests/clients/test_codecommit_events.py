"""What EventBridge is told of repositories: comments, reactions, approvals, their rules and templates, merges that no
branch names. AWS's form of each: https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html"""
import json
import re

import pytest

from support.event_queue import EventQueue
from support.server import ACCOUNT, REGION

PULL, COMMIT = "CodeCommit Comment on Pull Request", "CodeCommit Comment on Commit"
STATE, REACTION = "CodeCommit Pull Request State Change", "CodeCommit Comment Reaction Change"
TEMPLATE = "CodeCommit Approval Rule Template Change"
CONTENT = json.dumps({"Version": "2018-11-08", "Statements": [{"Type": "Approvers", "NumberOfApprovalsNeeded": 1}]})


@pytest.fixture
def world(server, name):
    class World:
        codecommit = server.client("codecommit")
        made = codecommit.create_repository(repositoryName=name)["repositoryMetadata"]
        first = codecommit.create_commit(repositoryName=name, branchName="main",
                                         putFiles=[{"filePath": "a", "fileContent": b"1"}])["commitId"]
        codecommit.create_branch(repositoryName=name, branchName="two", commitId=first)
        second = codecommit.create_commit(repositoryName=name, branchName="two", parentCommitId=first,
                                          putFiles=[{"filePath": "b", "fileContent": b"2"}])["commitId"]

        def pull_request(self):
            return self.codecommit.create_pull_request(title="My title", targets=[
                {"repositoryName": name, "sourceReference": "two", "destinationReference": "main"}])["pullRequest"]

        def queue(self, *detail_types):
            pattern = {"source": ["aws.codecommit"], "detail-type": list(detail_types)}
            return EventQueue(server, name, pattern if TEMPLATE in detail_types else
                              {**pattern, "resources": [self.made["Arn"]]})
    return World()


def events_of(queue, count):
    """The events' details by their kinds; of a kind that comes several times a list."""
    out = {}
    for event in queue.wait(count):
        out.setdefault(event["detail"]["event"], []).append(event)
    return {kind: each[0] if len(each) == 1 else each for kind, each in out.items()}


def test_comments_and_reactions(world, name):
    queue = world.queue(PULL, COMMIT, REACTION)
    pull = world.pull_request()
    codecommit = world.codecommit
    posted = codecommit.post_comment_for_pull_request(
        pullRequestId=pull["pullRequestId"], repositoryName=name, beforeCommitId=world.first, afterCommitId=world.second,
        content="Why?", clientRequestToken="once")["comment"]["commentId"]
    for _ in range(2):  # The same request again is no comment.
        codecommit.post_comment_for_pull_request(
            pullRequestId=pull["pullRequestId"], repositoryName=name, beforeCommitId=world.first,
            afterCommitId=world.second, content="Why?", clientRequestToken="once")
    reply = codecommit.post_comment_reply(inReplyTo=posted, content="So")["comment"]["commentId"]
    codecommit.update_comment(commentId=reply, content="So there")
    on_commit = codecommit.post_comment_for_compared_commit(
        repositoryName=name, beforeCommitId=world.first, afterCommitId=world.second, content="Well")["comment"]["commentId"]
    codecommit.put_comment_reaction(commentId=on_commit, reactionValue=":thumbsup:")
    codecommit.put_comment_reaction(commentId=on_commit, reactionValue="U+1F604")
    codecommit.put_comment_reaction(commentId=on_commit, reactionValue="none")
    seen = events_of(queue, 6)
    assert len(queue.seen) == 6
    caller = f"arn:aws:iam::{ACCOUNT}:root"
    created = sorted(seen["commentOnPullRequestCreated"], key=lambda e: "inReplyTo" in e["detail"])
    detail = created[0]["detail"]
    assert created[0]["detail-type"] == PULL and created[0]["resources"] == [world.made["Arn"]]
    body = detail.pop("notificationBody")
    assert detail == {"afterCommitId": world.second, "beforeCommitId": world.first, "callerUserArn": caller,
                      "commentId": posted, "event": "commentOnPullRequestCreated", "pullRequestId": pull["pullRequestId"],
                      "repositoryId": world.made["repositoryId"], "repositoryName": name}
    assert body == (
        f"A pull request event occurred in the following AWS CodeCommit repository: {name}. The user: {caller} made a comment "
        f"or replied to a comment. The comment was made on the following Pull Request: {pull['pullRequestId']}. For more "
        f"information, go to the AWS CodeCommit console https://{REGION}.console.aws.amazon.com/codesuite/codecommit/"
        f"repositories/{name}/pull-requests/{pull['pullRequestId']}/activity#{posted.replace(':', '%3A')}?region={REGION}")
    assert (created[1]["detail"]["commentId"], created[1]["detail"]["inReplyTo"]) == (reply, posted)
    updated = seen["commentOnPullRequestUpdated"]["detail"]
    assert updated["commentId"] == reply and " updated a comment " in updated["notificationBody"]
    commented = seen["commentOnCommitCreated"]
    assert commented["detail-type"] == COMMIT and "pullRequestId" not in commented["detail"]
    assert f"comment ID: {on_commit}." in commented["detail"]["notificationBody"]
    reactions = seen["commentReactionCreated"], seen["commentReactionUpdated"]
    assert [(r["detail"]["reactionEmojis"], r["detail"]["reactionShortcodes"], r["detail"]["reactionUnicodes"])
            for r in reactions] == [(["👍"], [":thumbsup:"], ["U+1F44D"]), (["😄"], [":smile:"], ["U+1F604"])]
    assert reactions[0]["detail-type"] == REACTION and reactions[0]["detail"]["commentId"] == on_commit


def test_a_session_with_a_name(server, world, name):
    queue = world.queue(PULL)
    pull = world.pull_request()
    iam, sts = server.client("iam"), server.client("sts")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]}))
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "codecommit:*", "Resource": "*"}]}))
    session = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName="mary", Tags=[
        {"Key": "displayName", "Value": "Mary Major"}, {"Key": "emailAddress", "Value": "mary@example.com"}])["Credentials"]
    server.client("codecommit", aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"],
                  aws_session_token=session["SessionToken"]).post_comment_for_pull_request(
        pullRequestId=pull["pullRequestId"], repositoryName=name, beforeCommitId=world.first, afterCommitId=world.second,
        content="Hello")
    detail = queue.wait(1)[0]["detail"]
    assert (detail["displayName"], detail["emailAddress"]) == ("Mary Major", "mary@example.com")
    assert "The display name for the user is Mary Major. The email address for the user is mary@example.com." in detail["notificationBody"]


def test_approvals_and_their_rules(server, world, name):
    queue = world.queue(STATE)
    pull = world.pull_request()
    codecommit, number = world.codecommit, pull["pullRequestId"]
    rule = codecommit.create_pull_request_approval_rule(pullRequestId=number, approvalRuleName="one",
                                                        approvalRuleContent=CONTENT)["approvalRule"]
    codecommit.update_pull_request_approval_rule_content(pullRequestId=number, approvalRuleName="one",
                                                         newRuleContent=CONTENT.replace("1}", "2}"))
    for status in ("OVERRIDE", "REVOKE"):
        codecommit.override_pull_request_approval_rules(pullRequestId=number, revisionId=pull["revisionId"],
                                                        overrideStatus=status)
    codecommit.delete_pull_request_approval_rule(pullRequestId=number, approvalRuleName="one")
    user = server.client("iam").create_user(UserName=name)["User"]
    server.client("iam").put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    key = server.client("iam").create_access_key(UserName=name)["AccessKey"]
    server.client("codecommit", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
                  ).update_pull_request_approval_state(pullRequestId=number, revisionId=pull["revisionId"], approvalState="APPROVE")
    codecommit.update_pull_request_status(pullRequestId=number, pullRequestStatus="CLOSED")
    seen = events_of(queue, 8)
    created = seen["pullRequestApprovalRuleCreated"]["detail"]
    assert (created["approvalRuleName"], created["approvalRuleId"], created["approvalRuleContentSha256"]) == (
        "one", rule["approvalRuleId"], rule["ruleContentSha256"])
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}", created["creationDate"])
    assert seen["pullRequestApprovalRuleUpdated"]["detail"]["approvalRuleContentSha256"] != rule["ruleContentSha256"]
    assert seen["pullRequestApprovalRuleDeleted"]["detail"]["approvalRuleName"] == "one"
    assert {e["detail"]["overrideStatus"] for e in seen["pullRequestApprovalRuleOverridden"]} == {"OVERRIDE", "REVOKE"}
    approved = seen["pullRequestApprovalStateChanged"]["detail"]
    assert (approved["approvalStatus"], approved["callerUserArn"]) == ("APPROVE", user["Arn"])
    assert "State change: APPROVE." in approved["notificationBody"]
    assert "The status is closed." in seen["pullRequestStatusChanged"]["detail"]["notificationBody"]
    assert f"Pull Request ID as {number} and title as My title." in seen["pullRequestCreated"]["detail"]["notificationBody"]


def test_templates(world, name):
    queue = world.queue(TEMPLATE)
    codecommit = world.codecommit
    made = codecommit.create_approval_rule_template(approvalRuleTemplateName=name, approvalRuleTemplateContent=CONTENT)
    one = {"approvalRuleTemplateName": name, "repositoryName": name}
    for _ in range(2):  # What is so already is no change.
        codecommit.associate_approval_rule_template_with_repository(**one)
    codecommit.update_approval_rule_template_description(approvalRuleTemplateName=name, approvalRuleTemplateDescription="d")
    codecommit.disassociate_approval_rule_template_from_repository(**one)
    several = {"approvalRuleTemplateName": name, "repositoryNames": [name, "none"]}
    codecommit.batch_associate_approval_rule_template_with_repositories(**several)
    codecommit.batch_disassociate_approval_rule_template_from_repositories(**several)
    codecommit.delete_approval_rule_template(approvalRuleTemplateName=name)
    seen = events_of(queue, 7)
    assert len(queue.seen) == 7
    for event in queue.seen:
        assert event["detail"]["approvalRuleTemplateId"] == made["approvalRuleTemplate"]["approvalRuleTemplateId"]
    repositories = {kind: each["detail"]["repositories"] for kind, each in seen.items()}
    mine = {name: world.made["repositoryId"]}
    assert repositories == {
        "approvalRuleTemplateCreated": {}, "approvalRuleTemplateAssociatedWithRepository": mine,
        "approvalRuleTemplateUpdated": mine, "approvalRuleTemplateDisassociatedFromRepository": mine,
        "batchAssociateApprovalRuleTemplateWithRepositories": mine,
        "batchDisassociateApprovalRuleTemplateFromRepositories": mine, "approvalRuleTemplateDeleted": {}}
    assert seen["approvalRuleTemplateAssociatedWithRepository"]["resources"] == [world.made["Arn"]]


def test_a_merge_that_no_branch_names(world, name):
    queue = world.queue("CodeCommit Repository State Change")
    merged = world.codecommit.create_unreferenced_merge_commit(
        repositoryName=name, sourceCommitSpecifier="two", destinationCommitSpecifier="main", mergeOption="SQUASH_MERGE",
        authorName="a", email="a@example.com")["commitId"]
    detail = queue.wait(1)[0]["detail"]
    assert detail == {"callerUserArn": f"arn:aws:iam::{ACCOUNT}:root", "commitId": merged, "baseCommitId": world.first,
                      "event": "unreferencedMergeCommitCreated", "sourceCommitId": world.second,
                      "destinationCommitId": world.first, "mergeOption": "SQUASH_MERGE", "conflictDetailsLevel": "FILE_LEVEL",
                      "conflictResolutionStrategy": "NONE", "repositoryId": world.made["repositoryId"], "repositoryName": name}
