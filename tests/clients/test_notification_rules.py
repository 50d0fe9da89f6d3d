"""Notification rules of the developer tools: what happens in pipelines, builds and repositories is told to SNS topics."""
import json

import pytest
from botocore.exceptions import ClientError

from support import pipelines as p
from support.server import ACCOUNT, REGION

SERVICE = "codestar-notifications"


@pytest.fixture(scope="module")
def world(server):
    class World:
        role = p.role(server, "notifications", "codepipeline")
        artifacts = p.bucket(server, "notifications-artifacts")
        sources = p.bucket(server, "notifications-sources", versioned=True)
    server.client("s3").put_object(Bucket=World.sources, Key="s.zip", Body=p.zip_of({"a": "b"}))
    return World


class Inbox:
    """A topic, and a queue that gets its messages as they are."""

    def __init__(self, server, name, allowed=True):
        self.sqs = server.client("sqs")
        sns = server.client("sns")
        self.topic = sns.create_topic(Name=name)["TopicArn"]
        if allowed:
            sns.set_topic_attributes(TopicArn=self.topic, AttributeName="Policy", AttributeValue=json.dumps({
                "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": f"{SERVICE}.amazonaws.com"},
                                                        "Action": "sns:Publish", "Resource": self.topic}]}))
        self.queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
                                                    "Action": "sqs:SendMessage", "Resource": arn}]})})
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        self.seen = []

    def read(self):
        for each in self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", []):
            self.seen.append(json.loads(each["Body"]))
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
        return self.seen

    def wait(self, count):
        return p.wait_for(lambda: self.seen if len(self.read()) >= count else None, what=f"{count} notifications")


def rule(server, name, resource, topic, *types, detail="FULL", **more):
    return server.client(SERVICE).create_notification_rule(
        Name=name, EventTypeIds=list(types), Resource=resource, DetailType=detail,
        Targets=[{"TargetType": "SNS", "TargetAddress": topic}], **more)["Arn"]


def test_a_pipeline_tells_of_itself(server, world, name):
    inbox = Inbox(server, name)
    pipeline = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{name}"
    arn = rule(server, name, pipeline, inbox.topic, "codepipeline-pipeline-pipeline-execution-started",
               "codepipeline-pipeline-pipeline-execution-failed", "codepipeline-pipeline-manual-approval-needed",
               "codepipeline-pipeline-manual-approval-failed", "codepipeline-pipeline-stage-execution-succeeded")
    p.create(server, name, {"Source": [p.s3_source(world.sources, "s.zip")], "Stop": [p.approval()]}, world.artifacts, world.role)
    inbox.wait(3)
    p.approve(server, name, "Stop", status="Rejected")
    messages = inbox.wait(5)
    assert {(m["detailType"].split()[1], m["detail"]["state"]) for m in messages} == {
        ("Pipeline", "STARTED"), ("Stage", "SUCCEEDED"), ("Action", "STARTED"), ("Action", "FAILED"), ("Pipeline", "FAILED")}
    for message in messages:
        assert set(message) == {"account", "detailType", "region", "source", "time", "notificationRuleArn", "detail", "resources",
                                "additionalAttributes"}
        assert message["notificationRuleArn"] == arn and message["resources"] == [pipeline]
        assert message["source"] == "aws.codepipeline" and message["detail"]["pipeline"] == name
    failed = next(m for m in messages if m["detailType"].split()[1] == "Action" and m["detail"]["state"] == "FAILED")
    assert "Rejected" in failed["additionalAttributes"]["additionalInformation"]


