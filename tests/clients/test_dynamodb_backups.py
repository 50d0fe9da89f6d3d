"""Backups of tables and their restoration, through boto3; a kill -9 during either loses nothing."""
import datetime
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from support.server import Server

ITEMS = 1500


@pytest.fixture(scope="module")
def server():
    started = Server().start()
    yield started
    started.remove()


def make_table(client, items):
    name = "t-" + uuid.uuid4().hex[:8]
    client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in ("p", "g")],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    for first in range(0, items, 25):
        client.batch_write_item(RequestItems={name: [
            {"PutRequest": {"Item": {"p": {"S": f"k{n}"}, "g": {"S": f"g{n % 3}"}, "d": {"S": "x" * 200}}}}
            for n in range(first, min(items, first + 25))]})
    return name


def until(look, wanted, seconds=60):
    deadline = time.monotonic() + seconds
    while look() != wanted:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def backup_status(client, arn):
    return client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"]


def blobs_with(server, text):
    """The blobs in the data folder that hold the text."""
    return [path for path in server.files_with(text) if len(path.name) == 64]


def keys(client, name):
    found = {}
    for page in client.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
        found.update({item["p"]["S"]: item for item in page["Items"]})
    return found


def test_a_table_comes_back_as_it_was(server):
    client = server.client("dynamodb")
    name = make_table(client, 100)
    made = client.create_backup(TableName=name, BackupName="first")["BackupDetails"]
    assert made["BackupStatus"] == "CREATING" and f":table/{name}/backup/0" in made["BackupArn"]
    arn = made["BackupArn"]
    until(lambda: backup_status(client, arn), "AVAILABLE")
    before = keys(client, name)
    client.delete_item(TableName=name, Key={"p": {"S": "k1"}})
    client.put_item(TableName=name, Item={"p": {"S": "new"}})
    shown = client.describe_backup(BackupArn=arn)["BackupDescription"]
    assert shown["SourceTableDetails"]["ItemCount"] == 100 and shown["SourceTableDetails"]["BillingMode"] == "PAY_PER_REQUEST"
    assert shown["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by-g"
    target = name + "-restored"
    summary = client.restore_table_from_backup(TargetTableName=target, BackupArn=arn)["TableDescription"]["RestoreSummary"]
    assert summary["SourceBackupArn"] == arn and summary["RestoreInProgress"]
    until(lambda: client.describe_table(TableName=target)["Table"]["TableStatus"], "ACTIVE")
    assert keys(client, target) == before
    table = client.describe_table(TableName=target)["Table"]
    assert "LatestStreamArn" not in table and not table["RestoreSummary"]["RestoreInProgress"]
    assert client.query(TableName=target, IndexName="by-g", KeyConditionExpression="g = :g",
                        ExpressionAttributeValues={":g": {"S": "g0"}})["Count"] == 34
    client.put_item(TableName=target, Item={"p": {"S": "written"}})
    assert len(blobs_with(server, arn)) == 1
    assert client.delete_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "DELETED"
    until(lambda: blobs_with(server, arn), [])
    for call in (client.describe_backup, client.delete_backup):
        with pytest.raises(ClientError, match="BackupNotFoundException"):
            call(BackupArn=arn)


def test_backups_are_listed_in_pages(server):
    client = server.client("dynamodb")
    name = make_table(client, 1)
    arns = [client.create_backup(TableName=name, BackupName=f"b-{n}")["BackupDetails"]["BackupArn"] for n in range(3)]
    first = client.list_backups(TableName=name, Limit=2)
    rest = client.list_backups(TableName=name, ExclusiveStartBackupArn=first["LastEvaluatedBackupArn"])
    listed = [b["BackupArn"] for b in first["BackupSummaries"] + rest["BackupSummaries"]]
    assert sorted(listed) == sorted(arns) and "LastEvaluatedBackupArn" not in rest
    assert client.list_backups(TableName=name, BackupType="SYSTEM")["BackupSummaries"] == []


def recoverable(client, items):
    name = make_table(client, items)
    client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    return name


def system_backup(client, name):
    listed = client.list_backups(TableName=name, BackupType="SYSTEM")["BackupSummaries"]
    assert [backup["BackupName"] for backup in listed] == [f"{name}$DeletedTableBackup"]
    until(lambda: backup_status(client, listed[0]["BackupArn"]), "AVAILABLE")
    return listed[0]["BackupArn"]


def restored(client, arn, target):
    client.restore_table_from_backup(TargetTableName=target, BackupArn=arn)
    until(lambda: client.describe_table(TableName=target)["Table"]["TableStatus"], "ACTIVE")
    return keys(client, target)


def test_a_recoverable_table_that_is_deleted_leaves_a_backup(server):
    client = server.client("dynamodb")
    name = recoverable(client, 100)
    before = keys(client, name)
    client.delete_table(TableName=name)
    # Another table of that name makes the old one go at once.
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "x", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "x", "AttributeType": "S"}])
    arn = system_backup(client, name)
    assert restored(client, arn, name + "-restored") == before
    until(lambda: client.describe_table(TableName=name)["Table"]["TableStatus"], "ACTIVE")
    client.delete_table(TableName=name)
    assert len(client.list_backups(TableName=name, BackupType="ALL")["BackupSummaries"]) == 1
    with pytest.raises(ClientError) as refused:
        client.delete_backup(BackupArn=arn)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    expiry = client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupExpiryDateTime"]
    assert refused.value.response["Error"]["Message"] == (
        f"User is not allowed to delete the system backup with arn {arn}. It will automatically expire on "
        + expiry.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds")[:23])


def test_a_backup_fills_one_table_at_a_time(server):
    client = server.client("dynamodb")
    name = make_table(client, ITEMS)
    arn = client.create_backup(TableName=name, BackupName="abc")["BackupDetails"]["BackupArn"]
    until(lambda: backup_status(client, arn), "AVAILABLE")
    client.restore_table_from_backup(TargetTableName=name + "-first", BackupArn=arn)
    for refused in (lambda: client.restore_table_from_backup(TargetTableName=name + "-second", BackupArn=arn),
                    lambda: client.delete_backup(BackupArn=arn)):
        with pytest.raises(ClientError) as error:
            refused()
        assert error.value.response["Error"]["Code"] == "BackupInUseException"
    until(lambda: client.describe_table(TableName=name + "-first")["Table"]["TableStatus"], "ACTIVE")
    assert restored(client, arn, name + "-second") == keys(client, name)


def test_a_table_is_not_deleted_while_it_is_backed_up(server):
    client = server.client("dynamodb")
    name = make_table(client, ITEMS)
    arn = client.create_backup(TableName=name, BackupName="abc")["BackupDetails"]["BackupArn"]
    try:
        client.delete_table(TableName=name)
        deleted = True
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ResourceInUseException"
        deleted = False
    # It was deleted only if the backup was done by then.
    assert not deleted or backup_status(client, arn) == "AVAILABLE"
    until(lambda: backup_status(client, arn), "AVAILABLE")
    if not deleted:
        client.delete_table(TableName=name)


def test_the_backup_of_a_deleted_table_goes_on_after_a_kill():
    server = Server().start()
    try:
        client = server.client("dynamodb")
        name = recoverable(client, ITEMS)
        before = keys(client, name)
        client.delete_table(TableName=name)
        for _ in range(3):
            server.kill()
            client = server.start().client("dynamodb")
            time.sleep(0.02)
        assert restored(client, system_backup(client, name), name + "-restored") == before
    finally:
        server.remove()


@pytest.mark.parametrize("call,given,code", [
    ("create_backup", {"TableName": "none", "BackupName": "abc"}, "TableNotFoundException"),
    ("describe_backup", {"BackupArn": "arn:aws:dynamodb:eu-west-1:000000000000:table/t/backup/01-x"}, "BackupNotFoundException"),
    ("restore_table_from_backup", {"BackupArn": "arn:aws:dynamodb:eu-west-1:000000000000:table/t/backup/01-x",
                                   "TargetTableName": "abc"}, "BackupNotFoundException"),
])
def test_refusals(server, call, given, code):
    with pytest.raises(ClientError) as refused:
        getattr(server.client("dynamodb"), call)(**given)
    assert refused.value.response["Error"]["Code"] == code


def test_both_go_on_after_a_kill():
    server = Server().start()
    try:
        client = server.client("dynamodb")
        name = make_table(client, ITEMS)
        arn = client.create_backup(TableName=name, BackupName="killed")["BackupDetails"]["BackupArn"]
        server.kill()
        client = server.start().client("dynamodb")
        until(lambda: backup_status(client, arn), "AVAILABLE")
        target = name + "-restored"
        client.restore_table_from_backup(TargetTableName=target, BackupArn=arn)
        for _ in range(3):
            time.sleep(0.02)
            server.kill()
            client = server.start().client("dynamodb")
        until(lambda: client.describe_table(TableName=target)["Table"]["TableStatus"], "ACTIVE")
        assert keys(client, target) == keys(client, name)
        counted = sum(client.query(TableName=target, IndexName="by-g", KeyConditionExpression="g = :g", Select="COUNT",
                                   ExpressionAttributeValues={":g": {"S": f"g{n}"}})["Count"] for n in range(3))
        assert counted == ITEMS
    finally:
        server.remove()
