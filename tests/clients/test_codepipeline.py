"""Pipelines through boto3: each kind of action for real, and what the lists show."""
import io
import json
import subprocess
import zipfile

import pytest

from support import pipelines as p
from support.builds import ended, log_of, printed
from support.git import git
from support.server import ACCOUNT, PROGRAM, REGION

TOPIC = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Shown"}}}},
         "Parameters": {"Shown": {"Type": "String"}, "Bucket": {"Type": "String", "Default": ""}},
         "Outputs": {"TopicArn": {"Value": {"Ref": "Topic"}}, "Shown": {"Value": {"Ref": "Shown"}},
                     "Bucket": {"Value": {"Ref": "Bucket"}}}}


@pytest.fixture(scope="module")
def world(server):
    class World:
        role = p.role(server, "pipelines", "codepipeline")
        stacks = p.role(server, "pipelines-stacks", "cloudformation")
        artifacts = p.bucket(server, "pipelines-artifacts")
        sources = p.bucket(server, "pipelines-sources", versioned=True)
    return World


def put_source(server, world, key, files):
    server.client("s3").put_object(Bucket=world.sources, Key=key, Body=p.zip_of(files))


def deploy(name, mode, order, world, stack, **configuration):
    return p.action(name, "Deploy", "CloudFormation", inputs=["Source"] if "TemplatePath" in configuration else [],
                    run_order=order,
                    configuration={"ActionMode": mode, "StackName": stack, "RoleArn": world.stacks,
                                   "Capabilities": "CAPABILITY_IAM", **configuration})


def test_cloudformation_from_change_set_to_deletion(server, world, name):
    files = {"t/topic.json": json.dumps(TOPIC), "config.json": json.dumps({"Parameters": {"Shown": "one"}, "Tags": {"a": "b"}}),
             "values.json": json.dumps({"shown": "two"})}
    put_source(server, world, name, files)
    create_set = deploy("CreateChangeSet", "CHANGE_SET_REPLACE", 1, world, name, ChangeSetName="set",
                        TemplatePath="Source::t/topic.json", TemplateConfiguration="Source::config.json")
    execute = deploy("ExecuteChangeSet", "CHANGE_SET_EXECUTE", 2, world, name, ChangeSetName="set", OutputFileName="out.json")
    execute.update(outputArtifacts=[{"name": "Outputs"}], namespace="Beta")
    update = deploy("Update", "CREATE_UPDATE", 1, world, name, TemplatePath="Source::t/topic.json",
                    ParameterOverrides=json.dumps({"Shown": {"Fn::GetParam": ["Source", "values.json", "shown"]},
                                                   "Bucket": {"Fn::GetArtifactAtt": ["Source", "BucketName"]}}))
    update["namespace"] = "Gamma"
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)], "Beta": [create_set, execute], "Gamma": [update],
                            "Gone": [p.approval(CustomData="#{Beta.Shown} #{Gamma.Shown} #{Gamma.Bucket}"),
                                     deploy("Delete", "DELETE_ONLY", 2, world, name)]}, world.artifacts, world.role)
    p.wait_for(lambda: p.latest(server, name, "Gone", "Approve") or "Failed" in p.states_of(server, name).values())
    client = server.client("codepipeline")
    actions = {each["actionName"]: each for each in client.list_action_executions(pipelineName=name)["actionExecutionDetails"]}
    assert {each["status"] for each in actions.values()} == {"Succeeded", "InProgress"}, actions
    assert actions["Approve"]["input"]["resolvedConfiguration"]["CustomData"] == f"one two {world.artifacts}"
    stack = server.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    assert (stack["StackStatus"], stack["RoleARN"]) == ("UPDATE_COMPLETE", world.stacks)
    assert actions["ExecuteChangeSet"]["output"]["executionResult"]["externalExecutionId"] == stack["StackId"]
    place = actions["ExecuteChangeSet"]["output"]["outputArtifacts"][0]["s3location"]
    assert place["key"].startswith(name[:20] + "/Outputs/")
    body = server.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
    written = json.loads(zipfile.ZipFile(io.BytesIO(body)).read("out.json"))
    assert (written["Shown"], written["TopicArn"][:11]) == ("one", "arn:aws:sns")
    execution = p.newest(server, name)["pipelineExecutionId"]
    p.approve(server, name, "Gone")
    assert p.ended(server, name, execution) == "Succeeded"
    # Once more: nothing to create but the stack that was deleted, then nothing to change.
    client.start_pipeline_execution(name=name)
    p.wait_for(lambda: p.latest(server, name, "Gone", "Approve").get("token"))
    again = client.start_pipeline_execution(name=name)["pipelineExecutionId"]
    p.wait_for(lambda: client.list_action_executions(pipelineName=name, filter={"pipelineExecutionId": again})
               ["actionExecutionDetails"][0]["actionName"] == "Update")