def test_a_repository_tells_of_itself_until_the_rule_is_off(server, name):
    inbox = Inbox(server, name)
    codecommit = server.client("codecommit")
    resource = codecommit.create_repository(repositoryName=name)["repositoryMetadata"]["Arn"]
    arn = rule(server, name, resource, inbox.topic, "codecommit-repository-branches-and-tags-created",
               "codecommit-repository-pull-request-created", detail="BASIC")
    first = codecommit.create_commit(repositoryName=name, branchName="main",
                                     putFiles=[{"filePath": "a", "fileContent": b"1"}])["commitId"]
    codecommit.create_branch(repositoryName=name, branchName="two", commitId=first)
    codecommit.create_pull_request(title="t", targets=[{"repositoryName": name, "sourceReference": "two",
                                                        "destinationReference": "main"}])
    messages = inbox.wait(3)
    assert sorted(m["detail"]["event"] for m in messages) == ["pullRequestCreated", "referenceCreated", "referenceCreated"]
    assert all(m["additionalAttributes"] == {} for m in messages)
    client = server.client(SERVICE)
    client.update_notification_rule(Arn=arn, Status="DISABLED")
    codecommit.create_branch(repositoryName=name, branchName="three", commitId=first)
    client.update_notification_rule(Arn=arn, Status="ENABLED")
    codecommit.create_branch(repositoryName=name, branchName="four", commitId=first)
    p.wait_for(lambda: any(m["detail"].get("referenceName") == "four" for m in inbox.read()))
    assert not any(m["detail"].get("referenceName") == "three" for m in inbox.seen)


def test_comments_and_approvals_are_told(server, world, name):
    inbox = Inbox(server, name)
    codecommit = server.client("codecommit")
    resource = codecommit.create_repository(repositoryName=name)["repositoryMetadata"]["Arn"]
    rule(server, name, resource, inbox.topic, "codecommit-repository-comments-on-commits",
         "codecommit-repository-comments-on-pull-requests", "codecommit-repository-approvals-status-changed",
         "codecommit-repository-approvals-rule-override")
    first = codecommit.create_commit(repositoryName=name, branchName="main",
                                     putFiles=[{"filePath": "a", "fileContent": b"1"}])["commitId"]
    codecommit.create_branch(repositoryName=name, branchName="two", commitId=first)
    codecommit.create_commit(repositoryName=name, branchName="two", parentCommitId=first,
                             putFiles=[{"filePath": "a", "fileContent": b"2"}])
    pull = codecommit.create_pull_request(title="t", targets=[
        {"repositoryName": name, "sourceReference": "two", "destinationReference": "main"}])["pullRequest"]
    target = pull["pullRequestTargets"][0]
    on_pull = codecommit.post_comment_for_pull_request(
        pullRequestId=pull["pullRequestId"], repositoryName=name, beforeCommitId=target["destinationCommit"],
        afterCommitId=target["sourceCommit"], content="Why?")["comment"]
    codecommit.update_comment(commentId=on_pull["commentId"], content="Why, really?")  # No rule can be for this.
    codecommit.post_comment_for_compared_commit(repositoryName=name, afterCommitId=first, content="Well")
    codecommit.override_pull_request_approval_rules(pullRequestId=pull["pullRequestId"], revisionId=pull["revisionId"],
                                                    overrideStatus="OVERRIDE")
    messages = inbox.wait(3)
    assert sorted(m["detail"]["event"] for m in messages) == [
        "commentOnCommitCreated", "commentOnPullRequestCreated", "pullRequestApprovalRuleOverridden"]
    comment = next(m for m in messages if m["detailType"] == "CodeCommit Comment on Pull Request")
    assert comment["detail"]["commentId"] == on_pull["commentId"]
    assert comment["detail"]["pullRequestId"] == pull["pullRequestId"]
    assert comment["additionalAttributes"]["comments"][0]["commentText"] in ("Why?", "Why, really?")
    on_commit = next(m for m in messages if m["detailType"] == "CodeCommit Comment on Commit")
    assert on_commit["additionalAttributes"]["comments"] == [
        {"authorArn": f"arn:aws:iam::{ACCOUNT}:root", "commentText": "Well"}]


