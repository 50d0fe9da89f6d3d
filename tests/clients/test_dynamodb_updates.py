"""UpdateTable: what it answers, what DescribeTable then shows, and what is refused while something is changing."""
import uuid

import pytest
from support.raw import Raw
from support.server import REGION

PROVISIONED, ON_DEMAND = "PROVISIONED", "PAY_PER_REQUEST"
IN_USE = "Attempt to change a resource which is still in use: "
BAD = "One or more parameter values were invalid: "
DEFINITIONS = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "h", "g")]


def units(read, write=None):
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": read if write is None else write}


def gsi(name="gsi1", key="g", **more):
    return {"IndexName": name, "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"}, **more}


@pytest.fixture
def call(server):
    """A call, or its code and message when it is refused."""
    connection = Raw(server.port)

    def made(operation, **body):
        status, answer = connection.json("dynamodb", f"DynamoDB_20120810.{operation}", body)
        if status == 200:
            return answer.get("TableDescription", answer.get("Table"))
        return answer["__type"].rsplit("#")[-1], answer["message"]
    yield made
    connection.close()


class Table:
    def __init__(self, call, **more):
        self.call, self.name = call, "updates-" + uuid.uuid4().hex[:8]
        more = {"AttributeDefinitions": DEFINITIONS[:1], **more}
        self.created = call("CreateTable", TableName=self.name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], **more)
        self.shown()

    def shown(self):
        return self.call("DescribeTable", TableName=self.name)

    def update(self, **change):
        return self.call("UpdateTable", TableName=self.name, **change)

    def delete(self):
        return self.call("DeleteTable", TableName=self.name)


def on_demand(call, **more):
    return Table(call, BillingMode=ON_DEMAND, **more)


def provisioned(call, read=5, write=5, **more):
    return Table(call, ProvisionedThroughput=units(read, write), **more)


def with_index(call, billing=ON_DEMAND, **more):
    capacity = {"ProvisionedThroughput": units(5)} if billing == PROVISIONED else {}
    return Table(call, BillingMode=billing, AttributeDefinitions=[DEFINITIONS[0], DEFINITIONS[2]],
                 GlobalSecondaryIndexes=[gsi(**capacity, **more)], **capacity)


def warmth(shown):
    return tuple(shown["WarmThroughput"][name] for name in ("ReadUnitsPerSecond", "WriteUnitsPerSecond", "Status"))


def test_what_is_done_at_once_leaves_the_table_active(call):
    table = on_demand(call)
    assert table.update(DeletionProtectionEnabled=True)["TableStatus"] == "ACTIVE"
    assert table.update(DeletionProtectionEnabled=False)["TableStatus"] == "ACTIVE"
    limited = table.update(OnDemandThroughput={"MaxReadRequestUnits": 1000, "MaxWriteRequestUnits": 500})
    assert (limited["TableStatus"], limited["OnDemandThroughput"]) == (
        "ACTIVE", {"MaxReadRequestUnits": 1000, "MaxWriteRequestUnits": 500})
    freed = table.update(OnDemandThroughput={"MaxReadRequestUnits": -1})
    assert freed["OnDemandThroughput"] == {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 500}
    assert table.shown()["OnDemandThroughput"] == {"MaxWriteRequestUnits": 500}
    assert table.update(OnDemandThroughput={"MaxWriteRequestUnits": -1})["OnDemandThroughput"] == {"MaxWriteRequestUnits": -1}
    assert "OnDemandThroughput" not in table.shown()
    # What is already so looks like a change, and is none.
    assert table.update(BillingMode=ON_DEMAND)["TableStatus"] == "UPDATING"
    assert table.delete()["TableStatus"] == "DELETING"


