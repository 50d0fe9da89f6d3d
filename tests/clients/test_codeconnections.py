"""Connections to git servers, and pipelines that start by what happens in their repositories."""
import io
import json
import time
import zipfile

import pytest
from botocore.exceptions import ClientError

from support import pipelines as p
from support.git import address, git
from support.server import ACCOUNT, REGION

SERVICES = ["codeconnections", "codestar-connections"]


def commit(server, repository, files, branch="main", parent=None):
    """A commit on a branch that may be new. Its id."""
    extra = {"parentCommitId": parent} if parent else {}
    return server.client("codecommit").create_commit(
        repositoryName=repository, branchName=branch, **extra,
        putFiles=[{"filePath": path, "fileContent": text.encode()} for path, text in files.items()])["commitId"]


@pytest.fixture(scope="module")
def world(server):
    class World:
        role = p.role(server, "connections", "codepipeline")
        artifacts = p.bucket(server, "connections-artifacts")
        url = f"http://name:secret@127.0.0.1:{server.port}/v1/repos/{{Name}}"
        connection = server.client("codeconnections").create_connection(
            ConnectionName="own", ProviderType="GitHub", Tags=[{"Key": "thimble:git-url", "Value": url}])["ConnectionArn"]
    return World


def source(world, repository, **configuration):
    return p.action("Fetch", "Source", "CodeStarSourceConnection", outputs=["Source"], namespace="Src",
                    configuration={"ConnectionArn": world.connection, "FullRepositoryId": f"owner/{repository}",
                                   "BranchName": "main", **configuration})


def create(server, world, name, triggers=None, **configuration):
    stages = {"Source": [source(world, name, **configuration)],
              "Stop": [p.approval(CustomData="#{Src.BranchName} #{Src.CommitId} #{Src.FullRepositoryName}")]}
    more = {"pipelineType": "V2", "executionMode": "PARALLEL"}
    if triggers:
        more["triggers"] = [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {
            "sourceActionName": "Fetch", **triggers}}]
    p.create(server, name, stages, world.artifacts, world.role, **more)


def executions(server, name):
    return server.client("codepipeline").list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]


def started_for(server, name, commit_id):
    """The execution that took this commit, once there is one."""
    def find():
        return next((each for each in executions(server, name)
                     if any(r["revisionId"] == commit_id for r in each["sourceRevisions"])), None)
    return p.wait_for(find, what=f"an execution for {commit_id}")


def artifact(server, name):
    details = server.client("codepipeline").list_action_executions(pipelineName=name)["actionExecutionDetails"]
    place = next(each for each in details if each["actionName"] == "Fetch")["output"]["outputArtifacts"][0]["s3location"]
    return zipfile.ZipFile(io.BytesIO(server.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()))


@pytest.mark.parametrize("service", SERVICES)
def test_connections_and_hosts(server, name, service):
    name = name[-32:].strip("-")
    client = server.client(service)
    host = client.create_host(Name=name, ProviderType="GitHubEnterpriseServer", ProviderEndpoint="https://git.example.com")["HostArn"]
    assert host.startswith(f"arn:aws:{service}:{REGION}:{ACCOUNT}:host/{name}/")
    arn = client.create_connection(ConnectionName=name, HostArn=host, Tags=[{"Key": "a", "Value": "b"}])["ConnectionArn"]
    shown = client.get_connection(ConnectionArn=arn)["Connection"]
    assert shown == {"ConnectionName": name, "ConnectionArn": arn, "ProviderType": "GitHubEnterpriseServer",
                     "OwnerAccountId": ACCOUNT, "ConnectionStatus": "AVAILABLE", "HostArn": host}
    assert [each["ConnectionArn"] for each in client.list_connections(HostArnFilter=host)["Connections"]] == [arn]
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
    with pytest.raises(ClientError) as refused:
        client.delete_host(HostArn=host)
    assert refused.value.response["Error"]["Code"] == "ResourceUnavailableException"
    client.update_host(HostArn=host, ProviderEndpoint="https://other.example.com")
    assert client.get_host(HostArn=host)["ProviderEndpoint"] == "https://other.example.com"
    page = client.list_connections(MaxResults=1)
    seen = [page["Connections"]]
    while "NextToken" in page:
        page = client.list_connections(MaxResults=1, NextToken=page["NextToken"])
        seen.append(page["Connections"])
    assert all(len(each) == 1 for each in seen) and arn in [each[0]["ConnectionArn"] for each in seen]
    client.delete_connection(ConnectionArn=arn)
    client.delete_host(HostArn=host)
    with pytest.raises(ClientError) as gone:
        client.get_connection(ConnectionArn=arn)
    assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_stack_makes_connections(server, name):
    template = {"Resources": {kind: {"Type": f"AWS::{kind}::Connection", "Properties": {
        "ConnectionName": kind, "ProviderType": "GitHub", "Tags": [{"Key": "k", "Value": "v"}]}}
        for kind in ("CodeConnections", "CodeStarConnections")},
        "Outputs": {"Old": {"Value": {"Ref": "CodeStarConnections"}},
                    "New": {"Value": {"Fn::GetAtt": ["CodeConnections", "ConnectionArn"]}},
                    "Status": {"Value": {"Fn::GetAtt": ["CodeConnections", "ConnectionStatus"]}}}}
    client = server.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    outputs = {o["OutputKey"]: o["OutputValue"] for o in client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}
    assert outputs["Old"].startswith("arn:aws:codestar-connections:") and outputs["New"].startswith("arn:aws:codeconnections:")
    assert outputs["Status"] == "AVAILABLE"
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    with pytest.raises(ClientError):
        server.client("codeconnections").get_connection(ConnectionArn=outputs["Old"])


