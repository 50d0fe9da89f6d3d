"""Rules of stage conditions that take time or run something: windows, commands; and commands as actions."""
import datetime
import json
import subprocess

import pytest
from botocore.exceptions import ClientError

from support import pipelines as p
from support.builds import log_of, make_project, printed, spec
from support.server import PROGRAM, REGION


@pytest.fixture(scope="module")
def world(server):
    class World:
        role = p.role(server, "conditions", "codepipeline")
        artifacts = p.bucket(server, "conditions-artifacts")
        sources = p.bucket(server, "conditions-sources", versioned=True)
    server.client("s3").put_object(Bucket=World.sources, Key="s.zip", Body=p.zip_of({"a.txt": "from the source"}))
    return World


def rule(provider, result="FAIL", configuration=None, **more):
    return {"conditions": [{"result": result, "rules": [{
        "name": "R", "configuration": configuration or {},
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}, **more}]}]}


def create(server, world, name, before):
    p.create(server, name, [{"name": "Source", "actions": [p.s3_source(world.sources, "s.zip")]},
                            {"name": "Stop", "actions": [p.approval()], "beforeEntry": before}],
             world.artifacts, world.role, pipelineType="V2")


def checked(server, name):
    """The rule's execution, once it is at its end."""
    client = server.client("codepipeline")

    def find():
        found = client.list_rule_executions(pipelineName=name)["ruleExecutionDetails"]
        return found and found[0]["status"] != "InProgress" and found[0]
    return p.wait_for(find, what="the rule's end")


WINDOWS = [({"Cron": "* * * * * ?"}, ""), ({"Cron": "0 * * ? * * *", "TimeZone": "UTC"}, ""),
           ({"Cron": "* * * ? * MON-SUN *", "TimeZone": "Europe/Berlin"}, ""), ({"Cron": "* * * * * ?", "TimeZone": "PST"}, ""),
           ({"Cron": "* * * * * ?", "TimeZone": "UTC-03:30"}, ""),
           ({"Cron": "* 0 0 1 1 ? 1999"}, "does not open any more"), ({"Cron": "nonsense"}, "is not valid"),
           ({"Cron": "* * * * *"}, "is not valid"), ({"Cron": "* * * * * *"}, "is not valid"),
           ({"Cron": "* * * * * ?", "TimeZone": "Mars/Olympus"}, "is not known"),
           ({"Cron": "* * * * * ?", "TimeZone": "../../../etc/passwd"}, "is not known")]


@pytest.mark.parametrize("configuration,words", WINDOWS)
def test_deployment_windows(server, world, name, configuration, words):
    create(server, world, name, rule("DeploymentWindow", configuration=configuration))
    found = checked(server, name)
    assert words in found["output"]["executionResult"].get("errorDetails", {}).get("message", "")
    assert found["status"] == ("Failed" if words else "Succeeded")
    if words:
        assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    else:
        p.wait_for(lambda: p.states_of(server, name)["Stop/Approve"] == "InProgress", what="the stage")


def test_a_window_that_opens_later_is_waited_for_and_overridden(server, world, name):
    now = datetime.datetime.now(datetime.timezone.utc)
    create(server, world, name, rule("DeploymentWindow", configuration={"Cron": f"* 0 0 1 1 ? {now.year + 2}"}))
    client = server.client("codepipeline")

    def rule_state():
        for condition in client.get_pipeline_state(name=name)["stageStates"][1].get("beforeEntryConditionState", {}).get("conditionStates", []):
            for each in condition.get("ruleStates", []):
                return each.get("latestExecution")
    latest = p.wait_for(rule_state, what="the rule")
    assert latest["status"] == "InProgress" and f"opens at {now.year + 2}-01-01T00:00:00Z" in latest["summary"]
    assert p.states_of(server, name)["Stop/Approve"] is None
    client.override_stage_condition(pipelineName=name, stageName="Stop", conditionType="BEFORE_ENTRY",
                                    pipelineExecutionId=p.newest(server, name)["pipelineExecutionId"])
    p.wait_for(lambda: p.states_of(server, name)["Stop/Approve"] == "InProgress", what="the stage")


