"""Policies of tables and streams: what they allow and deny beside IAM's own, their revisions, and stacks that have them."""
import json

import pytest
from botocore.exceptions import ClientError

TABLE = "policies"
ROOT = "arn:aws:iam::000000000000:root"


@pytest.fixture(scope="module")
def client(server):
    client = server.client("dynamodb")
    client.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in ("p", "g")],
                        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
                        GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                                 "Projection": {"ProjectionType": "ALL"}}])
    client.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
    yield client
    client.delete_table(TableName=TABLE)


@pytest.fixture(scope="module")
def arn(client):
    return client.describe_table(TableName=TABLE)["Table"]["TableArn"]


@pytest.fixture(scope="module")
def guest(server):
    """A user whom no policy of IAM's allows anything, and clients with its key."""
    iam = server.client("iam")
    user = iam.create_user(UserName="guest")["User"]["Arn"]
    key = iam.create_access_key(UserName="guest")["AccessKey"]
    return user, *(server.client(service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
                   for service in ("dynamodb", "dynamodbstreams"))


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def code(function, **parameters):
    try:
        function(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "OK"


def test_a_policy_allows_and_denies(client, arn, guest):
    user, calls, _ = guest
    get = dict(TableName=TABLE, Key={"p": {"S": "a"}})
    query = dict(TableName=TABLE, IndexName="by-g", KeyConditionExpression="g = :g", ExpressionAttributeValues={":g": {"S": "x"}})
    assert code(calls.get_item, **get) == "AccessDeniedException"
    allow = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": [arn, arn + "/index/*"]}
    client.put_resource_policy(ResourceArn=arn, Policy=policy(allow))
    assert code(calls.get_item, **get) == "OK"
    assert code(calls.query, **query) == "OK"
    assert code(calls.put_item, TableName=TABLE, Item={"p": {"S": "a"}}) == "AccessDeniedException"
    deny = {"Effect": "Deny", "Principal": {"AWS": user}, "Action": "dynamodb:Query", "Resource": arn + "/index/by-g"}
    client.put_resource_policy(ResourceArn=arn, Policy=policy(allow, deny))
    assert code(calls.query, **query) == "AccessDeniedException"
    assert code(calls.get_item, **get) == "OK"
    client.delete_resource_policy(ResourceArn=arn)
    assert code(calls.get_item, **get) == "AccessDeniedException"


def test_a_streams_policy_is_its_own(client, guest):
    user, _, reads = guest
    table = client.create_table(TableName="streamed", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
                                AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
                                StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})["TableDescription"]
    client.get_waiter("table_exists").wait(TableName="streamed", WaiterConfig={"Delay": 1})
    stream = table["LatestStreamArn"]
    allow = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "dynamodb:DescribeStream", "Resource": stream}
    named = policy({**allow, "Resource": "*"})
    assert code(client.put_resource_policy, ResourceArn=table["TableArn"], Policy=named) == "ValidationException"
    client.put_resource_policy(ResourceArn=table["TableArn"], Policy=policy({**allow, "Action": "dynamodb:Describe*", "Resource": "*"}))
    assert code(reads.describe_stream, StreamArn=stream) == "AccessDeniedException"
    first = client.put_resource_policy(ResourceArn=stream, Policy=policy(allow))["RevisionId"]
    assert code(reads.describe_stream, StreamArn=stream) == "OK"
    assert client.get_resource_policy(ResourceArn=stream)["RevisionId"] == first
    assert code(client.delete_resource_policy, ResourceArn=stream, ExpectedRevisionId="1") == "PolicyNotFoundException"
    client.delete_resource_policy(ResourceArn=stream, ExpectedRevisionId=first)
    assert code(reads.describe_stream, StreamArn=stream) == "AccessDeniedException"
    assert code(client.get_resource_policy, ResourceArn=stream[:-1] + "x") == "ResourceNotFoundException"
    client.delete_table(TableName="streamed")


def test_revisions(client, arn):
    allow = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "dynamodb:*", "Resource": arn}
    assert code(client.get_resource_policy, ResourceArn=arn) == "PolicyNotFoundException"
    first = client.put_resource_policy(ResourceArn=arn, Policy=policy(allow), ExpectedRevisionId="NO_POLICY")["RevisionId"]
    found = client.get_resource_policy(ResourceArn=arn)
    assert (json.loads(found["Policy"]), found["RevisionId"]) == (json.loads(policy(allow)), first)
    assert code(client.put_resource_policy, ResourceArn=arn, Policy=policy(allow, allow),
                ExpectedRevisionId="NO_POLICY") == "PolicyNotFoundException"
    # What says the same is no change.
    assert client.put_resource_policy(ResourceArn=arn, Policy="  " + policy(allow))["RevisionId"] == first
    second = client.put_resource_policy(ResourceArn=arn, Policy=policy(allow, allow), ExpectedRevisionId=first)["RevisionId"]
    assert int(second) > int(first)
    assert code(client.delete_resource_policy, ResourceArn=arn, ExpectedRevisionId=first) == "PolicyNotFoundException"
    assert int(client.delete_resource_policy(ResourceArn=arn, ExpectedRevisionId=second)["RevisionId"]) > int(second)
    assert code(client.delete_resource_policy, ResourceArn=arn) == "OK"


def test_what_is_refused(client, arn):
    allow = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "dynamodb:*", "Resource": arn}
    unowned = {name: value for name, value in allow.items() if name != "Principal"}
    for wrong in ("", "no JSON", "{}", policy({}), policy(unowned), policy({**allow, "Principal": "*"}), policy({**allow, "Sid": "x" * 21_000})):
        assert code(client.put_resource_policy, ResourceArn=arn, Policy=wrong) == "ValidationException", wrong
    everyone_here = {**allow, "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalAccount": "000000000000"}}}
    assert code(client.put_resource_policy, ResourceArn=arn, Policy=policy(everyone_here)) == "OK"
    client.delete_resource_policy(ResourceArn=arn)
    for name in (TABLE, arn + "/index/by-g", arn.replace("000000000000", "111111111111"), arn.replace("eu-west-1", "us-east-1")):
        assert code(client.put_resource_policy, ResourceArn=name, Policy=policy(allow)) in ("ValidationException", "AccessDeniedException"), name
    assert code(client.get_resource_policy, ResourceArn=arn + "-none") == "ResourceNotFoundException"


def test_a_stack_keeps_a_tables_policy(server, client):
    cloudformation = server.client("cloudformation")

    def template(**more):
        return json.dumps({"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "TableName": "kept", "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}], **more}}}})

    def document(action):
        return {"PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": action, "Resource": "*"}]}}

    def stored():
        arn = client.describe_table(TableName="kept")["Table"]["TableArn"]
        try:
            return json.loads(client.get_resource_policy(ResourceArn=arn)["Policy"])
        except client.exceptions.PolicyNotFoundException:
            return None

    cloudformation.create_stack(StackName="kept", TemplateBody=template(ResourcePolicy=document("dynamodb:GetItem")))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="kept", WaiterConfig={"Delay": 1})
    assert stored() == document("dynamodb:GetItem")["PolicyDocument"]
    for more, wanted in (({"ResourcePolicy": document("dynamodb:Query")}, document("dynamodb:Query")["PolicyDocument"]), ({}, None)):
        cloudformation.update_stack(StackName="kept", TemplateBody=template(**more))
        cloudformation.get_waiter("stack_update_complete").wait(StackName="kept", WaiterConfig={"Delay": 1})
        assert stored() == wanted
    # A stream's policy comes and goes while the stream stays.
    stream = None
    for more, wanted in ((document("dynamodb:GetRecords"), True), (document("dynamodb:DescribeStream"), True), (None, False)):
        specification = {"StreamViewType": "KEYS_ONLY", **({"ResourcePolicy": more} if more else {})}
        cloudformation.update_stack(StackName="kept", TemplateBody=template(StreamSpecification=specification))
        cloudformation.get_waiter("stack_update_complete").wait(StackName="kept", WaiterConfig={"Delay": 1})
        arn = client.describe_table(TableName="kept")["Table"]["LatestStreamArn"]
        assert stream in (None, arn)
        stream = arn
        if wanted:
            assert json.loads(client.get_resource_policy(ResourceArn=arn)["Policy"]) == more["PolicyDocument"]
        else:
            assert code(client.get_resource_policy, ResourceArn=arn) == "PolicyNotFoundException"
    cloudformation.delete_stack(StackName="kept")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="kept", WaiterConfig={"Delay": 1})