def test_the_text_of_a_comment_is_told_in_full_only(server, name):
    full, basic = Inbox(server, name), Inbox(server, name + "-basic")
    codecommit = server.client("codecommit")
    resource = codecommit.create_repository(repositoryName=name)["repositoryMetadata"]["Arn"]
    for inbox, detail in ((full, "FULL"), (basic, "BASIC")):
        rule(server, name + detail, resource, inbox.topic, "codecommit-repository-comments-on-pull-requests", detail=detail)
    first = codecommit.create_commit(repositoryName=name, branchName="main",
                                     putFiles=[{"filePath": "a", "fileContent": b"1"}])["commitId"]
    codecommit.create_branch(repositoryName=name, branchName="two", commitId=first)
    second = codecommit.create_commit(repositoryName=name, branchName="two", parentCommitId=first,
                                      putFiles=[{"filePath": "a", "fileContent": b"2"}])["commitId"]
    number = codecommit.create_pull_request(title="t", targets=[{"repositoryName": name, "sourceReference": "two",
                                                                 "destinationReference": "main"}])["pullRequest"]["pullRequestId"]
    posted = codecommit.post_comment_for_pull_request(
        pullRequestId=number, repositoryName=name, beforeCommitId=first, afterCommitId=second, content="Why?",
        location={"filePath": "a", "filePosition": 1, "relativeFileVersion": "AFTER"})["comment"]["commentId"]
    full.wait(1)
    codecommit.post_comment_reply(inReplyTo=posted, content="So")
    assert all(m["additionalAttributes"] == {} for m in basic.wait(2))
    author = f"arn:aws:iam::{ACCOUNT}:root"
    assert [m["additionalAttributes"] for m in full.wait(2)] == [
        {"commentedLine": None, "resourceArn": resource, "commentedLineNumber": 1, "filePath": "a",
         "comments": [{"authorArn": author, "commentText": text} for text in texts]} for texts in (["Why?"], ["Why?", "So"])]


def test_a_topic_that_may_not_be_published_to_is_unreachable(server, name):
    inbox = Inbox(server, name, allowed=False)
    codecommit = server.client("codecommit")
    resource = codecommit.create_repository(repositoryName=name)["repositoryMetadata"]["Arn"]
    arn = rule(server, name, resource, inbox.topic, "codecommit-repository-branches-and-tags-created")
    codecommit.create_commit(repositoryName=name, branchName="main", putFiles=[{"filePath": "a", "fileContent": b"1"}])
    client = server.client(SERVICE)
    p.wait_for(lambda: client.describe_notification_rule(Arn=arn)["Targets"][0]["TargetStatus"] == "UNREACHABLE")
    assert inbox.read() == []


def test_rules_through_the_api(server, name):
    client = server.client(SERVICE)
    topics = [server.client("sns").create_topic(Name=f"{name}-{i}")["TopicArn"] for i in range(2)]
    resource = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{name}"
    given = dict(ClientRequestToken="t1", Tags={"a": "b"})
    arn = rule(server, name, resource, topics[0], "codepipeline-pipeline-stage-execution-failed", **given)
    assert rule(server, name, resource, topics[0], "codepipeline-pipeline-stage-execution-failed", **given) == arn
    with pytest.raises(ClientError) as again:
        rule(server, name, resource, topics[0], "codepipeline-pipeline-stage-execution-failed")
    assert again.value.response["Error"]["Code"] == "ResourceAlreadyExistsException"
    shown = client.describe_notification_rule(Arn=arn)
    assert shown["EventTypes"] == [{"EventTypeId": "codepipeline-pipeline-stage-execution-failed", "ServiceName": "CodePipeline",
                                    "EventTypeName": "Stage execution: Failed", "ResourceType": "Pipeline"}]
    assert (shown["Status"], shown["DetailType"], shown["Tags"]) == ("ENABLED", "FULL", {"a": "b"})
    assert shown["Targets"] == [{"TargetAddress": topics[0], "TargetType": "SNS", "TargetStatus": "ACTIVE"}]
    client.subscribe(Arn=arn, Target={"TargetType": "SNS", "TargetAddress": topics[1]})
    assert [each["Arn"] for each in client.list_notification_rules(
        Filters=[{"Name": "TARGET_ADDRESS", "Value": topics[1]}])["NotificationRules"]] == [arn]
    assert client.list_notification_rules(Filters=[{"Name": "RESOURCE", "Value": "none"}])["NotificationRules"] == []
    with pytest.raises(ClientError):
        client.delete_target(TargetAddress=topics[1])
    client.unsubscribe(Arn=arn, TargetAddress=topics[1])
    client.delete_target(TargetAddress=topics[0], ForceUnsubscribeAll=True)
    assert client.describe_notification_rule(Arn=arn)["Targets"] == []
    assert topics[0] not in [each["TargetAddress"] for each in client.list_targets()["Targets"]]
    client.tag_resource(Arn=arn, Tags={"c": "d"})
    client.untag_resource(Arn=arn, TagKeys=["a"])
    assert client.list_tags_for_resource(Arn=arn)["Tags"] == {"c": "d"}
    assert client.delete_notification_rule(Arn=arn)["Arn"] == arn
    with pytest.raises(ClientError) as gone:
        client.describe_notification_rule(Arn=arn)
    assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_event_types_are_listed_in_pages(server):
    client = server.client(SERVICE)
    types, token = [], None
    while True:
        page = client.list_event_types(MaxResults=7, **({"NextToken": token} if token else {}))
        types += [each["EventTypeId"] for each in page["EventTypes"]]
        token = page.get("NextToken")
        if not token:
            break
    assert len(types) == len(set(types)) == 35
    builds = client.list_event_types(Filters=[{"Name": "SERVICE_NAME", "Value": "CodeBuild"}])["EventTypes"]
    assert len(builds) == 6