def test_a_template_that_is_not_in_the_artifact(server, world, name):
    put_source(server, world, name, {"a": "b"})
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)],
                            "Deploy": [deploy("Make", "CREATE_UPDATE", 1, world, name, TemplatePath="Source::t.json")]},
             world.artifacts, world.role)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    assert p.latest(server, name, "Deploy", "Make")["errorDetails"]["message"] == "File [t.json] does not exist in artifact [Source]"


def test_a_stack_that_fails_names_the_resource_and_is_replaced(server, world, name):
    bad = {"Resources": {"Queue": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "not a name!"}}}}
    put_source(server, world, name, {"t.json": json.dumps(bad)})
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)],
                            "Deploy": [deploy("Make", "REPLACE_ON_FAILURE", 1, world, name, TemplatePath="Source::t.json")]},
             world.artifacts, world.role)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    error = p.latest(server, name, "Deploy", "Make")["errorDetails"]
    assert error["code"] == "JobFailed" and "ROLLBACK_COMPLETE" in error["message"] and "Queue" in error["message"]
    bad["Resources"]["Queue"]["Properties"] = {}
    put_source(server, world, name, {"t.json": json.dumps(bad)})
    again = server.client("codepipeline").start_pipeline_execution(name=name)["pipelineExecutionId"]
    assert p.ended(server, name, again) == "Succeeded", p.latest(server, name, "Deploy", "Make")


def test_a_role_that_may_not(server, world, name):
    put_source(server, world, name, {"t.json": json.dumps(TOPIC)})
    weak = p.role(server, name + "-weak", "codepipeline", ["s3:*"])
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)],
                            "Deploy": [deploy("Make", "CREATE_UPDATE", 1, world, name, TemplatePath="Source::t.json")]},
             world.artifacts, weak)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    error = p.latest(server, name, "Deploy", "Make")["errorDetails"]
    assert error["code"] == "PermissionError" and "cloudformation:DescribeStacks" in error["message"]


def test_s3_deploys_whole_or_extracted(server, world, name):
    put_source(server, world, name, {"index.html": "<p>", "a/b.css": "p {}"})
    web = p.bucket(server, name + "-web")

    def to_s3(action_name, **configuration):
        return p.action(action_name, "Deploy", "S3", inputs=["Source"], configuration={"BucketName": web, **configuration})
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)],
                            "Deploy": [to_s3("Files", Extract="true", ObjectKey="site", CacheControl="max-age=5"),
                                       to_s3("Whole", Extract="false", ObjectKey="all.zip")]}, world.artifacts, world.role)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Succeeded", p.states_of(server, name)
    s3 = server.client("s3")
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=web)["Contents"]] == ["all.zip", "site/a/b.css", "site/index.html"]
    page = s3.get_object(Bucket=web, Key="site/index.html")
    assert (page["ContentType"], page["CacheControl"], page["Body"].read()) == ("text/html", "max-age=5", b"<p>")