def test_encryption_changes_beside_an_active_table(call):
    table = on_demand(call)
    assert table.update(SSESpecification={"Enabled": False}) == ("ValidationException", BAD + "Table is already encrypted by default")
    encrypted = table.update(SSESpecification={"Enabled": True})
    assert (encrypted["TableStatus"], encrypted["SSEDescription"]["Status"]) == ("ACTIVE", "UPDATING")
    assert table.update(SSESpecification={"Enabled": False}) == (
        "ResourceInUseException", IN_USE + "Server-Side Encryption is still being updated")
    assert table.delete() == (
        "ResourceInUseException", IN_USE + f"Table: {table.name} is in the process of being updated.")
    assert table.update(DeletionProtectionEnabled=False)["TableStatus"] == "ACTIVE"
    assert table.shown()["SSEDescription"]["Status"] == "ENABLED"
    key = f"arn:aws:kms:{REGION}:000000000000:key/11111111-2222-4333-8444-555555555555"
    wanted = {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}}
    assert table.update(**wanted)["SSEDescription"]["KMSMasterKeyArn"] == key
    table.shown()
    assert table.update(**wanted) == ("ValidationException", BAD + "Table is already encrypted with given KMSMasterKeyId")
    assert table.update(SSESpecification={"Enabled": False})["SSEDescription"] == {"Status": "UPDATING"}
    assert "SSEDescription" not in table.shown()
    table.delete()


def test_warming(call):
    table = with_index(call)
    assert warmth(table.shown()) == warmth(table.shown()["GlobalSecondaryIndexes"][0]) == (12000, 4000, "ACTIVE")
    warmed = table.update(WarmThroughput={"ReadUnitsPerSecond": 13000})
    assert (warmed["TableStatus"], warmth(warmed)) == ("ACTIVE", (12000, 4000, "UPDATING"))
    # The last wins.
    table.update(WarmThroughput={"ReadUnitsPerSecond": 14000, "WriteUnitsPerSecond": 6000})
    assert table.delete() == ("ResourceInUseException", IN_USE + f"Table: {table.name} is in the process of being updated.")
    assert warmth(table.shown()) == (14000, 6000, "ACTIVE")
    assert warmth(table.update(WarmThroughput={"ReadUnitsPerSecond": 14000})) == (14000, 6000, "UPDATING")
    lower = BAD + ("Requested ReadUnitsPerSecond for WarmThroughput for {} is lower than current WarmThroughput, decreasing "
                   "WarmThroughput is not supported")
    assert table.update(WarmThroughput={"ReadUnitsPerSecond": 13999}) == ("ValidationException", lower.format("table"))

    def update(**wanted):
        return table.update(GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "gsi1", "WarmThroughput": wanted}}])
    index = update(ReadUnitsPerSecond=12001, WriteUnitsPerSecond=4001)["GlobalSecondaryIndexes"][0]
    assert (index["IndexStatus"], warmth(index)) == ("ACTIVE", (12000, 4000, "UPDATING"))
    assert warmth(table.shown()["GlobalSecondaryIndexes"][0]) == (12001, 4001, "ACTIVE")
    assert update(ReadUnitsPerSecond=100) == ("ValidationException", lower.format("index gsi1"))
    assert update(ReadUnitsPerSecond=40001) == (
        "LimitExceededException",
        "Subscriber limit exceeded: Requested ReadUnitsPerSecond for WarmThroughput for index gsi1 exceeds "
        f"TableMaxReadCapacityUnits of the account in region {REGION}")
    table.delete()


def test_what_a_table_could_take_it_can_take_for_ever(call):
    table = provisioned(call, 1, 1)
    assert "WarmThroughput" not in table.created and warmth(table.shown()) == (1, 1, "ACTIVE")
    for read, write, wanted in ((3, 2, (3, 2)), (1, 3, (3, 3)), (2, 1, (3, 3))):
        table.update(ProvisionedThroughput=units(read, write))
        assert warmth(table.shown()) == (*wanted, "ACTIVE")
    assert table.update(WarmThroughput={"WriteUnitsPerSecond": 2})[0] == "ValidationException"
    table.update(BillingMode=ON_DEMAND)
    assert warmth(table.shown()) == (12000, 4000, "ACTIVE")
    table.update(BillingMode=PROVISIONED, ProvisionedThroughput=units(1))
    assert warmth(table.shown()) == (12000, 4000, "ACTIVE")
    table.delete()


