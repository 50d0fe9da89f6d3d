"""What starts a pipeline from outside: webhooks at their URLs, and PutActionRevision."""
import hashlib
import hmac
import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from support import pipelines as p
from support.server import ACCOUNT, REGION

SECRET = "a-secret"
PUSH = {"ref": "refs/heads/main", "repository": {"name": "r"}, "commits": [{"id": "c1"}]}


@pytest.fixture(scope="module")
def world(server):
    class World:
        role = p.role(server, "webhooks", "codepipeline")
        artifacts = p.bucket(server, "webhooks-artifacts")
        sources = p.bucket(server, "webhooks-sources", versioned=True)
    server.client("s3").put_object(Bucket=World.sources, Key="s.zip", Body=p.zip_of({"a": "b"}))
    return World


@pytest.fixture
def pipeline(server, world, name):
    p.create(server, name, {"Source": [p.s3_source(world.sources, "s.zip")], "Stop": [p.approval()]}, world.artifacts, world.role)
    return name


def put(server, pipeline, authentication="UNAUTHENTICATED", configuration=None, filters=None, **more):
    return server.client("codepipeline").put_webhook(webhook={
        "name": pipeline, "targetPipeline": pipeline, "targetAction": "Fetch", "authentication": authentication,
        "authenticationConfiguration": configuration or {},
        "filters": filters or [{"jsonPath": "$.ref", "matchEquals": "refs/heads/main"}], **more})["webhook"]


