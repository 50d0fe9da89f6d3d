"""Point-in-time recovery through boto3: tables as they were, a kill -9 on the way, and what is refused."""
import datetime
import random
import threading
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from support.raw import Raw
from support.server import Server


@pytest.fixture(scope="module")
def server():
    started = Server().start()
    yield started
    started.remove()


def make_table(client, recovery=True):
    name = "pitr-" + uuid.uuid4().hex[:8]
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "N"},
                              {"AttributeName": "g", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    if recovery:
        client.update_continuous_backups(TableName=name,
                                         PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    return name


def item(key, value):
    return {"p": {"S": f"p{key % 7}"}, "s": {"N": str(key)}, "g": {"S": f"g{value % 3}"}, "v": {"N": str(value)}}


def content(client, name):
    found = {}
    for page in client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
        found.update({int(each["s"]["N"]): int(each["v"]["N"]) for each in page["Items"]})
    return found


def now():
    """A moment, in seconds, that no change shares: times count in milliseconds."""
    time.sleep(0.005)
    moment = round(time.time(), 3)
    time.sleep(0.005)
    return moment


def restore(server, source, moment):
    """The name of the table that is made; boto3 would send whole seconds."""
    target = "at-" + uuid.uuid4().hex[:8]
    raw = Raw(server.port)
    status, answer = raw.json("dynamodb", "DynamoDB_20120810.RestoreTableToPointInTime",
                              {"SourceTableName": source, "TargetTableName": target, "RestoreDateTime": moment})
    raw.close()
    assert status == 200, answer
    return target, answer["TableDescription"]["RestoreSummary"]


def active(client, name, seconds=60):
    deadline = time.monotonic() + seconds
    while client.describe_table(TableName=name)["Table"]["TableStatus"] != "ACTIVE":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return client.describe_table(TableName=name)["Table"]


def test_every_moment_comes_back(server):
    client = server.client("dynamodb")
    name = make_table(client)
    rng = random.Random(5)
    expected, moments = {}, []
    for step in range(600):
        key, value = rng.randrange(120), rng.randrange(1000)
        if step % 4 == 3:
            client.delete_item(TableName=name, Key={"p": {"S": f"p{key % 7}"}, "s": {"N": str(key)}})
            expected.pop(key, None)
        elif step % 4 == 2:
            client.update_item(TableName=name, Key={"p": {"S": f"p{key % 7}"}, "s": {"N": str(key)}},
                               UpdateExpression="SET v = :v, g = :g",
                               ExpressionAttributeValues={":v": {"N": str(value)}, ":g": {"S": "g0"}})
            expected[key] = value
        else:
            client.put_item(TableName=name, Item=item(key, value))
            expected[key] = value
        if step in (50, 300, 599):
            moments.append((now(), dict(expected)))
    client.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": item(key, 1)}} for key in range(200, 225)]})
    for moment, state in moments:
        target, summary = restore(server, name, moment)
        assert summary["SourceTableArn"].endswith("/" + name) and summary["RestoreInProgress"]
        assert "SourceBackupArn" not in summary
        assert abs(summary["RestoreDateTime"] - moment) < 0.001
        assert not active(client, target)["RestoreSummary"]["RestoreInProgress"]
        assert content(client, target) == state
        indexed = client.query(TableName=target, IndexName="by-g", KeyConditionExpression="g = :g",
                               ExpressionAttributeValues={":g": {"S": "g0"}})["Items"]
        assert {int(each["v"]["N"]) for each in indexed} <= set(state.values())
        client.put_item(TableName=target, Item=item(1, 1))
    latest = "latest-" + uuid.uuid4().hex[:8]
    client.restore_table_to_point_in_time(SourceTableArn=client.describe_table(TableName=name)["Table"]["TableArn"],
                                          TargetTableName=latest, UseLatestRestorableTime=True)
    active(client, latest)
    assert content(client, latest) == content(client, name)
    assert client.list_backups(TableName=name)["BackupSummaries"] == []
    assert client.describe_continuous_backups(TableName=latest)["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"


def test_what_is_refused(server):
    client = server.client("dynamodb")
    name, without = make_table(client), make_table(client, recovery=False)
    window = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert window["PointInTimeRecoveryStatus"] == "ENABLED" and window["RecoveryPeriodInDays"] == 35
    early = window["EarliestRestorableDateTime"] - datetime.timedelta(minutes=1)
    late = window["LatestRestorableDateTime"] + datetime.timedelta(days=1)
    for code, arguments in (
            ("PointInTimeRecoveryUnavailableException", {"SourceTableName": without, "UseLatestRestorableTime": True}),
            ("InvalidRestoreTimeException", {"SourceTableName": name, "RestoreDateTime": early}),
            ("InvalidRestoreTimeException", {"SourceTableName": name, "RestoreDateTime": late}),
            ("ValidationException", {"SourceTableName": name}),
            ("ValidationException", {"SourceTableName": name, "UseLatestRestorableTime": True, "RestoreDateTime": late}),
            ("ValidationException", {"UseLatestRestorableTime": True}),
            ("TableNotFoundException", {"SourceTableName": "none-of-that-name", "UseLatestRestorableTime": True}),
            ("TableAlreadyExistsException", {"SourceTableName": name, "UseLatestRestorableTime": True, "TargetTableName": name})):
        with pytest.raises(ClientError) as refused:
            client.restore_table_to_point_in_time(**{"TargetTableName": "restored-" + uuid.uuid4().hex[:8], **arguments})
        assert refused.value.response["Error"]["Code"] == code, refused.value


def test_kills_on_the_way(own_server):
    """The server dies while changes are kept, and while a table is restored."""
    own_server.start()
    client = own_server.client("dynamodb")
    name = make_table(client)
    for first in range(0, 3000, 25):
        client.batch_write_item(RequestItems={name: [
            {"PutRequest": {"Item": item(key, key)}} for key in range(first, first + 25)]})
    moment, state = now(), {key: key for key in range(3000)}
    stop = threading.Event()

    def change():
        for key in range(3000):
            if stop.is_set():
                return
            try:
                client.put_item(TableName=name, Item=item(key, key + 1))
            except Exception:  # The server was killed.
                return
    writer = threading.Thread(target=change)
    writer.start()
    time.sleep(0.5)
    own_server.kill()
    stop.set()
    writer.join()
    own_server.start()
    target, _ = restore(own_server, name, moment)
    for pause in (0.01, 0.1, 0.3):
        time.sleep(pause)
        own_server.kill()
        own_server.start()
    client = own_server.client("dynamodb")
    active(client, target)
    assert content(client, target) == state
    # What served the restoration goes.
    deadline = time.monotonic() + 20
    while left := [path for path in own_server.paths() if len(path.name) == 64]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
