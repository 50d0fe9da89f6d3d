"""What policies can say of items: the partition keys and attributes that a caller may touch."""
import json

import pytest
from botocore.exceptions import ClientError

TABLE = "access"
ARN = f"arn:aws:dynamodb:*:*:table/{TABLE}"


@pytest.fixture(scope="module")
def table(server):
    client = server.client("dynamodb")
    client.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in ("p", "s")],
                        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}])
    client.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
    for p in ("mine", "theirs"):
        client.put_item(TableName=TABLE, Item={"p": {"S": p}, "s": {"S": "1"}, "open": {"N": "1"}, "secret": {"N": "2"}})
    yield client
    client.delete_table(TableName=TABLE)


def user(server, name, condition):
    iam = server.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="items", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": ARN, "Condition": condition}]}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return server.client("dynamodb", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


def key(p):
    return {"p": {"S": p}, "s": {"S": "1"}}


# Each call about one partition, or several.
CALLS = {
    "get_item": lambda c, *ps: [c.get_item(TableName=TABLE, Key=key(p)) for p in ps],
    "put_item": lambda c, *ps: [c.put_item(TableName=TABLE, Item={**key(p), "open": {"N": "1"}, "secret": {"N": "2"}}) for p in ps],
    "update_item": lambda c, *ps: [c.update_item(TableName=TABLE, Key=key(p), UpdateExpression="SET #o = :v", ExpressionAttributeNames={"#o": "open"},
                                                 ExpressionAttributeValues={":v": {"N": "1"}}) for p in ps],
    "delete_item": lambda c, *ps: [c.delete_item(TableName=TABLE, Key={"p": {"S": p}, "s": {"S": "none"}}) for p in ps],
    "query": lambda c, *ps: [c.query(TableName=TABLE, KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": p}}) for p in ps],
    "batch_get_item": lambda c, *ps: c.batch_get_item(RequestItems={TABLE: {"Keys": [key(p) for p in ps]}}),
    "batch_write_item": lambda c, *ps: c.batch_write_item(RequestItems={TABLE: [{"DeleteRequest": {"Key": {"p": {"S": p}, "s": {"S": "none"}}}} for p in ps]}),
    "transact_get_items": lambda c, *ps: c.transact_get_items(TransactItems=[{"Get": {"TableName": TABLE, "Key": key(p)}} for p in ps]),
    "transact_write_items": lambda c, *ps: c.transact_write_items(TransactItems=[{"ConditionCheck": {
        "TableName": TABLE, "Key": key(p), "ConditionExpression": "attribute_exists(p)"}} for p in ps]),
    "execute_statement": lambda c, *ps: [c.execute_statement(Statement=f"SELECT * FROM {TABLE} WHERE p = '{p}'") for p in ps],
}


@pytest.fixture(scope="module")
def owner(server, table):
    return user(server, "owner", {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine"]},
                                  "BoolIfExists": {"dynamodb:FullTableScan": "false"}})


@pytest.mark.parametrize("name", CALLS)
def test_partition_keys(owner, name):
    CALLS[name](owner, "mine")
    for others in (["theirs"], ["mine", "theirs"]):
        with pytest.raises(ClientError, match="AccessDenied"):
            CALLS[name](owner, *others)


def test_a_statement_that_scans(owner):
    with pytest.raises(ClientError, match="AccessDenied"):
        owner.execute_statement(Statement=f"SELECT * FROM {TABLE}")


def test_attributes(server, table):
    reader = user(server, "reader", {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["p", "s", "open"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES", "dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]}})
    names = {"#o": "open"}
    found = reader.get_item(TableName=TABLE, Key=key("mine"), ProjectionExpression="#o", ExpressionAttributeNames=names)
    assert found["Item"] == {"open": {"N": "1"}}
    assert reader.scan(TableName=TABLE, ProjectionExpression="#o", ExpressionAttributeNames=names)["Count"] == 2
    reader.update_item(TableName=TABLE, Key=key("mine"), UpdateExpression="SET #o = :v", ExpressionAttributeNames=names,
                       ExpressionAttributeValues={":v": {"N": "1"}}, ReturnValues="UPDATED_NEW")
    refused = [
        lambda: reader.get_item(TableName=TABLE, Key=key("mine")),
        lambda: reader.get_item(TableName=TABLE, Key=key("mine"), ProjectionExpression="secret"),
        lambda: reader.scan(TableName=TABLE),
        lambda: reader.scan(TableName=TABLE, ProjectionExpression="p", FilterExpression="secret = :v", ExpressionAttributeValues={":v": {"N": "2"}}),
        lambda: reader.put_item(TableName=TABLE, Item={**key("mine"), "secret": {"N": "3"}}),
        lambda: reader.update_item(TableName=TABLE, Key=key("mine"), UpdateExpression="SET #o = secret", ExpressionAttributeNames=names),
        lambda: reader.update_item(TableName=TABLE, Key=key("mine"), UpdateExpression="REMOVE #o", ExpressionAttributeNames=names, ReturnValues="ALL_OLD"),
        lambda: reader.delete_item(TableName=TABLE, Key=key("mine"), ConditionExpression="secret = :v", ExpressionAttributeValues={":v": {"N": "2"}}),
    ]
    for call in refused:
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


def test_a_key_condition_without_a_value_names_no_key(owner):
    with pytest.raises(ClientError) as refused:
        owner.query(TableName=TABLE, KeyConditions={"p": {"ComparisonOperator": "NULL"}})
    assert refused.value.response["Error"]["Code"] == "ValidationException"
