"""DynamoDB through boto3's client and resource and the AWS CLI."""
import decimal
import json
import time

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError
from support.stacks import wait_for_stack


def make_table(client, name, **more):
    settings = dict(TableName=name, BillingMode="PAY_PER_REQUEST",
                    AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"},
                                          {"AttributeName": "s", "AttributeType": "N"}],
                    KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}])
    settings.update(more)
    client.create_table(**settings)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})


def wait_until_gone(client, name):
    deadline = time.monotonic() + 60
    while name in client.list_tables()["TableNames"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def client(server):
    return server.client("dynamodb")


def resource(server):
    return boto3.resource("dynamodb", endpoint_url=server.url, region_name="eu-west-1", aws_access_key_id="test",
                          aws_secret_access_key="test")


def test_resource_reads_back_what_it_wrote(server, client, name):
    make_table(client, name)
    table = resource(server).Table(name)
    item = {"p": "a", "s": decimal.Decimal("1.50"), "text": "é", "bytes": b"\x00\xff", "set": {"x", "y"},
            "numbers": {decimal.Decimal(1), decimal.Decimal(2)}, "list": [1, "two", None, True],
            "map": {"deep": {"deeper": [decimal.Decimal("1E+30")]}}, "empty": ""}
    table.put_item(Item=item)
    got = table.get_item(Key={"p": "a", "s": decimal.Decimal("1.5")})["Item"]
    assert got["bytes"].value == b"\x00\xff"
    got["bytes"] = got["bytes"].value
    assert got == item
    with table.batch_writer() as batch:
        for index in range(60):
            batch.put_item(Item={"p": "many", "s": index, "even": index % 2 == 0})
    found = table.query(KeyConditionExpression=Key("p").eq("many") & Key("s").between(10, 19),
                        FilterExpression=Attr("even").eq(True))
    assert [int(each["s"]) for each in found["Items"]] == [10, 12, 14, 16, 18]
    assert found["ScannedCount"] == 10
    updated = table.update_item(Key={"p": "many", "s": 1}, UpdateExpression="ADD hits :one SET #n = list_append(if_not_exists(#n, :none), :new)",
                                ExpressionAttributeNames={"#n": "names"}, ReturnValues="ALL_NEW",
                                ExpressionAttributeValues={":one": 1, ":none": [], ":new": ["x"]})["Attributes"]
    assert updated["hits"] == 1 and updated["names"] == ["x"]


def test_parallel_scan_sees_each_item_once(client, name):
    make_table(client, name)
    for start in range(0, 200, 25):
        client.batch_write_item(RequestItems={name: [
            {"PutRequest": {"Item": {"p": {"S": f"k{index}"}, "s": {"N": "0"}}}} for index in range(start, start + 25)]})
    seen = []
    for segment in range(4):
        for page in client.get_paginator("scan").paginate(TableName=name, Segment=segment, TotalSegments=4,
                                                          PaginationConfig={"PageSize": 7}):
            seen += [item["p"]["S"] for item in page["Items"]]
    assert sorted(seen) == sorted(f"k{index}" for index in range(200))


def test_conditions_and_transactions_tell_why(client, name):
    make_table(client, name)
    client.put_item(TableName=name, Item={"p": {"S": "a"}, "s": {"N": "1"}, "v": {"S": "old"}})
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as failed:
        client.put_item(TableName=name, Item={"p": {"S": "a"}, "s": {"N": "1"}}, ConditionExpression="v = :v",
                        ExpressionAttributeValues={":v": {"S": "new"}}, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert failed.value.response["Item"]["v"] == {"S": "old"}
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(TransactItems=[
            {"Put": {"TableName": name, "Item": {"p": {"S": "b"}, "s": {"N": "1"}}}},
            {"ConditionCheck": {"TableName": name, "Key": {"p": {"S": "a"}, "s": {"N": "1"}},
                                "ConditionExpression": "attribute_not_exists(p)",
                                "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}])
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"]["v"] == {"S": "old"}
    assert "Item" not in client.get_item(TableName=name, Key={"p": {"S": "b"}, "s": {"N": "1"}})


def test_a_transaction_may_have_placeholders_without_an_expression(client, name):
    make_table(client, name)
    key = {"p": {"S": "a"}, "s": {"N": "1"}}
    unused = {"TableName": name, "ExpressionAttributeNames": {"#n": "b"}}
    values = {"ExpressionAttributeValues": {":v": {"N": "1"}}}
    client.transact_write_items(TransactItems=[{"Put": {**unused, **values, "Item": key}}])
    got = client.transact_get_items(TransactItems=[{"Get": {**unused, "Key": key}}])
    assert got["Responses"] == [{"Item": key}]
    client.transact_write_items(TransactItems=[{"Delete": {**unused, **values, "Key": key}}])
    assert "Item" not in client.get_item(TableName=name, Key=key)


def test_a_table_is_called_in_answers_what_the_request_calls_it(client, name):
    make_table(client, name)
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    keys = [{"p": {"S": "a"}, "s": {"N": str(n)}} for n in range(3)]
    count = {"ReturnConsumedCapacity": "TOTAL"}

    def called(answer):
        capacities = answer["ConsumedCapacity"]
        return [each["TableName"] for each in ([capacities] if isinstance(capacities, dict) else capacities)]

    of_keys = {"KeyConditionExpression": "p = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}}
    for table in (arn, name):
        puts = [{"PutRequest": {"Item": key}} for key in keys]
        assert called(client.batch_write_item(RequestItems={table: puts}, **count)) == [table]
        assert called(client.put_item(TableName=table, Item=keys[0], **count)) == [table]
        assert called(client.get_item(TableName=table, Key=keys[0], **count)) == [table]
        assert called(client.query(TableName=table, **of_keys, **count)) == [table]
        assert called(client.scan(TableName=table, **count)) == [table]
        assert called(client.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": keys[0]}}], **count)) == \
            [table]
        assert called(client.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": keys[0]}}], **count)) \
            == [table]
    # Called by both, it is answered once.
    both = client.batch_get_item(RequestItems={arn: {"Keys": keys[:2]}, name: {"Keys": keys[1:]}}, **count)
    (items,) = both["Responses"].values()
    assert sorted(items, key=lambda item: item["s"]["N"]) == keys and len(called(both)) == 1
    for wrong, message in ((arn + "/index/x", "Valid ARN format is"), (arn + "/stream/2026-01-01T00:00:00.000", "Valid ARN format is"),
                           (arn.replace("table/", "stream/"), "Invalid resource type in 'arn:"),
                           (arn.replace("eu-west-1", "us-east-1"), "Invalid AWS region in 'arn:")):
        with pytest.raises(ClientError, match="ValidationException.*1 validation error detected: .*" + message):
            client.get_item(TableName=wrong, Key=keys[0])


def test_stream_of_changes(server, client, name):
    make_table(client, name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    streams = server.client("dynamodbstreams")
    arn = streams.list_streams(TableName=name)["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
    for value in ("1", "2"):
        client.put_item(TableName=name, Item={"p": {"S": "a"}, "s": {"N": "1"}, "v": {"B": value.encode()}})
    client.delete_item(TableName=name, Key={"p": {"S": "a"}, "s": {"N": "1"}})
    records = streams.get_records(ShardIterator=iterator)["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[1]["dynamodb"]["OldImage"]["v"] == {"B": b"1"}
    assert records[1]["dynamodb"]["NewImage"]["v"] == {"B": b"2"}


def test_wrong_input_is_refused_by_name(client, name):
    make_table(client, name)

    def refused(operation, **parameters):
        with pytest.raises(ClientError) as error:
            getattr(client, operation)(**parameters)
        return error.value.response["Error"]["Message"]

    assert refused("put_item", TableName=name, Item={"p": {"S": "a"}}) == \
        "One or more parameter values were invalid: Missing the key s in the item"
    assert refused("put_item", TableName=name, Item={"p": {"S": "a"}, "s": {"S": "1"}}) == \
        "One or more parameter values were invalid: Type mismatch for key s expected: N actual: S"
    assert refused("get_item", TableName="nowhere", Key={"p": {"S": "a"}}) == "Requested resource not found"
    assert refused("query", TableName=name, KeyConditionExpression="s = :s", ExpressionAttributeValues={":s": {"N": "1"}}) \
        == "Query condition missed key schema element: p"
    assert refused("update_item", TableName=name, Key={"p": {"S": "a"}, "s": {"N": "1"}}, UpdateExpression="SET p = :p",
                   ExpressionAttributeValues={":p": {"S": "b"}}) == \
        "One or more parameter values were invalid: Cannot update attribute p. This attribute is part of the key"
    assert refused("put_item", TableName=name, Item={"p": {"S": "a"}, "s": {"N": "1"}, "d": {"S": "x" * 410_000}}) == \
        "Item size has exceeded the maximum allowed size"
    assert "global tables version 2017.11.29 is not supported" in \
        refused("create_global_table", GlobalTableName=name, ReplicationGroup=[{"RegionName": "eu-west-1"}])
    assert client.list_global_tables()["GlobalTables"] == []


TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Parameters": {"Extra": {"Type": "String", "Default": "no"}},
    "Conditions": {"More": {"Fn::Equals": [{"Ref": "Extra"}, "yes"]}},
    "Resources": {
        "Simple": {"Type": "AWS::Serverless::SimpleTable"},
        "Orders": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": {"Fn::If": ["More", [{"AttributeName": "id", "AttributeType": "S"},
                                                         {"AttributeName": "day", "AttributeType": "S"}],
                                                [{"AttributeName": "id", "AttributeType": "S"}]]},
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": {"Fn::If": ["More", [
                {"IndexName": "by-day", "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                 "Projection": {"ProjectionType": "ALL"}}], {"Ref": "AWS::NoValue"}]},
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
            "Tags": [{"Key": "stage", "Value": {"Ref": "Extra"}}]}}},
    "Outputs": {"Simple": {"Value": {"Ref": "Simple"}}, "Orders": {"Value": {"Ref": "Orders"}},
                "Stream": {"Value": {"Fn::GetAtt": ["Orders", "StreamArn"]}}}}


def test_stack_makes_changes_and_removes_tables(server, client, name):
    formation = server.client("cloudformation")
    formation.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_AUTO_EXPAND"])
    outputs = wait_for_stack(formation, name, "CREATE_COMPLETE")
    orders = client.describe_table(TableName=outputs["Orders"])["Table"]
    assert orders["LatestStreamArn"] == outputs["Stream"]
    assert client.describe_time_to_live(TableName=outputs["Orders"])["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    assert client.describe_table(TableName=outputs["Simple"])["Table"]["KeySchema"][0]["AttributeName"] == "id"
    client.put_item(TableName=outputs["Orders"], Item={"id": {"S": "1"}, "day": {"S": "monday"}})
    formation.update_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_AUTO_EXPAND"],
                           Parameters=[{"ParameterKey": "Extra", "ParameterValue": "yes"}])
    assert wait_for_stack(formation, name, "UPDATE_COMPLETE") == outputs
    found = client.query(TableName=outputs["Orders"], IndexName="by-day", KeyConditionExpression="#d = :d",
                         ExpressionAttributeNames={"#d": "day"}, ExpressionAttributeValues={":d": {"S": "monday"}})
    assert found["Count"] == 1
    assert client.list_tags_of_resource(ResourceArn=orders["TableArn"])["Tags"] == [{"Key": "stage", "Value": "yes"}]
    formation.delete_stack(StackName=name)
    wait_until_gone(client, outputs["Orders"])


def test_stack_imports_a_table(server, client, name):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=name, Key="in/1", Body="id,title\n1,one\n2,two\n")
    formation = server.client("cloudformation")

    def template(prefix):
        return json.dumps({"Resources": {"Books": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "Tags": [{"Key": "stage", "Value": "no"}],
            "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
            "ImportSourceSpecification": {"InputFormat": "CSV", "S3BucketSource": {"S3Bucket": name, "S3KeyPrefix": prefix}}}}},
            "Outputs": {"Books": {"Value": {"Ref": "Books"}}, "Arn": {"Value": {"Fn::GetAtt": ["Books", "Arn"]}},
                        "Stream": {"Value": {"Fn::GetAtt": ["Books", "StreamArn"]}}}})

    formation.create_stack(StackName=name, TemplateBody=template("in/"))
    outputs = wait_for_stack(formation, name, "CREATE_COMPLETE")
    items = client.scan(TableName=outputs["Books"])["Items"]
    assert sorted((item["id"]["N"], item["title"]["S"]) for item in items) == [("1", "one"), ("2", "two")]
    assert client.describe_table(TableName=outputs["Books"])["Table"]["LatestStreamArn"] == outputs["Stream"]
    assert client.list_tags_of_resource(ResourceArn=outputs["Arn"])["Tags"] == [{"Key": "stage", "Value": "no"}]
    s3.put_object(Bucket=name, Key="wrong/1", Body="id,title\nx,one\n")
    formation.create_stack(StackName=name + "-wrong", TemplateBody=template("wrong/"))
    wait_for_stack(formation, name + "-wrong", "ROLLBACK_COMPLETE")
    assert any("ItemValidationError" in event.get("ResourceStatusReason", "") for event in
               formation.describe_stack_events(StackName=name + "-wrong")["StackEvents"])


GLOBAL_TABLE = {
    "Parameters": {"Extra": {"Type": "String", "Default": "no"}},
    "Conditions": {"More": {"Fn::Equals": [{"Ref": "Extra"}, "yes"]}},
    "Resources": {"Orders": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": {"Fn::If": ["More", [{"AttributeName": "id", "AttributeType": "S"},
                                                     {"AttributeName": "day", "AttributeType": "S"}],
                                            [{"AttributeName": "id", "AttributeType": "S"}]]},
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": {"Fn::If": ["More", [
            {"IndexName": "by-day", "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
             "Projection": {"ProjectionType": "ALL"}}], {"Ref": "AWS::NoValue"}]},
        "Replicas": [{"Region": {"Ref": "AWS::Region"}, "Tags": [{"Key": "stage", "Value": {"Ref": "Extra"}}],
                      "DeletionProtectionEnabled": {"Fn::If": ["More", True, False]},
                      "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}],
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "TimeToLiveSpecification": {"Fn::If": ["More", {"AttributeName": "ends", "Enabled": True},
                                               {"Enabled": False}]}}}},
    "Outputs": {"Orders": {"Value": {"Ref": "Orders"}}, "Arn": {"Value": {"Fn::GetAtt": ["Orders", "Arn"]}},
                "Stream": {"Value": {"Fn::GetAtt": ["Orders", "StreamArn"]}},
                "Id": {"Value": {"Fn::GetAtt": ["Orders", "TableId"]}}}}