def test_a_push_starts_the_pipeline(server, world, name):
    server.client("codecommit").create_repository(repositoryName=name)
    first = commit(server, name, {"a.txt": "one", "folder/b.txt": "two"})
    create(server, world, name)
    started_for(server, name, first)
    archive = artifact(server, name)
    assert {each for each in archive.namelist() if not each.endswith("/")} == {"a.txt", "folder/b.txt"}
    second = commit(server, name, {"a.txt": "three"}, parent=first)
    execution = started_for(server, name, second)
    assert execution["trigger"] == {"triggerType": "WebhookV2", "triggerDetail": world.connection}
    assert artifact(server, name).read("a.txt") == b"three"
    details = server.client("codepipeline").list_action_executions(pipelineName=name)["actionExecutionDetails"]
    approvals = [each["input"]["resolvedConfiguration"]["CustomData"] for each in details if each["actionName"] == "Approve"]
    assert f"main {second} owner/{name}" in approvals


def test_a_clone_for_builds_has_its_history(server, world, name, tmp_path):
    server.client("codecommit").create_repository(repositoryName=name)
    first = commit(server, name, {"a.txt": "one"})
    second = commit(server, name, {"a.txt": "two"}, parent=first)
    url = address(server, name)
    git("clone", "-q", url, tmp_path / "own")
    git("tag", "-a", "-m", "one", "v1", first, cwd=tmp_path / "own")
    git("push", "-q", url, "v1", "main:other", cwd=tmp_path / "own")
    create(server, world, name, OutputArtifactFormat="CODEBUILD_CLONE_REF", DetectChanges="false")
    started_for(server, name, second)
    there = tmp_path / "artifact"
    artifact(server, name).extractall(there)
    assert git("log", "--format=%H", cwd=there).stdout.split() == [second, first]
    assert git("describe", cwd=there).stdout.startswith("v1-1-g") and git("status", "--porcelain", cwd=there).stdout == ""
    assert git("rev-parse", "origin/other", "origin/main", "main", cwd=there).stdout.split() == [second] * 3
    assert (there / "a.txt").read_text() == "two"