def test_an_artifact_that_leads_out_of_itself(server, world, name):
    put_source(server, world, name, {"../../evil": "x"})
    web = p.bucket(server, name + "-web")
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)],
                            "Deploy": [p.action("Files", "Deploy", "S3", inputs=["Source"],
                                                configuration={"BucketName": web, "Extract": "true"})]},
             world.artifacts, world.role)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    assert "leads out of it" in p.latest(server, name, "Deploy", "Files")["errorDetails"]["message"]


def test_step_functions(server, world, name):
    put_source(server, world, name, {"input.json": '{"who": "file"}'})
    states = server.client("stepfunctions")
    machine = states.create_state_machine(
        name=name, roleArn=p.role(server, name + "-states", "states"),
        definition=json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}}))["stateMachineArn"]
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)], "Run": [
        p.action("Execute", "Invoke", "StepFunctions", inputs=["Source"], outputs=["Answer"], namespace="Sfn",
                 configuration={"StateMachineArn": machine, "InputType": "FilePath", "Input": "input.json",
                                "ExecutionNamePrefix": "from"})]}, world.artifacts, world.role)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Succeeded", p.latest(server, name, "Run", "Execute")
    execution = states.list_executions(stateMachineArn=machine)["executions"][0]
    assert execution["name"].startswith("from.")
    assert p.latest(server, name, "Run", "Execute")["externalExecutionId"] == execution["executionArn"]


