"""What a stack's update of a table changes, replaces and refuses.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html says of each property what
its change needs; the refusals are those that CloudFormation's users show in their stacks' events.
"""
import json
import uuid

import pytest
from support.stacks import wait_for_stack

KINDS = ["Table", "GlobalTable"]
PROPERTIES = "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights Specification. " \
             "You can create a new GSI with a different name."
ONE_AT_A_TIME = "Cannot perform more than one GSI creation or deletion in a single update"


@pytest.fixture
def client(server):
    return server.client("dynamodb")


@pytest.fixture
def formation(server):
    return server.client("cloudformation")


@pytest.fixture
def name():
    return "s-" + uuid.uuid4().hex[:8]


def schema(*attributes):
    return [{"AttributeName": attribute, "KeyType": kind} for attribute, kind in zip(attributes, ("HASH", "RANGE"))]


def index(name="by-day", *attributes, projection={"ProjectionType": "ALL"}, **more):
    return {"IndexName": name, "KeySchema": schema(*(attributes or ("day",))), "Projection": projection, **more}


def template(kind, replica={}, types={}, key=("id",), **properties):
    """A table whose attributes are texts but where `types` says otherwise; what a replica has is the table's own of a Table."""
    indexes = [*properties.get("GlobalSecondaryIndexes", []), *properties.get("LocalSecondaryIndexes", [])]
    used = dict.fromkeys([*key, *(each["AttributeName"] for index in indexes for each in index["KeySchema"])])
    all = {"BillingMode": "PAY_PER_REQUEST", "KeySchema": schema(*key),
           "AttributeDefinitions": [{"AttributeName": each, "AttributeType": types.get(each, "S")} for each in used], **properties}
    all = {property: value for property, value in all.items() if value != []}
    if kind == "GlobalTable":
        all["Replicas"] = [{"Region": {"Ref": "AWS::Region"}, **replica}]
    else:
        all.update(replica)
    return json.dumps({"Resources": {"T": {"Type": f"AWS::DynamoDB::{kind}", "Properties": all}}, "Outputs": {"T": {"Value": {"Ref": "T"}}}})


def update(formation, name, body, wanted="UPDATE_COMPLETE"):
    formation.update_stack(StackName=name, TemplateBody=body)
    return wait_for_stack(formation, name, wanted)


def reasons(formation, name):
    events = formation.describe_stack_events(StackName=name)["StackEvents"]
    return [event["ResourceStatusReason"] for event in events
            if event["ResourceStatus"] == "UPDATE_FAILED" and event["ResourceType"].startswith("AWS::DynamoDB")]


def indexes_of(client, table):
    return {each["IndexName"]: (each["KeySchema"], each["Projection"])
            for each in client.describe_table(TableName=table)["Table"].get("GlobalSecondaryIndexes", [])}


