"""Contributor insights of tables and their indexes: chosen, told, listed, and kept by stacks."""
import json
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from support.server import Server
from support.stacks import wait_for_stack

KEYS = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "day", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
INDEX = {"IndexName": "by-day", "Projection": {"ProjectionType": "ALL"},
         "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}]}


@pytest.fixture(scope="module")
def server():
    started = Server().start()
    yield started
    started.remove()


def told(client, **what):
    answer = client.describe_contributor_insights(**what)
    kinds = "".join(rule.split("-")[1] for rule in answer.get("ContributorInsightsRuleList", []))
    return answer["ContributorInsightsStatus"], answer.get("ContributorInsightsMode"), kinds


def test_they_are_turned_on_and_off(server):
    client = server.client("dynamodb")
    name = "t-" + uuid.uuid4().hex[:8]
    client.create_table(TableName=name, GlobalSecondaryIndexes=[INDEX], **KEYS)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    assert told(client, TableName=name) == ("DISABLED", None, "")
    answer = client.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    assert (answer["TableName"], answer["ContributorInsightsStatus"]) == (name, "ENABLING")
    assert told(client, TableName=name) == ("ENABLED", "ACCESSED_AND_THROTTLED_KEYS", "PKCPKT")
    client.update_contributor_insights(TableName=name, IndexName="by-day", ContributorInsightsAction="ENABLE")
    assert told(client, TableName=name, IndexName="by-day") == ("ENABLED", "ACCESSED_AND_THROTTLED_KEYS", "PKCSKCPKTSKT")
    client.update_contributor_insights(TableName=name, IndexName="by-day", ContributorInsightsAction="ENABLE",
                                       ContributorInsightsMode="THROTTLED_KEYS")
    assert told(client, TableName=name, IndexName="by-day") == ("ENABLED", "THROTTLED_KEYS", "PKTSKT")
    first = client.list_contributor_insights(TableName=name, MaxResults=1)
    rest = client.list_contributor_insights(TableName=name, NextToken=first["NextToken"])
    assert "NextToken" not in rest
    assert [(each["TableName"], each.get("IndexName"), each["ContributorInsightsStatus"]) for each in
            first["ContributorInsightsSummaries"] + rest["ContributorInsightsSummaries"]] == \
        [(name, None, "ENABLED"), (name, "by-day", "ENABLED")]
    client.update_contributor_insights(TableName=name, ContributorInsightsAction="DISABLE")
    assert told(client, TableName=name)[0] == "DISABLED"
    listed = client.list_contributor_insights()["ContributorInsightsSummaries"]
    assert [each["ContributorInsightsStatus"] for each in listed if each["TableName"] == name] == ["DISABLED", "ENABLED"]
    # They go with their index.
    client.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-day"}}])
    deadline = time.monotonic() + 30
    while client.describe_table(TableName=name)["Table"].get("GlobalSecondaryIndexes"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert len(client.list_contributor_insights(TableName=name)["ContributorInsightsSummaries"]) == 1
    for what in ({"TableName": name, "IndexName": "by-day"}, {"TableName": "none"}):
        for call, more in ((client.describe_contributor_insights, {}),
                           (client.update_contributor_insights, {"ContributorInsightsAction": "ENABLE"})):
            with pytest.raises(ClientError, match="ResourceNotFoundException"):
                call(**what, **more)


def template(kind, table, index, policy):
    properties = {**KEYS, "GlobalSecondaryIndexes": [dict(INDEX)]}
    if kind == "AWS::DynamoDB::Table":
        properties["ContributorInsightsSpecification"] = table
        properties["GlobalSecondaryIndexes"][0]["ContributorInsightsSpecification"] = index
        properties.update(policy)
    else:
        properties["Replicas"] = [{"Region": {"Ref": "AWS::Region"}, "ContributorInsightsSpecification": table, **policy,
                                   "GlobalSecondaryIndexes": [{"IndexName": "by-day", "ContributorInsightsSpecification": index}]}]
    return json.dumps({"Resources": {"T": {"Type": kind, "Properties": properties}},
                       "Outputs": {"T": {"Value": {"Ref": "T"}}, "Arn": {"Value": {"Fn::GetAtt": ["T", "Arn"]}}}})


@pytest.mark.parametrize("kind", ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"])
def test_stacks_keep_them(server, kind):
    client, formation = server.client("dynamodb"), server.client("cloudformation")
    name = "s-" + uuid.uuid4().hex[:8]
    policy = {"ResourcePolicy": {"PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "dynamodb:GetItem", "Resource": "*"}]}}}

    formation.create_stack(StackName=name, TemplateBody=template(kind, {"Enabled": True}, {"Enabled": False}, policy))
    made = wait_for_stack(formation, name, "CREATE_COMPLETE")
    table = made["T"]
    assert "GetItem" in client.get_resource_policy(ResourceArn=made["Arn"])["Policy"]
    assert told(client, TableName=table)[0] == "ENABLED" and told(client, TableName=table, IndexName="by-day")[0] == "DISABLED"
    on = {"Enabled": True, "Mode": "THROTTLED_KEYS"}
    formation.update_stack(StackName=name, TemplateBody=template(kind, {"Enabled": False}, on, {}))
    assert wait_for_stack(formation, name, "UPDATE_COMPLETE") == made
    assert told(client, TableName=table)[0] == "DISABLED"
    assert told(client, TableName=table, IndexName="by-day")[:2] == ("ENABLED", "THROTTLED_KEYS")
    with pytest.raises(ClientError, match="PolicyNotFoundException"):
        client.get_resource_policy(ResourceArn=made["Arn"])
    formation.update_stack(StackName=name, TemplateBody=template(kind, {"Enabled": False}, {"Enabled": False}, policy))
    assert wait_for_stack(formation, name, "UPDATE_COMPLETE") == made
    assert told(client, TableName=table, IndexName="by-day")[0] == "DISABLED"
    assert "GetItem" in client.get_resource_policy(ResourceArn=made["Arn"])["Policy"]
    formation.delete_stack(StackName=name)
