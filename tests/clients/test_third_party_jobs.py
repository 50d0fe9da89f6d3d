"""Action types of partners and their jobs, and jobs of custom actions that go on."""
import io
import zipfile

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
def job(server, world, name, request):
    """(client, id of the type, the job that waits); the parameter: the secret."""
    token = getattr(request, "param", "secret-7")
    client = server.client("codepipeline")
    provider = "P" + name[-8:]
    identity = {**TYPE, "provider": provider}
    client.update_action_type(actionType={
        "id": identity, "executor": {"type": "JobWorker", "configuration": {"jobWorkerExecutorConfiguration": {}}},
        "inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1}, "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 0},
        "properties": [{"name": "Plan", "optional": False, "key": True, "noEcho": False},
                       {"name": "Token", "optional": False, "key": False, "noEcho": True}]})
    run = p.action("Run", "Test", provider, inputs=["Source"], owner="ThirdParty", configuration={"Plan": "big", "Token": token})
    p.create(server, name, {"Source": [p.s3_source(world.sources, "s.zip")], "Check": [run]}, world.artifacts, world.role)
    found = p.wait_for(lambda: client.poll_for_third_party_jobs(actionTypeId=identity)["jobs"], what="the job")
    return client, identity, found[0]


def reads_its_artifact(server, data):
    """The files of a job's input artifact, by the job's credentials, which reach nothing else."""
    own = data["artifactCredentials"]
    s3 = server.client("s3", aws_access_key_id=own["accessKeyId"], aws_secret_access_key=own["secretAccessKey"],
                       aws_session_token=own["sessionToken"])
    place = data["inputArtifacts"][0]["location"]["s3Location"]
    body = s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
    with pytest.raises(ClientError) as refused:
        s3.list_buckets()
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    archive = zipfile.ZipFile(io.BytesIO(body))
    return {each: archive.read(each).decode() for each in archive.namelist()}


def test_a_partner_does_the_job(server, name, job):
    client, identity, found = job
    given = {"jobId": found["jobId"], "clientToken": "secret-7"}
    with pytest.raises(ClientError) as refused:
        client.get_third_party_job_details(jobId=found["jobId"], clientToken="wrong")
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenException"
    details = client.get_third_party_job_details(**given)["jobDetails"]
    assert details["data"]["actionConfiguration"]["configuration"]["Plan"] == "big"
    assert details["data"]["pipelineContext"]["pipelineName"] == name
    assert reads_its_artifact(server, details["data"]) == {"a": "b"}
    with pytest.raises(ClientError) as other:
        client.get_job_details(jobId=found["jobId"])
    assert other.value.response["Error"]["Code"] == "JobNotFoundException"
    with pytest.raises(ClientError) as early:
        client.put_third_party_job_success_result(**given)
    assert early.value.response["Error"]["Code"] == "InvalidJobStateException"
    assert client.acknowledge_third_party_job(**given, nonce=details["nonce"])["status"] == "InProgress"
    assert client.poll_for_third_party_jobs(actionTypeId=identity)["jobs"] == []
    client.put_third_party_job_success_result(**given, executionDetails={"summary": "fine", "externalExecutionId": "x1"})
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Succeeded"
    latest = p.latest(server, name, "Check", "Run")
    assert (latest["summary"], latest["externalExecutionId"]) == ("fine", "x1")


def test_secrets_are_shown_to_workers_alone(server, name, job):
    client, identity, found = job
    shown = client.get_pipeline(name=name)["pipeline"]
    assert shown["stages"][1]["actions"][0]["configuration"] == {"Plan": "big", "Token": "****"}
    action = client.list_action_executions(pipelineName=name)["actionExecutionDetails"][0]["input"]
    assert action["configuration"] == action["resolvedConfiguration"] == {"Plan": "big", "Token": "****"}
    # As it is shown it can be given back, and keeps its secret; another value takes its place.
    shown["stages"][1]["actions"][0]["configuration"]["Plan"] = "small"
    updated = client.update_pipeline(pipeline=shown)["pipeline"]
    assert updated["stages"][1]["actions"][0]["configuration"] == {"Plan": "small", "Token": "****"}
    given = {"jobId": found["jobId"], "clientToken": "secret-7"}
    client.acknowledge_third_party_job(**given, nonce=client.get_third_party_job_details(**given)["jobDetails"]["nonce"])
    client.put_third_party_job_success_result(**given)
    client.start_pipeline_execution(name=name)
    again = p.wait_for(lambda: client.poll_for_third_party_jobs(actionTypeId=identity)["jobs"], what="the job")[0]
    details = client.get_third_party_job_details(jobId=again["jobId"], clientToken="secret-7")["jobDetails"]["data"]
    assert details["actionConfiguration"]["configuration"] == {"Plan": "small", "Token": "secret-7"}


@pytest.mark.parametrize("job", ["****"], indirect=True)
def test_asterisks_that_stand_for_nothing_are_a_secret_like_others(job):
    client, _, found = job
    assert client.get_third_party_job_details(jobId=found["jobId"], clientToken="****")["jobDetails"]["id"] == found["jobId"]


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
    with pytest.raises(ClientError) as gone:
        client.get_action_type(category="Build", owner="AWS", provider="Nothing", version="1")
    assert gone.value.response["Error"]["Code"] == "ActionTypeNotFoundException"
    with pytest.raises(ClientError) as refused:
        client.update_action_type(actionType={**shown, "executor": {"type": "Lambda", "configuration": {
            "lambdaExecutorConfiguration": {"lambdaFunctionArn": "arn:aws:lambda:eu-west-1:000000000000:function:f"}}}})
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    with pytest.raises(ClientError) as unknown:
        client.poll_for_third_party_jobs(actionTypeId={**identity, "provider": "Nobody"})
    assert unknown.value.response["Error"]["Code"] == "ActionTypeNotFoundException"


def test_a_custom_worker_reads_its_artifact(server, world, name):
    client = server.client("codepipeline")
    identity = {"category": "Test", "owner": "Custom", "provider": "C" + name[-8:], "version": "1"}
    details = {"minimumCount": 0, "maximumCount": 1}
    client.create_custom_action_type(category="Test", provider=identity["provider"], version="1",
                                     inputArtifactDetails=details, outputArtifactDetails=details)
    run = p.action("Run", "Test", identity["provider"], inputs=["Source"], owner="Custom")
    p.create(server, name, {"Source": [p.s3_source(world.sources, "s.zip")], "Check": [run]}, world.artifacts, world.role)
    found = p.wait_for(lambda: client.poll_for_jobs(actionTypeId=identity)["jobs"], what="the job")[0]
    assert reads_its_artifact(server, found["data"]) == {"a": "b"}
    client.acknowledge_job(jobId=found["id"], nonce=found["nonce"])
    client.put_job_success_result(jobId=found["id"])
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"]) == "Succeeded"