def test_triggers_by_branch_tag_and_file(server, world, name, tmp_path):
    codecommit = server.client("codecommit")
    codecommit.create_repository(repositoryName=name)
    first = commit(server, name, {"readme.md": "one"})
    create(server, world, name, {"push": [
        {"branches": {"includes": ["main", "release/**"], "excludes": ["release/old"]},
         "filePaths": {"includes": ["src/**"], "excludes": ["**/*.md"]}},
        {"branches": {"includes": ["urgent-*"]}},
        {"tags": {"includes": ["v*"], "excludes": ["v*-rc"]}}]})
    started_for(server, name, first)
    baseline = len(executions(server, name))
    # What the triggers hold of the repository to begin with has to be known before something changes.
    time.sleep(3)
    unwanted = [commit(server, name, {"readme.md": "two"}, parent=first)]
    unwanted.append(commit(server, name, {"src/a.md": "x"}, parent=unwanted[-1]))
    codecommit.create_branch(repositoryName=name, branchName="other", commitId=first)
    unwanted.append(commit(server, name, {"src/x.c": "x"}, branch="other", parent=first))
    wanted = commit(server, name, {"src/deep/a.c": "x"}, parent=unwanted[1])
    execution = started_for(server, name, wanted)
    assert execution["trigger"]["triggerType"] == "WebhookV2"
    codecommit.create_branch(repositoryName=name, branchName="urgent-1", commitId=first)
    fix = commit(server, name, {"fix": "x"}, branch="urgent-1", parent=first)
    started_for(server, name, fix)
    details = server.client("codepipeline").list_action_executions(pipelineName=name)["actionExecutionDetails"]
    data = p.wait_for(lambda: [each["input"]["resolvedConfiguration"]["CustomData"] for each in
                               server.client("codepipeline").list_action_executions(pipelineName=name)["actionExecutionDetails"]
                               if each["actionName"] == "Approve"])
    assert f"urgent-1 {fix} owner/{name}" in data, details
    git("clone", "-q", address(server, name), tmp_path)
    git("tag", "v1-rc", first, cwd=tmp_path)
    git("push", "-q", "origin", "v1-rc", cwd=tmp_path)
    git("tag", "-a", "-m", "one", "v1", unwanted[0], cwd=tmp_path)
    git("push", "-q", "origin", "v1", cwd=tmp_path)
    started_for(server, name, unwanted[0])
    taken = [r["revisionId"] for each in executions(server, name) for r in each["sourceRevisions"]]
    assert unwanted[1] not in taken and unwanted[2] not in taken
    assert taken.count(wanted) == 1 and baseline >= 1


class PullRequests:
    """Those of a repository: opened from branches that are made for them."""

    def __init__(self, server, repository, base):
        self.server, self.repository, self.base = server, repository, base
        self.codecommit = server.client("codecommit")
        self.count = 0

    def open(self, into="main", files=None):
        """A new pull request: its number, its branch and its commit."""
        self.count += 1
        branch = f"feature-{self.count}"
        self.codecommit.create_branch(repositoryName=self.repository, branchName=branch, commitId=self.base)
        made = commit(self.server, self.repository, files or {branch: "x"}, branch=branch, parent=self.base)
        pull = self.codecommit.create_pull_request(title=branch, targets=[
            {"repositoryName": self.repository, "sourceReference": branch, "destinationReference": into}])
        return pull["pullRequest"]["pullRequestId"], branch, made


def test_triggers_by_pull_requests(server, world, name):
    codecommit = server.client("codecommit")
    codecommit.create_repository(repositoryName=name)
    first = commit(server, name, {"readme.md": "one"})
    for branch in ("release/1", "docs"):
        codecommit.create_branch(repositoryName=name, branchName=branch, commitId=first)
    create(server, world, name, {"pullRequest": [
        {"events": ["OPEN", "UPDATED"], "branches": {"includes": ["main"]}},
        {"events": ["CLOSED"], "branches": {"includes": ["release/*"]}},
        {"branches": {"includes": ["docs"]}, "filePaths": {"includes": ["docs/**"]}}]})
    started_for(server, name, first)
    pulls = PullRequests(server, name, first)
    opened = []

    def taken():
        return [r["revisionId"] for each in executions(server, name) for r in each["sourceRevisions"]]

    def noticed():  # Those that were there before the first look start nothing.
        opened.append(pulls.open())
        return set(taken()) & {made for _, _, made in opened}
    p.wait_for(noticed, what="an execution for a pull request that is opened")
    number, branch, made = opened[-1]
    execution = started_for(server, name, made)
    assert execution["trigger"] == {"triggerType": "WebhookV2", "triggerDetail": world.connection}
    data = p.wait_for(lambda: [each["input"]["resolvedConfiguration"]["CustomData"] for each in
                               server.client("codepipeline").list_action_executions(pipelineName=name)["actionExecutionDetails"]
                               if each["actionName"] == "Approve" and made in each["input"]["resolvedConfiguration"]["CustomData"]])
    assert data == [f"{branch} {made} owner/{name}"]
    unwanted = [commit(server, name, {"readme.md": "two"}, parent=first)]  # A push, and no trigger is for pushes.
    updated = commit(server, name, {"more": "x"}, branch=branch, parent=made)
    started_for(server, name, updated)
    codecommit.update_pull_request_status(pullRequestId=number, pullRequestStatus="CLOSED")
    release, its_branch, its_commit = pulls.open(into="release/1")
    _, docs_branch, docs_commit = pulls.open(into="docs")
    unwanted.append(docs_commit)
    documented = commit(server, name, {"docs/a": "x"}, branch=docs_branch, parent=docs_commit)
    started_for(server, name, documented)
    assert its_commit not in taken()
    codecommit.merge_pull_request_by_squash(pullRequestId=release, repositoryName=name)
    codecommit.delete_branch(repositoryName=name, branchName=its_branch)
    started_for(server, name, its_commit)
    assert not set(unwanted) & set(taken())
    assert [taken().count(each) for each in (made, updated, documented, its_commit)] == [1, 1, 1, 1]