def template(world, name, **properties):
    return {"Resources": {"Pipeline": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {
        "Name": name, "RoleArn": world.role,
        "ArtifactStore": {"Type": "S3", "Location": world.artifacts,
                          "EncryptionKey": {"Id": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234", "Type": "KMS"}},
        "Stages": [
            {"Name": "Source", "Actions": [{
                "Name": "Fetch", "RunOrder": "1", "OutputArtifacts": [{"Name": "Source"}],
                "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "S3", "Version": 1},
                "Configuration": {"S3Bucket": world.sources, "S3ObjectKey": name, "PollForSourceChanges": False}}]},
            {"Name": "Hold", "Actions": [{
                "Name": "Approve", "RunOrder": "2",
                "ActionTypeId": {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"}}]}],
        **properties}}},
        "Outputs": {"Name": {"Value": {"Ref": "Pipeline"}}, "Version": {"Value": {"Fn::GetAtt": ["Pipeline", "Version"]}}}}


def test_a_template_as_of_2017_and_its_update(server, world, name):
    """Numbers and truth values as texts and the other way round, a KMS key; later all that a V2 pipeline may say."""
    put_source(server, world, name, {"a": "b"})
    stacks = server.client("cloudformation")
    stacks.create_stack(StackName=name, TemplateBody=json.dumps(template(world, name)))
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    p.wait_for(lambda: p.states_of(server, name)["Hold"] == "InProgress")
    client = server.client("codepipeline")
    shown = client.get_pipeline(name=name)["pipeline"]
    assert shown["stages"][0]["actions"][0]["actionTypeId"]["version"] == "1"
    assert shown["stages"][1]["actions"][0]["runOrder"] == 2
    assert shown["artifactStore"]["encryptionKey"]["type"] == "KMS"
    stores = [{"Region": REGION, "ArtifactStore": {"Type": "S3", "Location": world.artifacts}}]
    newer = template(world, name, PipelineType="V2", ExecutionMode="QUEUED", ArtifactStores=stores,
                     Variables=[{"Name": "who", "DefaultValue": "me", "Description": "whom"}],
                     DisableInboundStageTransitions=[{"StageName": "Hold", "Reason": "not now"}],
                     RestartExecutionOnUpdate=True, Tags=[{"Key": "a", "Value": "b"}])
    del newer["Resources"]["Pipeline"]["Properties"]["ArtifactStore"]
    newer["Resources"]["Pipeline"]["Properties"]["Stages"][1].update(
        BeforeEntry={"Conditions": [{"Result": "FAIL", "Rules": [{
            "Name": "Who", "RuleTypeId": {"Category": "Rule", "Owner": "AWS", "Provider": "VariableCheck", "Version": "1"},
            "Configuration": {"Variable": "#{variables.who}", "Value": "me", "Operator": "EQ"}}]}]},
        OnFailure={"Result": "ROLLBACK"})
    stacks.update_stack(StackName=name, TemplateBody=json.dumps(newer))
    stacks.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    shown = client.get_pipeline(name=name)["pipeline"]
    assert (shown["pipelineType"], shown["executionMode"], shown["version"]) == ("V2", "QUEUED", 2)
    assert shown["artifactStores"][REGION]["location"] == world.artifacts
    assert shown["stages"][1]["onFailure"]["result"] == "ROLLBACK"
    hold = client.get_pipeline_state(name=name)["stageStates"][1]
    assert hold["inboundTransitionState"]["disabledReason"] == "not now"
    execution = p.newest(server, name)
    assert (execution["trigger"]["triggerType"], execution["executionMode"]) == ("StartPipelineExecution", "QUEUED")
    stacks.delete_stack(StackName=name)
    stacks.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    with pytest.raises(client.exceptions.PipelineNotFoundException):
        client.get_pipeline(name=name)


def watch(server, name, *options):
    return subprocess.run([PROGRAM, "watch", name, "--port", str(server.port), "--region", REGION, *options],
                          capture_output=True, text=True, timeout=60)


def test_watch_tells_each_step_and_the_result(server, world, name):
    put_source(server, world, name, {"a": "b"})
    web = p.bucket(server, name + "-web")
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)],
                            "Out": [p.action("Site", "Deploy", "S3", inputs=["Source"],
                                             configuration={"BucketName": web, "Extract": "true"})]}, world.artifacts, world.role)
    run = watch(server, name)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Source/Fetch (S3) Succeeded after" in run.stdout and f"{name} Succeeded after" in run.stdout
    put_source(server, world, name, {"../a": "b"})
    server.client("codepipeline").start_pipeline_execution(name=name)
    run = watch(server, name)
    assert run.returncode == 1 and "Out/Site (S3) Failed" in run.stdout and "leads out of it" in run.stdout
    missing = watch(server, "no-such-pipeline")
    assert missing.returncode == 2 and "does not have a pipeline" in missing.stderr


def test_watch_shows_a_line_once_where_two_stages_invoke_one_function(server, world, name):
    put_source(server, world, name, {"a": "b"})
    code = """import boto3
def handler(event, context):
    job = event["CodePipeline.job"]
    print("testing", job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
    boto3.client("codepipeline").put_job_success_result(jobId=job["id"])
"""
    server.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Handler="main.handler", Role=p.role(server, name, "lambda"), Timeout=30,
        Code={"ZipFile": p.zip_of({"main.py": code})})
    tests = {stage: p.action(f"Test{stage}", "Invoke", "Lambda",
                             configuration={"FunctionName": name, "UserParameters": stage}) for stage in ("Beta", "Gamma")}
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)], **{stage: [one] for stage, one in tests.items()}},
             world.artifacts, world.role)

    def told(run):
        assert run.returncode == 0, run.stdout + run.stderr
        return [line.strip() for line in run.stdout.splitlines() if " | testing " in line]
    assert told(watch(server, name)) == ["TestBeta | testing Beta", "TestGamma | testing Gamma"]
    run = watch(server, name)  # When all is over.
    assert told(run) == ["TestBeta | testing Beta", "TestGamma | testing Gamma"]
    assert run.stdout.count(" | START RequestId") == run.stdout.count(" | REPORT RequestId") == 2, run.stdout


