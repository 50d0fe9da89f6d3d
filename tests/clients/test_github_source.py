"""Sources of GitHub by a token, as templates had them before there were connections; this server's own git stands for GitHub."""
import io
import json
import zipfile

import pytest

from support import pipelines as p

TOKEN = "ghp_token/with+signs"


@pytest.fixture(scope="module")
def world(server):
    class World:
        role = p.role(server, "github", "codepipeline", ["s3:*"])
        artifacts = p.bucket(server, "github-artifacts")
        url = f"http://127.0.0.1:{server.port}/v1/repos/{{Name}}"
    return World


def commit(server, name, text, parent=None):
    return server.client("codecommit").put_file(repositoryName=name, branchName="main", fileContent=text.encode(), filePath="a.txt",
                                                commitMessage=text, **({"parentCommitId": parent} if parent else {}))["commitId"]


def create(server, world, name, url=None, **configuration):
    source = p.action("Fetch", "Source", "GitHub", outputs=["Source"], owner="ThirdParty", namespace="Src", configuration={
        "Owner": "somebody", "Repo": name, "Branch": "main", "OAuthToken": TOKEN, **configuration})
    stop = p.approval(CustomData="#{Src.RepositoryName} #{Src.CommitMessage} #{Src.CommitUrl}")
    server.client("codepipeline").create_pipeline(
        pipeline={"name": name, "roleArn": world.role, "artifactStore": {"type": "S3", "location": world.artifacts},
                  "stages": [{"name": "Source", "actions": [source]}, {"name": "Stop", "actions": [stop]}]},
        tags=[{"key": "thimble:git-url", "value": url or world.url}])


def waiting_for(server, name, commit_id):
    """The approval's action execution of the execution that took this commit."""
    client = server.client("codepipeline")

    def find():
        for each in client.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]:
            if [one["revisionId"] for one in each.get("sourceRevisions", [])] != [commit_id]:
                continue
            actions = client.list_action_executions(pipelineName=name, filter={"pipelineExecutionId": each["pipelineExecutionId"]})
            details = {one["actionName"]: one for one in actions["actionExecutionDetails"]}
            return "Approve" in details and (each, details)
    return p.wait_for(find, what="the execution")


def test_a_push_starts_the_pipeline(server, world, name):
    server.client("codecommit").create_repository(repositoryName=name)
    first = commit(server, name, "one")
    create(server, world, name)
    execution, actions = waiting_for(server, name, first)
    assert actions["Approve"]["input"]["resolvedConfiguration"]["CustomData"] == \
        f"{name} one https://github.com/somebody/{name}/commit/{first}"
    assert actions["Fetch"]["input"]["configuration"]["OAuthToken"] == "****"
    place = actions["Fetch"]["output"]["outputArtifacts"][0]["s3location"]
    body = server.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert {each: archive.read(each) for each in archive.namelist()} == {"a.txt": b"one"}
    shown = server.client("codepipeline").get_pipeline(name=name)["pipeline"]
    assert shown["stages"][0]["actions"][0]["configuration"]["OAuthToken"] == "****"
    # As it is shown it is given back, and still reads the repository.
    server.client("codepipeline").update_pipeline(pipeline=shown)
    p.approve(server, name, "Stop")
    second = commit(server, name, "two", first)
    execution, _ = waiting_for(server, name, second)
    assert execution["trigger"]["triggerType"] == "PollForSourceChanges"


def test_what_cannot_be_read_is_told_without_the_token(server, world, name):
    create(server, world, name, PollForSourceChanges="false")
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    error = p.latest(server, name, "Source", "Fetch")["errorDetails"]
    assert error["code"] == "ConfigurationError" and f"branch main of the repository somebody/{name}" in error["message"]
    assert "ghp_" not in error["message"]


def test_the_token_is_kept_sealed(own_server, name):
    server = own_server.start()
    server.client("codecommit").create_repository(repositoryName=name)
    first = commit(server, name, "one")

    class World:
        role = p.role(server, "github", "codepipeline", ["s3:*"])
        artifacts = p.bucket(server, "github-artifacts")
        url = f"http://127.0.0.1:{server.port}/v1/repos/{{Name}}"
    create(server, World, name)
    waiting_for(server, name, first)
    server.kill()
    assert server.files_with(name) and not server.files_with(TOKEN)
    server.start()
    client = server.client("codepipeline")
    client.update_pipeline(pipeline=client.get_pipeline(name=name)["pipeline"])
    client.tag_resource(resourceArn=client.get_pipeline(name=name)["metadata"]["pipelineArn"], tags=[
        {"key": "thimble:git-url", "value": f"http://127.0.0.1:{server.port}/v1/repos/{{Name}}"}])
    again = client.start_pipeline_execution(name=name)["pipelineExecutionId"]
    p.wait_for(lambda: client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=again)["pipelineExecution"].get(
        "artifactRevisions"), what="the source")


def test_a_template_of_that_time(server, world, name):
    server.client("codecommit").create_repository(repositoryName=name)
    first = commit(server, name, "one")
    source = {"Name": "Fetch", "ActionTypeId": {"Category": "Source", "Owner": "ThirdParty", "Version": 1, "Provider": "GitHub"},
              "Configuration": {"Owner": "somebody", "Repo": name, "Branch": "main", "OAuthToken": {"Ref": "Token"},
                                "PollForSourceChanges": False}, "OutputArtifacts": [{"Name": "Source"}], "RunOrder": 1}
    stop = {"Name": "Approve", "ActionTypeId": {"Category": "Approval", "Owner": "AWS", "Version": 1, "Provider": "Manual"}}
    formation = server.client("cloudformation")
    formation.create_stack(StackName=name, Parameters=[{"ParameterKey": "Token", "ParameterValue": TOKEN}], TemplateBody=json.dumps({
        "Parameters": {"Token": {"Type": "String", "NoEcho": True}},
        "Resources": {
            "Line": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {
                "Name": name, "RoleArn": world.role, "ArtifactStore": {"Type": "S3", "Location": world.artifacts},
                "Tags": [{"Key": "thimble:git-url", "Value": world.url}],
                "Stages": [{"Name": "Source", "Actions": [source]}, {"Name": "Stop", "Actions": [stop]}]}},
            "Hook": {"Type": "AWS::CodePipeline::Webhook", "Properties": {
                "Authentication": "GITHUB_HMAC", "AuthenticationConfiguration": {"SecretToken": {"Ref": "Token"}},
                "Filters": [{"JsonPath": "$.ref", "MatchEquals": "refs/heads/{Branch}"}], "TargetPipeline": {"Ref": "Line"},
                "TargetAction": "Fetch", "TargetPipelineVersion": {"Fn::GetAtt": ["Line", "Version"]}, "RegisterWithThirdParty": False}}}}))
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})
    waiting_for(server, name, first)
    hooks = [each for each in server.client("codepipeline").list_webhooks()["webhooks"] if each["definition"]["targetPipeline"] == name]
    assert len(hooks) == 1 and hooks[0]["definition"]["authentication"] == "GITHUB_HMAC"