def test_stack_makes_changes_and_removes_a_global_table_of_one_replica(server, client, name):
    formation = server.client("cloudformation")
    formation.create_stack(StackName=name, TemplateBody=json.dumps(GLOBAL_TABLE))
    outputs = wait_for_stack(formation, name, "CREATE_COMPLETE")
    table = client.describe_table(TableName=outputs["Orders"])["Table"]
    assert (table["TableArn"], table["LatestStreamArn"], table["TableId"]) == \
        (outputs["Arn"], outputs["Stream"], outputs["Id"])
    assert client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "stage", "Value": "no"}]
    backups = client.describe_continuous_backups(TableName=outputs["Orders"])["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    client.put_item(TableName=outputs["Orders"], Item={"id": {"S": "1"}, "day": {"S": "monday"}})

    formation.update_stack(StackName=name, TemplateBody=json.dumps(GLOBAL_TABLE),
                           Parameters=[{"ParameterKey": "Extra", "ParameterValue": "yes"}])
    assert wait_for_stack(formation, name, "UPDATE_COMPLETE") == outputs
    found = client.query(TableName=outputs["Orders"], IndexName="by-day", KeyConditionExpression="#d = :d",
                         ExpressionAttributeNames={"#d": "day"}, ExpressionAttributeValues={":d": {"S": "monday"}})
    assert found["Count"] == 1
    assert client.describe_time_to_live(TableName=outputs["Orders"])["TimeToLiveDescription"] == \
        {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}
    assert client.describe_table(TableName=outputs["Orders"])["Table"]["DeletionProtectionEnabled"]
    assert client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "stage", "Value": "yes"}]

    formation.update_stack(StackName=name, TemplateBody=json.dumps(GLOBAL_TABLE))
    wait_for_stack(formation, name, "UPDATE_COMPLETE")
    assert "GlobalSecondaryIndexes" not in client.describe_table(TableName=outputs["Orders"])["Table"]
    formation.delete_stack(StackName=name)
    wait_until_gone(client, outputs["Orders"])