def test_a_stack_with_a_window_and_commands(server, world, name):
    def cased(value):
        """As a template has it."""
        if isinstance(value, list):
            return [cased(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {key[0].upper() + key[1:]: each if key == "configuration" else cased(each) for key, each in value.items()}
    run = p.action("Run", "Compute", "Commands", inputs=["Source"], commands=["cp a.txt b.txt", "export A=1"], outputVariables=["A"],
                   namespace="Made")
    run["outputArtifacts"] = [{"name": "Built", "files": ["b.txt"]}]
    stages = [{"name": "Source", "actions": [p.s3_source(world.sources, "s.zip")]},
              {"name": "Run", "actions": [run], "beforeEntry": rule("DeploymentWindow", configuration={"Cron": "* * * * * ?"})},
              {"name": "Stop", "actions": [p.approval(CustomData="#{Made.A}")], "beforeEntry": rule(
                  "Commands", commands=["test -e b.txt"], inputArtifacts=[{"name": "Built"}])}]
    server.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Line": {
        "Type": "AWS::CodePipeline::Pipeline", "Properties": {
            "Name": name, "RoleArn": world.role, "PipelineType": "V2", "Stages": cased(stages),
            "ArtifactStore": {"Type": "S3", "Location": world.artifacts}}}}}))
    server.client("cloudformation").get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})
    p.wait_for(lambda: p.latest(server, name, "Stop", "Approve") or p.newest(server, name)["status"] == "Failed", what="the approval")
    actions = server.client("codepipeline").list_action_executions(pipelineName=name)["actionExecutionDetails"]
    assert actions[0]["input"]["resolvedConfiguration"]["CustomData"] == "1", actions


REFUSED = [(rule("CloudWatchAlarm", configuration={"AlarmName": "a", "AlarmStates": "ALARM"}), "NotImplemented", "CloudWatchAlarm"),
           (rule("Commands"), "ValidationException", "commands"),
           (rule("Commands", commands=["a\nb"]), "ValidationException", "single line"),
           (rule("DeploymentWindow"), "ValidationException", "'Cron'"),
           (rule("DeploymentWindow", "SKIP", {"Cron": "* * * * * ?"}), "ValidationException", "SKIP")]


@pytest.mark.parametrize("before,code,words", REFUSED)
def test_rules_that_are_refused(server, world, name, before, code, words):
    with pytest.raises(ClientError) as refused:
        create(server, world, name, before)
    assert refused.value.response["Error"]["Code"] == code and words in refused.value.response["Error"]["Message"]


def test_rule_types(server):
    types = {each["id"]["provider"]: each for each in server.client("codepipeline").list_rule_types()["ruleTypes"]}
    assert set(types) == {"CodeBuild", "Commands", "DeploymentWindow", "LambdaInvoke", "VariableCheck"}
    assert [(each["name"], each["required"]) for each in types["DeploymentWindow"]["ruleConfigurationProperties"]] == [
        ("Cron", True), ("TimeZone", False)]


@pytest.mark.parametrize("command,status", [("grep -q source a.txt", "Succeeded"), ("grep -q target a.txt", "Failed")])
def test_commands_decide(server, world, name, command, status):
    create(server, world, name, rule("Commands", commands=["echo looking at #{codepipeline.PipelineExecutionId}", command],
                                     inputArtifacts=[{"name": "Source"}]))
    found = checked(server, name)
    assert found["status"] == status, found
    execution = p.newest(server, name)["pipelineExecutionId"]
    logs = server.client("logs").filter_log_events(logGroupName=f"/aws/codepipeline/{name}")["events"]
    assert f"looking at {execution}" in [each["message"].strip() for each in logs]
    if status == "Failed":
        assert "COMMAND_EXECUTION_ERROR" in found["output"]["executionResult"]["errorDetails"]["message"]
        assert p.ended(server, name, execution) == "Failed"