def test_another_billing_takes_no_limit_with_it(call):
    table = with_index(call, OnDemandThroughput={"MaxReadRequestUnits": 50})
    table.update(OnDemandThroughput={"MaxReadRequestUnits": 100})
    assert table.shown()["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] == {"MaxReadRequestUnits": 50}
    table.update(BillingMode=PROVISIONED, ProvisionedThroughput=units(5), GlobalSecondaryIndexUpdates=[
        {"Update": {"IndexName": "gsi1", "ProvisionedThroughput": units(6)}}])
    shown = table.shown()
    assert "OnDemandThroughput" not in shown and "OnDemandThroughput" not in shown["GlobalSecondaryIndexes"][0]
    assert shown["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 6
    table.update(BillingMode=ON_DEMAND, OnDemandThroughput={"MaxWriteRequestUnits": 7})
    assert table.shown()["OnDemandThroughput"] == {"MaxWriteRequestUnits": 7}
    assert table.shown()["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    table.delete()


def test_an_index_changes_beside_an_active_table(call):
    table = with_index(call, PROVISIONED)

    def update(wanted, **more):
        return table.update(GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "gsi1", "ProvisionedThroughput": wanted}}], **more)
    answer = update(units(6))
    index = answer["GlobalSecondaryIndexes"][0]
    assert (answer["TableStatus"], index["IndexStatus"]) == ("ACTIVE", "UPDATING")
    assert index["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert update(units(7)) == (
        "ResourceInUseException", IN_USE + f"Index is being updated. Table: {table.name} Index: gsi1")
    assert table.delete() == (
        "ResourceInUseException", IN_USE + "Cannot delete table while indexes are being created, updated, or deleted.")
    shown = table.shown()
    assert shown["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 6
    # An index that is going.
    gone = table.update(GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "gsi1"}}])
    assert (gone["TableStatus"], gone["GlobalSecondaryIndexes"][0]["IndexStatus"]) == ("UPDATING", "DELETING")
    table.delete()


def test_what_is_refused_while_the_capacity_changes(call):
    table = provisioned(call)
    busy = ("ResourceInUseException", IN_USE + f"Table IOPS are currently being updated. Table: {table.name}")
    assert table.update(ProvisionedThroughput=units(6))["TableStatus"] == "UPDATING"
    assert table.update(ProvisionedThroughput=units(7)) == table.update(BillingMode=ON_DEMAND) == busy
    assert table.update(StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}) == (
        "ResourceInUseException",
        IN_USE + f"Can't enable or disable stream while table IOPS are being updated. Table: {table.name}")
    assert table.update(AttributeDefinitions=DEFINITIONS[2:], GlobalSecondaryIndexUpdates=[
        {"Create": gsi(ProvisionedThroughput=units(1))}]) == (
        "ResourceInUseException",
        IN_USE + f"Can't create or delete indexes while table IOPS are being updated. Table: {table.name}")
    assert table.delete() == ("ResourceInUseException", IN_USE + f"Table: {table.name} is in the process of being updated.")
    assert table.update(DeletionProtectionEnabled=False)["TableStatus"] == "UPDATING"
    assert table.shown()["TableStatus"] == "ACTIVE"
    table.update(BillingMode=ON_DEMAND)
    assert table.update(OnDemandThroughput={"MaxReadRequestUnits": 5}) == (
        "ResourceInUseException", IN_USE + "OnDemandThroughput cannot be updated while BillingMode update is in progress")
    table.shown()
    table.delete()


def test_what_is_refused_while_stream_or_class_change(call):
    table = on_demand(call)
    stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}
    label = table.update(**stream)["LatestStreamLabel"]
    rest = f". Table: {table.name} Stream: {label} Operation: ENABLE"
    for change, message in (
            ({"StreamSpecification": {"StreamEnabled": False}}, "A stream status change is currently in progress" + rest),
            ({"BillingMode": PROVISIONED, "ProvisionedThroughput": units(1)},
             "Can't change table IOPS when stream status is being updated" + rest),
            ({"TableClass": "STANDARD_INFREQUENT_ACCESS"},
             "Can't update table class when stream status is being updated" + rest),
            ({"AttributeDefinitions": DEFINITIONS[2:], "GlobalSecondaryIndexUpdates": [{"Create": gsi()}]},
             "Can't create or delete an index when stream status is being updated" + rest)):
        assert table.update(**change) == ("ResourceInUseException", IN_USE + message)
    assert table.delete() == ("ResourceInUseException", IN_USE + "Cannot delete table while stream is being enabled/disabled.")
    table.shown()
    assert table.update(TableClass="STANDARD_INFREQUENT_ACCESS")["TableStatus"] == "UPDATING"
    to = "TableClassUpdateInProgress: STANDARD_INFREQUENT_ACCESS"
    when = f" when a table class update is in progress. Table: {table.name} {to}"
    for change, message in (
            ({"TableClass": "STANDARD"}, "Can't update table class" + when),
            ({"StreamSpecification": {"StreamEnabled": False}}, "Can't change stream status" + when),
            ({"OnDemandThroughput": {"MaxReadRequestUnits": 5}},
             "OnDemandThroughput cannot be updated while TableClass update is in progress. " + to)):
        assert table.update(**change) == ("ResourceInUseException", IN_USE + message)
    table.shown()
    assert table.update(StreamSpecification={"StreamEnabled": False})["TableStatus"] == "UPDATING"
    table.shown()
    table.delete()