def post(url, body, **headers):
    request = urllib.request.Request(url, data=body if isinstance(body, bytes) else json.dumps(body).encode(), headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def triggers(server, pipeline):
    return [each["trigger"] for each in server.client("codepipeline").list_pipeline_executions(
        pipelineName=pipeline)["pipelineExecutionSummaries"]]


def test_a_call_starts_the_pipeline(server, pipeline):
    webhook = put(server, pipeline)
    arn = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:webhook:{pipeline}"
    assert webhook["arn"] == arn and "lastTriggered" not in webhook
    assert post(webhook["url"], PUSH) == (200, {"started": True})
    assert triggers(server, pipeline)[0] == {"triggerType": "Webhook", "triggerDetail": arn}
    assert post(webhook["url"], {**PUSH, "ref": "refs/heads/other"}) == (200, {"started": False})
    assert post(webhook["url"], b"no json")[0] == 400
    assert post(webhook["url"].replace("t=", "t=0"), PUSH)[0] == 404
    assert len(triggers(server, pipeline)) == 2
    client = server.client("codepipeline")
    listed = next(each for each in client.list_webhooks()["webhooks"] if each["arn"] == arn)
    assert listed["url"] == webhook["url"] and "lastTriggered" in listed
    client.register_webhook_with_third_party(webhookName=pipeline)
    client.deregister_webhook_with_third_party(webhookName=pipeline)
    client.delete_webhook(name=pipeline)
    client.delete_webhook(name=pipeline)
    assert post(webhook["url"], PUSH)[0] == 404


def test_github_signs_its_calls(server, pipeline):
    webhook = put(server, pipeline, "GITHUB_HMAC", {"SecretToken": SECRET})
    assert webhook["definition"]["authenticationConfiguration"] == {"SecretToken": "****"}
    body = json.dumps(PUSH).encode()

    def signed(digest, key=SECRET):
        return hmac.new(key.encode(), body, digest).hexdigest()
    assert post(webhook["url"], body)[0] == 403
    assert post(webhook["url"], body, **{"X-Hub-Signature": "sha1=" + signed(hashlib.sha1, "other")})[0] == 403
    assert post(webhook["url"], body, **{"X-Hub-Signature": "md5=" + signed(hashlib.md5)})[0] == 403
    assert len(triggers(server, pipeline)) == 1
    assert post(webhook["url"], body, **{"X-Hub-Signature": "sha1=" + signed(hashlib.sha1)})[0] == 200
    assert post(webhook["url"], body, **{"X-Hub-Signature-256": "sha256=" + signed(hashlib.sha256)})[0] == 200
    assert len(triggers(server, pipeline)) == 3


@pytest.mark.parametrize("range_,status", [("127.0.0.0/8", 200), ("203.0.113.0/24", 403)])
def test_calls_from_a_range_of_addresses(server, pipeline, range_, status):
    assert post(put(server, pipeline, "IP", {"AllowedIPRange": range_})["url"], PUSH)[0] == status


FILTERS = [
    ([{"jsonPath": "$.ref"}], True),
    ([{"jsonPath": "$.nothing"}], False),
    ([{"jsonPath": "$.ref", "matchEquals": "refs/heads/main"}, {"jsonPath": "$.repository.name", "matchEquals": "x"}], False),
    ([{"jsonPath": "$.commits[*].id", "matchEquals": "c1"}], True),
    ([{"jsonPath": "$.repository.name", "matchEquals": "{S3ObjectKey}"}], False),
]


@pytest.mark.parametrize("filters,started", FILTERS)
def test_filters(server, pipeline, filters, started):
    assert post(put(server, pipeline, filters=filters)["url"], PUSH) == (200, {"started": started})


REFUSED = [
    ({"targetPipeline": "gone"}, "PipelineNotFoundException"),
    ({"targetAction": "Approve"}, "ValidationException"),
    ({"filters": [{"jsonPath": "$.["}]}, "InvalidWebhookFilterPatternException"),
    ({"authentication": "GITHUB_HMAC"}, "InvalidWebhookAuthenticationParametersException"),
    ({"authentication": "IP", "authenticationConfiguration": {"AllowedIPRange": "300.0.0.0/8"}},
     "InvalidWebhookAuthenticationParametersException"),
]


@pytest.mark.parametrize("members,code", REFUSED)
def test_webhooks_that_are_refused(server, pipeline, members, code):
    with pytest.raises(ClientError) as refused:
        server.client("codepipeline").put_webhook(webhook={
            "name": pipeline, "targetPipeline": pipeline, "targetAction": "Fetch", "authentication": "UNAUTHENTICATED",
            "authenticationConfiguration": {}, "filters": [{"jsonPath": "$.a"}], **members})
    assert refused.value.response["Error"]["Code"] == code


def test_a_stack_makes_a_webhook(server, pipeline, name):
    template = {"Resources": {"Hook": {"Type": "AWS::CodePipeline::Webhook", "Properties": {
        "Authentication": "UNAUTHENTICATED", "AuthenticationConfiguration": {}, "TargetPipeline": pipeline, "TargetAction": "Fetch",
        "TargetPipelineVersion": 1, "RegisterWithThirdParty": True, "Filters": [{"JsonPath": "$.ref", "MatchEquals": "refs/heads/main"}]}}},
        "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["Hook", "Url"]}}}}
    client = server.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    url = client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"]
    assert post(url, PUSH) == (200, {"started": True})
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert post(url, PUSH)[0] == 404


def test_an_action_revision_starts_the_pipeline_once(server, pipeline):
    client = server.client("codepipeline")
    given = dict(pipelineName=pipeline, stageName="Source", actionName="Fetch",
                 actionRevision={"revisionId": "r1", "revisionChangeId": "c", "created": 1700000000})
    first = client.put_action_revision(**given)
    assert first["newRevision"] is True
    again = client.put_action_revision(**given)
    assert (again["newRevision"], again["pipelineExecutionId"]) == (False, first["pipelineExecutionId"])
    assert triggers(server, pipeline)[0]["triggerType"] == "PutActionRevision" and len(triggers(server, pipeline)) == 2
    for member, value, code in [("actionName", "Gone", "ActionNotFoundException"), ("stageName", "Gone", "StageNotFoundException"),
                                ("pipelineName", "gone", "PipelineNotFoundException")]:
        with pytest.raises(ClientError) as refused:
            client.put_action_revision(**{**given, member: value})
        assert refused.value.response["Error"]["Code"] == code
