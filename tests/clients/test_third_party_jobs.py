"""Action types of partners and their jobs, and rules of conditions."""
import pytest
from botocore.exceptions import ClientError

from support import pipelines as p

TYPE = {"category": "Test", "owner": "ThirdParty", "version": "1"}


@pytest.fixture(scope="module")
def world(server):
    class World:
        role = p.role(server, "partners", "codepipeline")
        artifacts = p.bucket(server, "partners-artifacts")
        sources = p.bucket(server, "partners-sources", versioned=True)
    server.client("s3").put_object(Bucket=World.sources, Key="s.zip", Body=p.zip_of({"a": "b"}))
    return World


@pytest.fixture
def job(server, world, name):
    """(client, id of the type, the job that waits)"""
    client = server.client("codepipeline")
    provider = "P" + name[-8:]
    identity = {**TYPE, "provider": provider}
    client.update_action_type(actionType={
        "id": identity, "executor": {"type": "JobWorker", "configuration": {"jobWorkerExecutorConfiguration": {}}},
        "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1}, "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 0},
        "properties": [{"name": "Plan", "optional": False, "key": True, "noEcho": False},
                       {"name": "Token", "optional": False, "key": False, "noEcho": True}]})
    run = p.action("Run", "Test", provider, inputs=["Source"], owner="ThirdParty", configuration={"Plan": "big", "Token": "secret-7"})
    p.create(server, name, {"Source": [p.s3_source(world.sources, "s.zip")], "Check": [run]}, world.artifacts, world.role)
    found = p.wait_for(lambda: client.poll_for_third_party_jobs(actionTypeId=identity)["jobs"], what="the job")
    return client, identity, found[0]


def test_a_partner_does_the_job(server, name, job):
    client, identity, found = job
    given = {"jobId": found["jobId"], "clientToken": "secret-7"}
    with pytest.raises(ClientError) as refused:
        client.get_third_party_job_details(jobId=found["jobId"], clientToken="wrong")
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenException"
    details = client.get_third_party_job_details(**given)["jobDetails"]
    assert details["data"]["actionConfiguration"]["configuration"]["Plan"] == "big"
    assert details["data"]["pipelineContext"]["pipelineName"] == name
    with pytest.raises(ClientError) as early:
        client.put_third_party_job_success_result(**given)
    assert early.value.response["Error"]["Code"] == "InvalidJobStateException"
    assert client.acknowledge_third_party_job(**given, nonce=details["nonce"])["status"] == "InProgress"
    assert client.poll_for_third_party_jobs(actionTypeId=identity)["jobs"] == []
    client.put_third_party_job_success_result(**given, executionDetails={"summary": "fine", "externalExecutionId": "x1"})
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Succeeded"
    latest = p.latest(server, name, "Check", "Run")
    assert (latest["summary"], latest["externalExecutionId"]) == ("fine", "x1")


def test_a_partner_fails_the_job(server, name, job):
    client, identity, found = job
    given = {"jobId": found["jobId"], "clientToken": "secret-7"}
    nonce = client.get_third_party_job_details(**given)["jobDetails"]["nonce"]
    with pytest.raises(ClientError) as refused:
        client.acknowledge_third_party_job(**given, nonce="99")
    assert refused.value.response["Error"]["Code"] == "InvalidNonceException"
    client.acknowledge_third_party_job(**given, nonce=nonce)
    client.put_third_party_job_failure_result(**given, failureDetails={"type": "JobFailed", "message": "red"})
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Failed"
    assert p.latest(server, name, "Check", "Run")["errorDetails"] == {"code": "JobFailed", "message": "red"}


def test_action_types_are_told(server, job):
    client, identity, _ = job
    shown = client.get_action_type(**identity)["actionType"]
    assert shown["id"] == identity and [each["name"] for each in shown["properties"]] == ["Plan", "Token"]
    assert identity in [each["id"] for each in client.list_action_types(actionOwnerFilter="ThirdParty")["actionTypes"]]
    built_in = client.get_action_type(category="Build", owner="AWS", provider="CodeBuild", version="1")["actionType"]
    assert built_in["inputArtifactDetails"] == {"minimumCount": 1, "maximumCount": 5}
    with pytest.raises(ClientError) as gone:
        client.get_action_type(category="Build", owner="AWS", provider="Nothing", version="1")
    assert gone.value.response["Error"]["Code"] == "ActionTypeNotFoundException"


def rule(provider, **configuration):
    return {"conditions": [{"result": "FAIL", "rules": [{"name": "R", "configuration": configuration, "ruleTypeId": {
        "category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}}]}]}


def create(server, world, name, before):
    p.create(server, name, [{"name": "Source", "actions": [p.s3_source(world.sources, "s.zip")]},
                            {"name": "Stop", "actions": [p.approval()], "beforeEntry": before}],
             world.artifacts, world.role, pipelineType="V2")


WINDOWS = [({"Cron": "* * * * * ?"}, "InProgress", ""), ({"Cron": "* * * ? * * *", "TimeZone": "UTC"}, "InProgress", ""),
           ({"Cron": "* 0 0 1 1 ? 1999"}, "Failed", "is not open"), ({"Cron": "nonsense"}, "Failed", "is not valid"),
           ({"Cron": "* * * * * ?", "TimeZone": "Europe/Berlin"}, "Failed", "only UTC")]


@pytest.mark.parametrize("configuration,status,words", WINDOWS)
def test_deployment_windows(server, world, name, configuration, status, words):
    create(server, world, name, rule("DeploymentWindow", **configuration))
    p.wait_for(lambda: p.states_of(server, name)["Stop/Approve"] or p.newest(server, name)["status"] == "Failed")
    assert p.newest(server, name)["status"] == status
    rules = server.client("codepipeline").list_rule_executions(pipelineName=name)["ruleExecutionDetails"]
    result = rules[0]["output"]["executionResult"]
    assert words in result.get("errorDetails", {}).get("message", "") and rules[0]["status"] == ("Failed" if words else "Succeeded")


@pytest.mark.parametrize("provider", ["CloudWatchAlarm", "Commands"])
def test_rules_that_are_not_there_are_named(server, world, name, provider):
    with pytest.raises(ClientError) as refused:
        create(server, world, name, rule(provider))
    assert refused.value.response["Error"]["Code"] == "NotImplemented" and provider in str(refused.value)