def test_an_object_that_is_put_starts_the_pipeline(server, world, name):
    p.create(server, name, {"Source": [p.s3_source(world.sources, name, configuration={"PollForSourceChanges": "true"})],
                            "Hold": [p.approval()]}, world.artifacts, world.role)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    put_source(server, world, name, {"a": "b"})
    p.wait_for(lambda: p.states_of(server, name)["Hold"] == "InProgress")
    assert p.newest(server, name)["trigger"] == {"triggerType": "PollForSourceChanges", "triggerDetail": "Fetch"}


def push(server, repository, folder, files):
    """A commit with these files, pushed to the branch main; its id."""
    def git(*arguments):
        return subprocess.run(["git", "-C", folder, "-c", "user.name=t", "-c", "user.email=t@t", *arguments], check=True,
                              capture_output=True, text=True, timeout=60,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "GIT_TERMINAL_PROMPT": "0"}).stdout.strip()
    if not (folder / ".git").exists():
        git("init", "-q", "-b", "main")
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    git("add", ".")
    git("commit", "-q", "-m", "by the test")
    git("push", "-q", f"http://test:test@127.0.0.1:{server.port}/v1/repos/{repository}", "main")
    return git("rev-parse", "HEAD")


def test_a_commit_starts_the_pipeline_by_polling_and_by_a_rule(server, world, name, tmp_path):
    server.client("codecommit").create_repository(repositoryName=name)
    push(server, name, tmp_path, {"site/index.html": "one"})
    web = p.bucket(server, name + "-web")
    role = p.role(server, name + "-role", "codepipeline", ["s3:*", "codecommit:GetBranch", "codecommit:UploadArchive"])

    def create(pipeline, poll):
        source = p.action("Fetch", "Source", "CodeCommit", outputs=["Source"], namespace="Src", configuration={
            "RepositoryName": name, "BranchName": "main", "PollForSourceChanges": poll})
        p.create(server, pipeline, {"Source": [source], "Out": [p.action(
            "Site", "Deploy", "S3", inputs=["Source"],
            configuration={"BucketName": web, "Extract": "true", "ObjectKey": pipeline + "/#{Src.CommitId}"})]},
            world.artifacts, role)
        assert p.ended(server, pipeline, p.newest(server, pipeline)["pipelineExecutionId"]) == "Succeeded", \
            p.latest(server, pipeline, "Source", "Fetch")
    create(name + "-polls", "true")
    create(name + "-waits", "false")
    events = server.client("events")
    arn = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:{name}-waits"
    events.put_rule(Name=name, EventPattern=json.dumps({
        "source": ["aws.codecommit"], "detail-type": ["CodeCommit Repository State Change"],
        "resources": [f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{name}"],
        "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceName": ["main"]}}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn, "RoleArn": p.role(
        server, name + "-rule", "events", ["codepipeline:StartPipelineExecution"])}])
    second = push(server, name, tmp_path, {"site/index.html": "two"})
    s3 = server.client("s3")
    for pipeline, trigger in ((name + "-polls", "PollForSourceChanges"), (name + "-waits", "CloudWatchEvent")):
        p.wait_for(lambda: len(server.client("codepipeline").list_pipeline_executions(pipelineName=pipeline)
                               ["pipelineExecutionSummaries"]) == 2)
        execution = p.newest(server, pipeline)
        assert execution["trigger"]["triggerType"] == trigger
        assert p.ended(server, pipeline, execution["pipelineExecutionId"]) == "Succeeded"
        assert p.newest(server, pipeline)["sourceRevisions"][0]["revisionId"] == second
        page = s3.get_object(Bucket=web, Key=f"{pipeline}/{second}/site/index.html")["Body"].read()
        assert page == b"two"


BUILDSPEC = """version: 0.2
env:
  exported-variables: [TAG]
phases:
  build:
    commands:
      - export TAG=v-$(cat version)
      - mkdir out && echo "$WHO $TAG" > out/page.txt
      - echo built by $CODEBUILD_INITIATOR
artifacts:
  base-directory: out
  files: ['**/*']
"""