@pytest.mark.parametrize("command,status", [("true", "Succeeded"), ("exit 3", "Failed")])
def test_a_builds_outcome_decides(server, world, name, command, status):
    make_project(server, name, spec("cat a.txt", command), source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
    create(server, world, name, rule("CodeBuild", configuration={"ProjectName": name}, inputArtifacts=[{"name": "Source"}]))
    found = checked(server, name)
    assert found["status"] == status, found
    build = found["output"]["executionResult"]["externalExecutionId"]
    shown = server.client("codebuild").batch_get_builds(ids=[build])["builds"][0]
    assert (shown["initiator"], shown["buildStatus"]) == (f"codepipeline/{name}", status.upper())
    assert "from the source" in printed(log_of(server, shown))


FUNCTION = """import boto3
def handler(event, context):
    job = event["CodePipeline.job"]
    wanted = job["data"]["actionConfiguration"]["configuration"]["UserParameters"]
    client = boto3.client("codepipeline")
    if wanted == "good":
        client.put_job_success_result(jobId=job["id"])
    else:
        client.put_job_failure_result(jobId=job["id"], failureDetails={"type": "JobFailed", "message": "not " + wanted})
"""


@pytest.mark.parametrize("wanted,status", [("good", "Succeeded"), ("bad", "Failed")])
def test_a_function_decides_and_may_skip_the_stage(server, world, name, wanted, status):
    server.client("lambda").create_function(
        FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=p.role(server, name + "-function", "lambda"),
        Code={"ZipFile": p.zip_of({"index.py": FUNCTION})}, Timeout=30)
    create(server, world, name, rule("LambdaInvoke", "SKIP", {"FunctionName": name, "UserParameters": wanted}))
    found = checked(server, name)
    assert found["status"] == status, found
    if status == "Failed":
        assert found["output"]["executionResult"]["errorDetails"]["message"] == "not bad"
        assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Succeeded"
        assert p.states_of(server, name)["Stop"] == "Skipped"
    else:
        p.wait_for(lambda: p.states_of(server, name)["Stop/Approve"] == "InProgress", what="the stage")


def test_commands_as_an_action(server, world, name):
    """Its files become an artifact, its variables those of the namespace; it needs nothing but the pipeline's role."""
    weak = p.role(server, name + "-weak", "codepipeline", ["s3:*", "logs:*"])
    web = p.bucket(server, name + "-web")
    run = p.action("Run", "Compute", "Commands", inputs=["Source"], namespace="Made",
                   commands=["mkdir out && cp a.txt out/b.txt", "export WHO=$GREETED", "test -z \"$AWS_PROFILE\""],
                   outputVariables=["WHO"], environmentVariables=[{"name": "GREETED", "value": "#{variables.who}"}])
    run["outputArtifacts"] = [{"name": "Built", "files": ["out/**/*"]}]
    to_web = p.action("Site", "Deploy", "S3", inputs=["Built"],
                      configuration={"BucketName": web, "Extract": "true", "ObjectKey": "#{Made.WHO}"})
    p.create(server, name, {"Source": [p.s3_source(world.sources, "s.zip")], "Run": [run], "Out": [to_web]}, world.artifacts, weak,
             pipelineType="V2", variables=[{"name": "who", "defaultValue": "world"}])
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Succeeded", p.latest(server, name, "Run", "Run")
    assert server.client("s3").get_object(Bucket=web, Key="world/out/b.txt")["Body"].read() == b"from the source"
    builds = server.client("codebuild")
    shown = builds.batch_get_builds(ids=[p.latest(server, name, "Run", "Run")["externalExecutionId"]])["builds"][0]
    assert (shown["buildStatus"], shown["initiator"]) == ("SUCCEEDED", f"codepipeline/{name}")
    assert json.loads(shown["source"]["buildspec"])["phases"]["build"]["commands"] == run["commands"]
    assert shown["id"] not in builds.list_builds()["ids"]
    watched = subprocess.run([PROGRAM, "watch", name, "--plain", "--port", str(server.port), "--region", REGION], capture_output=True,
                             text=True, timeout=60)
    assert watched.returncode == 0 and "Run | " in watched.stdout, watched.stdout