def test_a_global_table_of_one_replica_gets_the_capacity_that_changed(server, client, name):
    formation = server.client("cloudformation")

    def template(read, stage):
        return json.dumps({"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "WriteProvisionedThroughputSettings": {"WriteCapacityAutoScalingSettings": {
                "MinCapacity": 3, "MaxCapacity": 9, "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70}}},
            "Replicas": [{"Region": {"Ref": "AWS::Region"}, "Tags": [{"Key": "stage", "Value": stage}],
                          "ReadProvisionedThroughputSettings": {"ReadCapacityUnits": read}}]}}},
            "Outputs": {"Table": {"Value": {"Ref": "Table"}}}})

    formation.create_stack(StackName=name, TemplateBody=template(2, "a"))
    table = wait_for_stack(formation, name, "CREATE_COMPLETE")["Table"]
    for read, stage in ((2, "b"), (4, "b")):
        formation.update_stack(StackName=name, TemplateBody=template(read, stage))
        wait_for_stack(formation, name, "UPDATE_COMPLETE")
        throughput = client.describe_table(TableName=table)["Table"]["ProvisionedThroughput"]
        assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (read, 3)


def test_global_tables_of_more_regions_are_refused_by_name(server, client, name):
    formation = server.client("cloudformation")
    for index, regions in enumerate((["eu-west-1", "us-east-1"], ["us-east-1"])):
        template = {"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {
            "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "Replicas": [{"Region": region} for region in regions]}}},
            "Outputs": {"Table": {"Value": {"Ref": "Table"}}}}
        stack = f"{name}-{index}"
        formation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
        wait_for_stack(formation, stack, "ROLLBACK_COMPLETE")
        assert any("Thimble supports AWS::DynamoDB::GlobalTable with one replica, in the stack's region" in
                   event.get("ResourceStatusReason", "")
                   for event in formation.describe_stack_events(StackName=stack)["StackEvents"])
    assert not [table for table in client.list_tables()["TableNames"] if table.startswith(name)]