REFUSED = [
    ({"EventTypeIds": ["nonsense"]}, "ValidationException"),
    ({"EventTypeIds": ["codebuild-project-build-state-failed"]}, "ValidationException"),
    ({"Resource": f"arn:aws:codepipeline:us-east-2:{ACCOUNT}:p"}, "ValidationException"),
    ({"Resource": "arn:aws:s3:::bucket"}, "ValidationException"),
    ({"Targets": [{"TargetType": "SNS", "TargetAddress": "nonsense"}]}, "ValidationException"),
    ({"Targets": [{"TargetType": "AWSChatbotSlack", "TargetAddress": "arn:aws:chatbot::1:x"}]}, "NotImplemented"),
]


@pytest.mark.parametrize("members,code", REFUSED)
def test_rules_that_are_refused(server, name, members, code):
    given = dict(Name=name, EventTypeIds=["codepipeline-pipeline-stage-execution-failed"], DetailType="FULL",
                 Resource=f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:p",
                 Targets=[{"TargetType": "SNS", "TargetAddress": f"arn:aws:sns:{REGION}:{ACCOUNT}:t"}])
    with pytest.raises(ClientError) as refused:
        server.client(SERVICE).create_notification_rule(**{**given, **members})
    assert refused.value.response["Error"]["Code"] == code


def test_a_stack_makes_a_rule(server, name):
    template = {"Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"}, "Repository": {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": name}},
        "Rule": {"Type": "AWS::CodeStarNotifications::NotificationRule", "Properties": {
            "Name": name, "DetailType": "BASIC", "Resource": {"Fn::GetAtt": ["Repository", "Arn"]}, "Tags": {"a": "b"},
            "EventTypeIds": ["codecommit-repository-pull-request-merged"],
            "Targets": [{"TargetType": "SNS", "TargetAddress": {"Ref": "Topic"}}]}}},
        "Outputs": {"Arn": {"Value": {"Ref": "Rule"}}}}
    client = server.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    arn = client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"]
    template["Resources"]["Rule"]["Properties"].update(DetailType="FULL", Tags={"c": "d"})
    client.update_stack(StackName=name, TemplateBody=json.dumps(template))
    client.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    shown = server.client(SERVICE).describe_notification_rule(Arn=arn)
    assert (shown["DetailType"], shown["Tags"]) == ("FULL", {"c": "d"})
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    with pytest.raises(ClientError):
        server.client(SERVICE).describe_notification_rule(Arn=arn)
