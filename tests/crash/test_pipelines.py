"""Pipelines go on after kill -9, whatever kind of action was running, and no action runs twice.

THIMBLE_LONG_CHECKS=1 kills more often; THIMBLE_SEED repeats a run's kills.
"""
import hashlib
import io
import json
import os
import random
import time
import zipfile

from support import pipelines as p
from support.git import git
from support.server import Server

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))
PIPELINES = 10
KILLS = 60 if LONG else 10
FILES = {"t.json": json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"Arn": {"Value": {"Ref": "Topic"}}}}),
         "site/index.html": "<p>" * 1000}


def prepare(server):
    artifacts, web = p.bucket(server, "crash-artifacts", versioned=True), p.bucket(server, "crash-web")
    sources = p.bucket(server, "crash-sources", versioned=True)
    server.client("s3").put_object(Bucket=sources, Key="source.zip", Body=p.zip_of(FILES))
    role, stacks = p.role(server, "crash", "codepipeline"), p.role(server, "crash-stacks", "cloudformation")
    states_role = p.role(server, "crash-states", "states")
    wait = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}})
    machines = {}
    for number in range(PIPELINES):
        name = f"crash-{number}"
        machines[name] = server.client("stepfunctions").create_state_machine(name=name, roleArn=states_role,
                                                                            definition=wait)["stateMachineArn"]
        stack = {"StackName": name, "RoleArn": stacks}
        deploy = [
            p.action("Make", "Deploy", "CloudFormation", ["Source"], run_order=1,
                     configuration={"ActionMode": "CREATE_UPDATE", "TemplatePath": "Source::t.json", **stack}),
            p.action("Set", "Deploy", "CloudFormation", ["Source"], run_order=2,
                     configuration={"ActionMode": "CHANGE_SET_REPLACE", "ChangeSetName": "s", "TemplatePath": "Source::t.json",
                                    **stack}),
            p.action("Execute", "Deploy", "CloudFormation", run_order=3,
                     configuration={"ActionMode": "CHANGE_SET_EXECUTE", "ChangeSetName": "s", **stack}),
            p.action("Site", "Deploy", "S3", ["Source"], run_order=3,
                     configuration={"BucketName": web, "Extract": "true", "ObjectKey": name})]
        run = [p.action("Run", "Invoke", "StepFunctions", configuration={"StateMachineArn": machines[name]})]
        p.create(server, name, {"Source": [p.s3_source(sources)], "Deploy": deploy, "Run": run, "Approval": [p.approval()]},
                 artifacts, role)
    return machines


def actions_of(server, name):
    return server.client("codepipeline").list_action_executions(pipelineName=name)["actionExecutionDetails"]


def test_pipelines_go_on_after_kills():
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    server = Server().start()
    try:
        machines = prepare(server)
        slowest = 0
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.02, 0.5))
            server.kill()
            began = time.monotonic()
            server.start()
            server.client("codepipeline").get_pipeline_state(name="crash-0")
            slowest = max(slowest, time.monotonic() - began)
        for name in machines:
            p.wait_for(lambda: p.states_of(server, name)["Approval"] == "InProgress" or "Failed" in p.states_of(server, name).values(),
                       120, f"the approval of {name}: {p.states_of(server, name)}")
        server.kill()
        server.start()
        for name in machines:
            p.approve(server, name, "Approval")
            execution = p.newest(server, name)["pipelineExecutionId"]
            assert p.ended(server, name, execution, 60) == "Succeeded"
        doubled = 0
        source = hashlib.sha256(zipped(server, "crash-sources", "source.zip")).hexdigest()
        for name, machine in machines.items():
            actions = actions_of(server, name)
            names = [each["actionName"] for each in actions]
            assert sorted(names) == ["Approve", "Execute", "Fetch", "Make", "Run", "Set", "Site"], names
            assert {each["status"] for each in actions} == {"Succeeded"}
            doubled += len(server.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]) - 1
            events = server.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
            doubled += sum(each["ResourceStatus"] == "CREATE_COMPLETE" and each["LogicalResourceId"] == "Topic" for each in events) - 1
            place = next(each for each in actions if each["actionName"] == "Fetch")["output"]["outputArtifacts"][0]["s3location"]
            assert hashlib.sha256(zipped(server, place["bucket"], place["key"])).hexdigest() == source
            assert server.client("s3").get_object(Bucket="crash-web", Key=f"{name}/site/index.html")["Body"].read().decode() == FILES["site/index.html"]
        print(f"{PIPELINES} pipelines, {KILLS + 1} kills: {doubled} effects twice; slowest restart to an answer {slowest:.2f} s")
        assert doubled == 0
    finally:
        server.remove()


def zipped(server, bucket, key):
    body = server.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
    return body