def build_project(server, name):
    role = p.role(server, name + "-build", "codebuild")
    server.client("codebuild").create_project(
        name=name, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"}, serviceRole=role,
        environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/eb-nodejs-4.4.6-amazonlinux-64:2.1.3",
                     "computeType": "BUILD_GENERAL1_SMALL"})


def test_a_build_between_source_and_deployment(server, world, name):
    put_source(server, world, name, {"buildspec.yml": BUILDSPEC, "version": "7"})
    build_project(server, name)
    web = p.bucket(server, name + "-web")
    build = p.action("Compile", "Build", "CodeBuild", inputs=["Source"], outputs=["Built"], namespace="Build", configuration={
        "ProjectName": name, "EnvironmentVariables": json.dumps([{"name": "WHO", "value": "world", "type": "PLAINTEXT"}])})
    p.create(server, name, {"Source": [p.s3_source(world.sources, name)], "Build": [build], "Out": [
        p.action("Site", "Deploy", "S3", inputs=["Built"],
                 configuration={"BucketName": web, "Extract": "true", "ObjectKey": "#{Build.TAG}"})]}, world.artifacts, world.role)
    run = watch(server, name)
    assert run.returncode == 0, run.stdout + run.stderr + str(p.latest(server, name, "Build", "Compile"))
    assert f"Compile | built by codepipeline/{name}" in run.stdout
    assert server.client("s3").get_object(Bucket=web, Key="v-7/page.txt")["Body"].read() == b"world v-7\n"
    put_source(server, world, name, {"buildspec.yml": BUILDSPEC.replace("mkdir out", "exit 3"), "version": "7"})
    failed = server.client("codepipeline").start_pipeline_execution(name=name)["pipelineExecutionId"]
    assert p.ended(server, name, failed) == "Failed"
    error = p.latest(server, name, "Build", "Compile")["errorDetails"]
    assert error["code"] == "JobFailed" and "Phase: BUILD, Code: COMMAND_EXECUTION_ERROR" in error["message"], error


CLONE_SPEC = """version: 0.2
env:
  git-credential-helper: yes
phases:
  build:
    commands:
      - git log --format=%s
      - git describe
      - git branch --show-current
      - git branch --remotes
      - git status --porcelain
      - git fetch -q origin && echo fetched
      - test $(git rev-parse HEAD) = $CODEBUILD_RESOLVED_SOURCE_VERSION && echo the commit
"""


def test_a_build_gets_a_whole_clone(server, world, name, tmp_path):
    server.client("codecommit").create_repository(repositoryName=name)
    url = f"http://test:test@127.0.0.1:{server.port}/v1/repos/{name}"
    first = push(server, name, tmp_path, {"buildspec.yml": CLONE_SPEC})
    git("-c", "user.name=t", "-c", "user.email=t@t", "tag", "-a", "-m", "one", "v1", first, cwd=tmp_path)
    git("push", "-q", url, "v1", "main:other", cwd=tmp_path)
    push(server, name, tmp_path, {"b": "2", "run.sh": "#!/bin/sh"})
    build_project(server, name)
    source = p.action("Fetch", "Source", "CodeCommit", outputs=["Source"], configuration={
        "RepositoryName": name, "BranchName": "main", "PollForSourceChanges": "false", "OutputArtifactFormat": "CODEBUILD_CLONE_REF"})
    p.create(server, name, {"Source": [source], "Build": [
        p.action("Compile", "Build", "CodeBuild", inputs=["Source"], configuration={"ProjectName": name})]}, world.artifacts, world.role)
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Succeeded", p.states_of(server, name)
    build_id = p.latest(server, name, "Build", "Compile")["externalExecutionId"]
    lines = [line.strip() for line in printed(log_of(server, ended(server, build_id)))]
    assert lines[:2] == ["by the test", "by the test"] and lines[2].startswith("v1-1-g") and lines[3] == "main"
    assert {"origin/main", "origin/other"} <= set(lines[4:-2]) and lines[-2:] == ["fetched", "the commit"], lines