def test_decreases_of_a_day(call):
    table = with_index(call, PROVISIONED)
    for read, write, today in ((4, 5, 1), (3, 6, 2), (3, 5, 3), (2, 2, 4)):
        answer = table.update(ProvisionedThroughput=units(read, write))["ProvisionedThroughput"]
        assert answer["NumberOfDecreasesToday"] == today - 1 and answer["LastDecreaseDateTime"]
        assert table.shown()["ProvisionedThroughput"]["NumberOfDecreasesToday"] == today
    code, message = table.update(ProvisionedThroughput=units(1, 9), GlobalSecondaryIndexUpdates=[
        {"Update": {"IndexName": "gsi1", "ProvisionedThroughput": units(1)}}])
    assert code == "LimitExceededException"
    assert message.startswith(
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 "
        "decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds. Number of "
        "decreases today: 4. Last decrease at ") and message.endswith("Coordinated Universal Time")
    shown = table.shown()
    assert shown["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert table.update(ProvisionedThroughput=units(9))["TableStatus"] == "UPDATING"
    table.shown()
    index = table.update(GlobalSecondaryIndexUpdates=[
        {"Update": {"IndexName": "gsi1", "ProvisionedThroughput": units(1)}}])["GlobalSecondaryIndexes"][0]
    assert index["IndexStatus"] == "UPDATING"
    table.shown()
    table.delete()


def test_more_than_an_account_may_have(call):
    limits = call("CreateTable", TableName="updates-none", AttributeDefinitions=DEFINITIONS[:1], KeySchema=[
        {"AttributeName": "pk", "KeyType": "HASH"}], ProvisionedThroughput=units(40001, 1))
    rest = " Per table maximum: 40000. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    assert limits == ("LimitExceededException", "The requested ReadCapacityUnits, 40001, is above the per table maximum for "
                      f"the account in {REGION}." + rest)
    table = with_index(call, PROVISIONED)
    assert table.update(GlobalSecondaryIndexUpdates=[
        {"Update": {"IndexName": "gsi1", "ProvisionedThroughput": units(5, 40001)}}]) == (
        "LimitExceededException", "The requested WriteCapacityUnits for index gsi1, 40001, is above the per index maximum for "
        f"the account in {REGION}." + rest)
    table.delete()
    table = with_index(call)
    over = (f"Subscriber limit exceeded: Requested MaxReadRequestUnits for OnDemandThroughput for {{}} exceeds "
            f"TableMaxReadCapacityUnits of the account in region {REGION}")
    assert table.update(OnDemandThroughput={"MaxReadRequestUnits": 40001}) == ("LimitExceededException", over.format("table"))
    assert table.update(GlobalSecondaryIndexUpdates=[{"Update": {
        "IndexName": "gsi1", "OnDemandThroughput": {"MaxReadRequestUnits": 40001}}}]) == (
        "LimitExceededException", over.format("index : gsi1"))
    table.delete()


def test_names_are_told_in_order(call):
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in ("z", "pk", "a")]
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["zz", "aa", "mm"]}
    table = on_demand(call, AttributeDefinitions=definitions, GlobalSecondaryIndexes=[
        gsi("g-z", "z", Projection=projection), gsi("g-a", "a")])
    for shown in (table.created, table.shown()):
        assert [each["AttributeName"] for each in shown["AttributeDefinitions"]] == ["a", "pk", "z"]
        assert [each["IndexName"] for each in shown["GlobalSecondaryIndexes"]] == ["g-z", "g-a"]
        assert shown["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] == ["aa", "mm", "zz"]
    table.delete()