# The indexes before and after, and why not.
INDEXES = {"of their keys": ([index()], [index("by-day", "week")], PROPERTIES),
           "of a further key": ([index()], [index("by-day", "day", "hour")], PROPERTIES),
           "of what is projected": ([index()], [index(projection={"ProjectionType": "KEYS_ONLY"})], PROPERTIES),
           "of the attributes that are projected": (
               [index(projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b", "a"]})],
               [index(projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b"]})], PROPERTIES),
           "of one beside another that is made": ([index()], [index("by-day", "week"), index("by-hour", "hour")], PROPERTIES),
           "of two that are made": ([], [index(), index("by-hour", "hour")], ONE_AT_A_TIME),
           "of two that go": ([index(), index("by-hour", "hour")], [], ONE_AT_A_TIME),
           "of one that is renamed": ([index()], [index("by-day-2")], ONE_AT_A_TIME)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", INDEXES)
def test_changes_of_global_indexes_that_are_refused(formation, client, name, kind, case):
    before, after, why = INDEXES[case]
    formation.create_stack(StackName=name, TemplateBody=template(kind, GlobalSecondaryIndexes=before))
    table = wait_for_stack(formation, name, "CREATE_COMPLETE")["T"]
    was = indexes_of(client, table)
    # Something else that the same update would change, and that a rollback has to find unchanged.
    update(formation, name, template(kind, GlobalSecondaryIndexes=after, StreamSpecification={"StreamViewType": "KEYS_ONLY"}),
           "UPDATE_ROLLBACK_COMPLETE")
    assert reasons(formation, name) == [why]
    assert indexes_of(client, table) == was
    # What is refused does not stand in the way of what is not.
    update(formation, name, template(kind, GlobalSecondaryIndexes=[*before, index("more", "id", "hour")]))
    assert set(indexes_of(client, table)) == {*was, "more"}
    formation.delete_stack(StackName=name)


@pytest.mark.parametrize("kind", KINDS)
def test_an_update_that_is_refused_leaves_everything_as_it_was(formation, client, name, kind):
    throughput = {"Table": lambda n: {"ProvisionedThroughput": {"ReadCapacityUnits": n, "WriteCapacityUnits": n}},
                  "GlobalTable": lambda n: {"WriteProvisionedThroughputSettings": {"WriteCapacityAutoScalingSettings": {
                      "MinCapacity": n, "MaxCapacity": 9, "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70}}}}}[kind]
    before = dict(BillingMode="PROVISIONED", **throughput(2), StreamSpecification={"StreamViewType": "NEW_IMAGE"},
                  TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"}, GlobalSecondaryIndexes=[index(**throughput(3))])
    after = {**before, **throughput(4), "StreamSpecification": {"StreamViewType": "KEYS_ONLY"}, "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
             "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "over"},
             "GlobalSecondaryIndexes": [index("by-day", "week", **throughput(5))]}
    replica = {"TableClass": "STANDARD_INFREQUENT_ACCESS", "DeletionProtectionEnabled": True, "Tags": [{"Key": "a", "Value": "b"}],
               "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    formation.create_stack(StackName=name, TemplateBody=template(kind, **before))
    table = wait_for_stack(formation, name, "CREATE_COMPLETE")["T"]

    def told():
        arn = client.describe_table(TableName=table)["Table"]["TableArn"]
        return [client.describe_table(TableName=table)["Table"], client.describe_time_to_live(TableName=table)["TimeToLiveDescription"],
                client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"],
                client.list_tags_of_resource(ResourceArn=arn)["Tags"]]

    was = told()
    update(formation, name, template(kind, replica, **after), "UPDATE_ROLLBACK_COMPLETE")
    assert reasons(formation, name) == [PROPERTIES]
    assert told() == was
    formation.delete_stack(StackName=name)


@pytest.mark.parametrize("kind", KINDS)
def test_encryption_that_a_table_has_already_is_no_failure(formation, client, name, kind):
    formation.create_stack(StackName=name, TemplateBody=template(kind))
    table = wait_for_stack(formation, name, "CREATE_COMPLETE")["T"]
    for encryption, wanted in (({"SSEEnabled": False}, None), ({"SSEEnabled": True}, "ENABLED"), ({"SSEEnabled": True, "SSEType": "KMS"}, "ENABLED")):
        update(formation, name, template(kind, SSESpecification=encryption))
        assert client.describe_table(TableName=table)["Table"].get("SSEDescription", {}).get("Status") == wanted
    formation.delete_stack(StackName=name)


LOCAL = {"LocalSecondaryIndexes": [index("local", "id", "week")], "key": ("id", "day")}
# The table before and after.
REPLACED = {"AttributeDefinitions": ({}, {"types": {"id": "N"}}),
            "AttributeDefinitions of an index": ({"GlobalSecondaryIndexes": [index()]}, {"GlobalSecondaryIndexes": [index()], "types": {"day": "N"}}),
            "KeySchema": ({}, {"key": ("id", "day")}),
            "LocalSecondaryIndexes": (LOCAL, {**LOCAL, "LocalSecondaryIndexes": [index("local", "id", "hour")]})}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", REPLACED)
def test_changes_that_need_another_table(formation, client, name, kind, case):
    before, after = REPLACED[case]
    formation.create_stack(StackName=name, TemplateBody=template(kind, **before))
    first = wait_for_stack(formation, name, "CREATE_COMPLETE")["T"]
    formation.create_change_set(StackName=name, ChangeSetName="c", TemplateBody=template(kind, **after))
    formation.get_waiter("change_set_create_complete").wait(StackName=name, ChangeSetName="c", WaiterConfig={"Delay": 1})
    change = formation.describe_change_set(StackName=name, ChangeSetName="c")["Changes"][0]["ResourceChange"]
    assert change["Replacement"] == "True"
    recreating = {detail["Target"]["Name"] for detail in change["Details"] if detail["Target"]["RequiresRecreation"] == "Always"}
    assert case.split()[0] in recreating, change
    second = update(formation, name, template(kind, **after))["T"]
    assert second != first
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_table(TableName=first)
    wanted = json.loads(template(kind, **after))["Resources"]["T"]["Properties"]
    made = client.describe_table(TableName=second)["Table"]
    assert made["KeySchema"] == wanted["KeySchema"]
    assert sorted(each["AttributeName"] + each["AttributeType"] for each in made["AttributeDefinitions"]) == \
        sorted(each["AttributeName"] + each["AttributeType"] for each in wanted["AttributeDefinitions"])
    formation.delete_stack(StackName=name)


@pytest.mark.parametrize("kind", KINDS)
def test_changes_that_are_made_in_place(server, formation, client, name, kind):
    keys = [server.client("kms").create_key()["KeyMetadata"] for _ in range(2)]
    policy = {"PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "dynamodb:GetRecords", "Resource": "*"}]}}

    def body(step):
        """Steps 0 to 2: without, with, and with something else."""
        properties = {"GlobalSecondaryIndexes": [index(), *([index("by-hour", "hour")] if step > 0 else [])]}
        replica = {"Tags": [{"Key": "step", "Value": str(step)}]}
        if step > 0:
            limits = {"MaxWriteRequestUnits": 10 + step}
            stream = {"StreamViewType": ["", "NEW_IMAGE", "KEYS_ONLY"][step]}
            properties["TimeToLiveSpecification"] = {"Enabled": True, "AttributeName": f"ends{step}"}
            properties["SSESpecification"] = {"SSEEnabled": True, "SSEType": "KMS"}
            properties["StreamSpecification"] = stream
            replica |= {"TableClass": "STANDARD_INFREQUENT_ACCESS" if step == 1 else "STANDARD", "DeletionProtectionEnabled": step == 1,
                        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 10 + step}}
            if kind == "GlobalTable":
                properties["WriteOnDemandThroughputSettings"] = limits
                properties["GlobalSecondaryIndexes"][0]["WriteOnDemandThroughputSettings"] = limits
                replica |= {"SSESpecification": {"KMSMasterKeyId": keys[step - 1]["KeyId"]}, "ReplicaStreamSpecification": {"ResourcePolicy": policy}}
            else:
                properties["OnDemandThroughput"] = limits
                properties["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] = limits
                properties["SSESpecification"]["KMSMasterKeyId"] = keys[step - 1]["KeyId"]
                stream["ResourcePolicy"] = policy
        return template(kind, replica, **properties)

    formation.create_stack(StackName=name, TemplateBody=body(0))
    table = wait_for_stack(formation, name, "CREATE_COMPLETE")["T"]
    for step in (1, 2):
        assert update(formation, name, body(step))["T"] == table
        told = client.describe_table(TableName=table)["Table"]
        by_name = {each["IndexName"]: each for each in told["GlobalSecondaryIndexes"]}
        backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert set(by_name) == {"by-day", "by-hour"}
        assert [each["OnDemandThroughput"]["MaxWriteRequestUnits"] for each in (told, by_name["by-day"])] == [10 + step] * 2
        assert told["SSEDescription"]["KMSMasterKeyArn"] == keys[step - 1]["Arn"]
        assert told["StreamSpecification"]["StreamViewType"] == ["", "NEW_IMAGE", "KEYS_ONLY"][step]
        assert "GetRecords" in client.get_resource_policy(ResourceArn=told["LatestStreamArn"])["Policy"]
        assert told["TableClassSummary"]["TableClass"] == ["", "STANDARD_INFREQUENT_ACCESS", "STANDARD"][step]
        assert told["DeletionProtectionEnabled"] == (step == 1)
        assert client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["AttributeName"] == f"ends{step}"
        assert (backups["PointInTimeRecoveryStatus"], backups["RecoveryPeriodInDays"]) == ("ENABLED", 10 + step)
        assert client.list_tags_of_resource(ResourceArn=told["TableArn"])["Tags"] == [{"Key": "step", "Value": str(step)}]
    formation.delete_stack(StackName=name)


@pytest.mark.parametrize("kind", KINDS)
def test_indexes_change_their_capacity_in_place(formation, client, name, kind):
    def body(mode, read, write):
        if kind == "Table":
            throughput = {"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}} if mode == "PROVISIONED" else {}
        else:
            throughput = {"WriteProvisionedThroughputSettings": {"WriteCapacityAutoScalingSettings": {
                "MinCapacity": write, "MaxCapacity": 99, "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70}}}}
        return template(kind, BillingMode=mode, GlobalSecondaryIndexes=[index(**throughput)], **throughput)

    formation.create_stack(StackName=name, TemplateBody=body("PROVISIONED", 5, 2))
    table = wait_for_stack(formation, name, "CREATE_COMPLETE")["T"]
    for mode, read, write in (("PROVISIONED", 5, 3), ("PAY_PER_REQUEST", 0, 0), ("PROVISIONED", 5, 4)):
        update(formation, name, body(mode, read, write))
        told = client.describe_table(TableName=table)["Table"]
        assert [(each["ProvisionedThroughput"]["ReadCapacityUnits"], each["ProvisionedThroughput"]["WriteCapacityUnits"])
                for each in (told, told["GlobalSecondaryIndexes"][0])] == [(read, write)] * 2
    formation.delete_stack(StackName=name)


@pytest.mark.parametrize("kind", KINDS)
def test_kinesis_streams_are_refused_by_their_name(formation, name, kind):
    kinesis = {"KinesisStreamSpecification": {"StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}}
    formation.create_stack(StackName=name, TemplateBody=template(kind))
    wait_for_stack(formation, name, "CREATE_COMPLETE")
    update(formation, name, template(kind, kinesis), "UPDATE_ROLLBACK_COMPLETE")
    assert reasons(formation, name) == ["Encountered unsupported property KinesisStreamSpecification"]
    formation.delete_stack(StackName=name)