def test_aws_command_line(server, client, name):
    make_table(client, name)
    server.aws("dynamodb", "put-item", "--table-name", name, "--item", '{"p":{"S":"cli"},"s":{"N":"7"}}')
    out = json.loads(server.aws("dynamodb", "get-item", "--table-name", name, "--key", '{"p":{"S":"cli"},"s":{"N":"7"}}',
                                "--return-consumed-capacity", "TOTAL").stdout)
    assert out["Item"]["p"] == {"S": "cli"} and out["ConsumedCapacity"]["CapacityUnits"] == 0.5


def test_an_item_that_is_there_is_not_inserted_again(server, name):
    """The item has bytes that are no text, which an error must not show as they are."""
    client = server.client("dynamodb")
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}])
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    item = {"p": {"S": "a"}, "b": {"B": b"\xb2\xff"}}
    client.put_item(TableName=name, Item=item)
    statement = {"Statement": f"INSERT INTO \"{name}\" VALUE {{'p': 'a'}}", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with pytest.raises(client.exceptions.DuplicateItemException):
        client.execute_statement(**statement)
    error = client.batch_execute_statement(Statements=[statement])["Responses"][0]["Error"]
    assert error["Code"] == "DuplicateItem" and error["Item"] == item


def test_an_item_has_400_kibibytes_whoever_writes_it(client, name):
    """What a put is too large for is refused at once; of an update only its item tells, which cancels a transaction."""
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}])
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    key = {"p": {"S": "a"}}
    most = "x" * (409_600 - len("p") - len("a") - len("v"))

    def put(text):
        return {"TableName": name, "Item": {**key, "v": {"S": text}}}

    def update(text):
        return {"TableName": name, "Key": key, "UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": text}}}

    writers = {
        "PutItem": lambda text: client.put_item(**put(text)),
        "BatchWriteItem": lambda text: client.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": put(text)["Item"]}}]}),
        "a transaction's Put": lambda text: client.transact_write_items(TransactItems=[{"Put": put(text)}]),
        "INSERT": lambda text: (client.delete_item(TableName=name, Key=key), client.execute_statement(
            Statement=f"INSERT INTO \"{name}\" VALUE {{'p': 'a', 'v': ?}}", Parameters=[{"S": text}])),
        "UpdateItem": lambda text: client.update_item(**update(text)),
        "UPDATE": lambda text: client.execute_statement(
            Statement=f"UPDATE \"{name}\" SET v = ? WHERE p = 'a'", Parameters=[{"S": text}]),
        "a transaction's Update": lambda text: client.transact_write_items(TransactItems=[{"Update": update(text)}]),
    }
    for writer, write in writers.items():
        client.put_item(TableName=name, Item=key)
        write(most)
        assert client.get_item(TableName=name, Key=key)["Item"]["v"]["S"] == most, writer
        with pytest.raises(ClientError) as refused:
            write(most + "x")
        updates = writer in ("UpdateItem", "UPDATE", "a transaction's Update")
        message = f"Item size {'to update ' if updates else ''}has exceeded the maximum allowed size"
        answer = refused.value.response
        if writer == "a transaction's Update":
            assert answer["Error"]["Code"] == "TransactionCanceledException"
            assert answer["CancellationReasons"] == [{"Code": "ValidationError", "Message": message}]
        else:
            assert (answer["Error"]["Code"], answer["Error"]["Message"]) == ("ValidationException", message), writer