def test_pull_requests_elsewhere_are_refused_by_name(server, world, name):
    elsewhere = {"connection": server.client("codeconnections").create_connection(
        ConnectionName=name[-32:], ProviderType="GitHub")["ConnectionArn"]}
    action = source(world, name)
    action["configuration"]["ConnectionArn"] = elsewhere["connection"]
    with pytest.raises(ClientError) as refused:
        p.create(server, name, {"Source": [action], "Stop": [p.approval()]}, world.artifacts, world.role, pipelineType="V2",
                 triggers=[{"providerType": "CodeStarSourceConnection", "gitConfiguration": {
                     "sourceActionName": "Fetch", "pullRequest": [{"events": ["OPEN"]}]}}])
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert "thimble:git-url" in refused.value.response["Error"]["Message"]


def test_triggers_are_for_connections_only(server, world, name):
    server.client("codecommit").create_repository(repositoryName=name)
    action = p.action("Fetch", "Source", "CodeCommit", outputs=["Source"], configuration={"RepositoryName": name, "BranchName": "main"})
    with pytest.raises(ClientError) as refused:
        p.create(server, name, {"Source": [action], "Stop": [p.approval()]}, world.artifacts, world.role, pipelineType="V2",
                 triggers=[{"providerType": "CodeCommit", "gitConfiguration": {
                     "sourceActionName": "Fetch", "pullRequest": [{"events": ["OPEN"]}]}}])
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert "Member must satisfy enum value set: [CodeStarSourceConnection]" in error["Message"]


REFUSED = [
    ({"pipelineType": "V1"}, {"push": [{"branches": {"includes": ["main"]}}]}, "ValidationException"),
    ({}, {"sourceActionName": "Other", "push": [{"branches": {"includes": ["main"]}}]}, "InvalidStructureException"),
    ({}, {"push": [{"branches": {"includes": ["main"]}, "tags": {"includes": ["v*"]}}]}, "ValidationException"),
]


@pytest.mark.parametrize("members,git,code", REFUSED)
def test_triggers_that_are_refused(server, world, name, members, git, code):
    with pytest.raises(ClientError) as refused:
        p.create(server, name, {"Source": [source(world, name)], "Stop": [p.approval()]}, world.artifacts, world.role, **{
            "pipelineType": "V2", **members, "triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {
                "sourceActionName": "Fetch", **git}}]})
    assert refused.value.response["Error"]["Code"] == code


FAILURES = [
    ("no-such-branch", {"BranchName": "gone"}, None, "ConfigurationError", "refs/heads/gone"),
    ("forbidden-address", {}, "http://169.254.169.254/{FullRepositoryId}", "ConfigurationError", "not allowed"),
    ("no-url", {}, "ext::sh -c touch% /tmp/x", "ConfigurationError", "no http or https URL"),
    ("a-way-up", {"FullRepositoryId": "../../etc"}, None, "ConfigurationError", "is not valid"),
    ("an-option", {"FullRepositoryId": "--upload-pack=x/y"}, None, "ConfigurationError", "is not valid"),
]


@pytest.mark.parametrize("case,configuration,url,code,words", FAILURES, ids=[each[0] for each in FAILURES])
def test_a_source_that_cannot_be_read_says_why(server, world, name, case, configuration, url, code, words):
    server.client("codecommit").create_repository(repositoryName=name)
    commit(server, name, {"a": "b"})
    if url:
        configuration = {**configuration, "ConnectionArn": server.client("codeconnections").create_connection(
            ConnectionName=name[-32:], ProviderType="GitHub", Tags=[{"Key": "thimble:git-url", "Value": url}])["ConnectionArn"]}
    create(server, world, name, DetectChanges="false", **configuration)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    error = p.latest(server, name, "Source", "Fetch")["errorDetails"]
    assert error["code"] == code and words in error["message"], error
    assert "secret" not in error["message"]


def test_a_role_that_may_not_use_the_connection(server, world, name):
    weak = p.role(server, name, "codepipeline", ["s3:*"])
    p.create(server, name, {"Source": [source(world, name)], "Stop": [p.approval()]}, world.artifacts, weak)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    error = p.latest(server, name, "Source", "Fetch")["errorDetails"]
    assert error["code"] == "PermissionError" and "UseConnection" in error["message"], error
