"""What DynamoDB refuses, in its words: the cases of dynamodb_validation.json, one request each."""
import json
import pathlib

import pytest

from support.raw import Raw

CASES = json.loads((pathlib.Path(__file__).parent / "dynamodb_validation.json").read_text())


@pytest.fixture(scope="module")
def tables(server):
    client = server.client("dynamodb")
    names = {"table": "validation-hash", "ranged": "validation-range", "indexed": "validation-indexed",
             "open": "validation-open"}
    index = {"KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "l", "KeyType": "RANGE"}],
             "Projection": {"ProjectionType": "ALL"}}
    least = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    client.create_table(
        TableName=names["indexed"], ProvisionedThroughput=least,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk", "l", "g")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        LocalSecondaryIndexes=[{"IndexName": "local", **index}],
        GlobalSecondaryIndexes=[{"IndexName": "global", **index, "ProvisionedThroughput": least,
                                 "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}])
    client.get_waiter("table_exists").wait(TableName=names["indexed"], WaiterConfig={"Delay": 1})
    client.put_item(TableName=names["indexed"], Item={"pk": {"S": "a"}, "sk": {"S": "a"}, "e": {"N": "1"}})
    client.create_table(
        TableName=names["open"], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "g")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{"IndexName": "gsi1", **index, "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}])
    client.get_waiter("table_exists").wait(TableName=names["open"], WaiterConfig={"Delay": 1})
    for name, keys in ((names["table"], ["pk"]), (names["ranged"], ["pk", "sk"])):
        client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))])
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    yield names
    for name in names.values():
        client.delete_table(TableName=name)


def test_refusals(server, tables):
    connection = Raw(server.port)
    wrong = []
    for case in CASES:
        text = json.dumps(case["input"]).replace("{long}", "n" * 65536).replace("{255}", "n" * 255)
        for name, table in tables.items():
            text = text.replace("{" + name + "}", table)
        status, answer = connection.json("dynamodb", f"DynamoDB_20120810.{case['operation']}", json.loads(text))
        code = answer.get("__type", "").rsplit("#")[-1]
        message = answer.get("message", answer.get("Message"))
        if (status, code, message) != (400, case["code"], case["message"]):
            wrong.append(f"{case['operation']} {text[:300]}\n  wanted {case['code']}: {case['message']}\n"
                         f"  got {status} {code}: {message}")
    connection.close()
    assert not wrong, f"{len(wrong)} of {len(CASES)}:\n" + "\n".join(wrong[:40])