def test_a_clone_and_a_partners_job_go_on_after_kills(tmp_path):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    server = Server().start()
    try:
        client, commits = server.client("codepipeline"), server.client("codecommit")
        commits.create_repository(repositoryName="cloned")
        tip = None
        for number in range(20):
            tip = commits.put_file(repositoryName="cloned", branchName="main", fileContent=os.urandom(20_000), filePath=f"f{number}",
                                   **({"parentCommitId": tip} if tip else {}))["commitId"]
        identity = {"category": "Test", "owner": "ThirdParty", "provider": "Partner", "version": "1"}
        client.update_action_type(actionType={
            "id": identity, "executor": {"type": "JobWorker", "configuration": {"jobWorkerExecutorConfiguration": {}}},
            "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1}, "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 0}})
        source = p.action("Fetch", "Source", "CodeCommit", outputs=["Source"], configuration={
            "RepositoryName": "cloned", "BranchName": "main", "PollForSourceChanges": "false", "OutputArtifactFormat": "CODEBUILD_CLONE_REF"})
        check = p.action("Run", "Test", "Partner", inputs=["Source"], owner="ThirdParty")
        p.create(server, "cloned", {"Source": [source], "Check": [check]}, p.bucket(server, "c-artifacts"), p.role(server, "c", "codepipeline"))
        for _ in range(KILLS):
            time.sleep(chance.uniform(0, 0.1))
            server.kill()
            server.start()

        def poll():
            return server.client("codepipeline").poll_for_third_party_jobs(actionTypeId=identity)["jobs"]
        job = p.wait_for(poll, 60, "the job")[0]
        server.kill()
        server.start()
        assert poll() == [job]
        given = {"jobId": job["jobId"], "clientToken": job["clientId"]}
        client = server.client("codepipeline")
        nonce = client.get_third_party_job_details(**given)["jobDetails"]["nonce"]
        client.acknowledge_third_party_job(**given, nonce=nonce)
        server.kill()
        server.start()
        assert poll() == []
        client = server.client("codepipeline")
        client.put_third_party_job_success_result(**given)
        server.kill()
        server.start()
        assert p.ended(server, "cloned", p.newest(server, "cloned")["pipelineExecutionId"]) == "Succeeded"
        actions = actions_of(server, "cloned")
        assert sorted(each["actionName"] for each in actions) == ["Fetch", "Run"]
        place = next(each for each in actions if each["actionName"] == "Fetch")["output"]["outputArtifacts"][0]["s3location"]
        zipfile.ZipFile(io.BytesIO(zipped(server, place["bucket"], place["key"]))).extractall(tmp_path)
        assert git("rev-parse", "HEAD", cwd=tmp_path).stdout.strip() == tip
        assert git("status", "--porcelain", cwd=tmp_path).stdout == "" and "error" not in git("fsck", "--strict", cwd=tmp_path).stderr
        assert not [path for path in server.paths() if path.parent.name == "staging" and path.name.startswith("clone-")]
    finally:
        server.remove()


def test_superseded_leaves_one_winner():
    server = Server().start()
    try:
        sources, artifacts = p.bucket(server, "s-sources", versioned=True), p.bucket(server, "s-artifacts")
        server.client("s3").put_object(Bucket=sources, Key="source.zip", Body=p.zip_of(FILES))
        p.create(server, "superseded", {"Source": [p.s3_source(sources)], "Hold": [p.approval()], "Out": [p.approval("Last")]},
                 artifacts, p.role(server, "superseded", "codepipeline"))
        p.wait_for(lambda: p.states_of(server, "superseded")["Hold"] == "InProgress")
        for _ in range(6):
            server.client("codepipeline").start_pipeline_execution(name="superseded")
            server.kill()
            server.start()
        winner = p.newest(server, "superseded")["pipelineExecutionId"]
        p.approve(server, "superseded", "Hold")
        p.approve(server, "superseded", "Out", "Last")
        p.wait_for(lambda: p.latest(server, "superseded", "Hold", "Approve").get("token"))
        statuses = [each["status"] for each in
                    server.client("codepipeline").list_pipeline_executions(pipelineName="superseded")["pipelineExecutionSummaries"]]
        assert statuses == ["InProgress"] + ["Superseded"] * 5 + ["Succeeded"]
        assert p.newest(server, "superseded")["pipelineExecutionId"] == winner
    finally:
        server.remove()


SLOW = "version: 0.2\nphases:\n  build:\n    commands: ['echo begun', 'sleep 98761']\n"


def test_a_killed_build_fails_visibly_and_nothing_of_it_survives():
    server = Server().start()
    try:
        sources, artifacts = p.bucket(server, "b-sources", versioned=True), p.bucket(server, "b-artifacts")
        server.client("s3").put_object(Bucket=sources, Key="source.zip", Body=p.zip_of({"buildspec.yml": SLOW}))
        server.client("codebuild").create_project(
            name="slow", source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"},
            serviceRole=p.role(server, "b-build", "codebuild"),
            environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"})
        p.create(server, "builds", {"Source": [p.s3_source(sources)], "Build": [
            p.action("Compile", "Build", "CodeBuild", ["Source"], configuration={"ProjectName": "slow"})]},
            artifacts, p.role(server, "b", "codepipeline"))

        def build():
            ids = server.client("codebuild").list_builds_for_project(projectName="slow")["ids"]
            return server.client("codebuild").batch_get_builds(ids=ids)["builds"][0] if ids else {}
        p.wait_for(lambda: build().get("currentPhase") == "BUILD", 60, "the build")
        server.kill()
        began = time.monotonic()
        server.start()
        execution = p.newest(server, "builds")["pipelineExecutionId"]
        assert p.ended(server, "builds", execution) == "Failed"
        seconds = time.monotonic() - began
        assert len(server.client("codebuild").list_builds_for_project(projectName="slow")["ids"]) == 1
        survivors = [pid for pid in os.listdir("/proc") if pid.isdigit() and command_of(pid) == ["sleep", "98761"]]
        print(f"a killed build is told after {seconds:.2f} s; {len(survivors)} processes survive")
        assert seconds < 30 and not survivors
    finally:
        server.remove()


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode(errors="replace").split("\0")[:-1]
    except OSError:
        return []
