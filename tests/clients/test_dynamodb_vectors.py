"""What AWS has added to DynamoDB lately: vector indexes, filters of exports, streams read from a time.
"""
import datetime
import time
import uuid

import pytest
from botocore.exceptions import ClientError

INDEX = {"IndexName": "vix", "VectorAttribute": {"AttributeName": "embedding"}, "Dimensions": 3, "DistanceFunction": "COSINE",
         "Projection": {"ProjectionType": "ALL"}}


@pytest.fixture
def client(server):
    return server.client("dynamodb")


def make_table(client, **more):
    name = "t-" + uuid.uuid4().hex[:8]
    client.create_table(**{"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                           "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], **more})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


def refusal(call, **input):
    with pytest.raises(ClientError) as caught:
        call(**input)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/missing"
# Each with the name that the refusal must tell.
NOT_IMPLEMENTED = [
    ("create_table", "VectorIndexes", dict(TableName="never", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                                           AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], VectorIndexes=[INDEX])),
    ("update_table", "VectorIndexUpdates", dict(TableName="never", VectorIndexUpdates=[{"Create": INDEX}])),
    ("update_table", "DisassociationProtectionEnabled", dict(TableName="never", DisassociationProtectionEnabled=False)),
    ("update_table", "ReplicaUpdates", dict(TableName="never", ReplicaUpdates=[{"Disassociate": {"RegionName": "eu-west-1", "DisassociationMode": "WAIT_FOR_REPLICATION"}}])),
    ("export_table_to_point_in_time", "FilterSpecification", dict(TableArn=ARN, S3Bucket="b", FilterSpecification={"ProjectionExpression": "a"})),
    ("restore_table_to_point_in_time", "VectorIndexOverride", dict(SourceTableName="never", TargetTableName="other", UseLatestRestorableTime=True, VectorIndexOverride=[])),
    ("import_table", "VectorIndexes", dict(S3BucketSource={"S3Bucket": "b"}, InputFormat="DYNAMODB_JSON", TableCreationParameters=dict(
        TableName="never", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], VectorIndexes=[INDEX]))),
    ("search_vectors", "SearchVectors", dict(TableName="never", IndexName="vix", SearchVector=[{"N": "1"}], TopK=1)),
]


@pytest.mark.parametrize("operation, named, input", NOT_IMPLEMENTED, ids=[f"{o}-{n}" for o, n, _ in NOT_IMPLEMENTED])
def test_what_is_not_implemented_is_refused_by_its_name(client, operation, named, input):
    code, message = refusal(getattr(client, operation), **input)
    assert named in message and "Thimble" in message, message
    assert code in ("NotImplemented", "ValidationException")


def test_a_stream_is_read_from_a_time_on(server, client):
    name = make_table(client, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    streams = server.client("dynamodbstreams")
    arn = client.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]

    def read_from(moment):
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="AT_TIMESTAMP", Timestamp=moment)["ShardIterator"]
        return [record["dynamodb"]["Keys"]["pk"]["S"] for record in streams.get_records(ShardIterator=iterator)["Records"]]

    client.put_item(TableName=name, Item={"pk": {"S": "early"}})
    time.sleep(1.1)
    between = datetime.datetime.now(datetime.timezone.utc)
    time.sleep(1.1)
    client.put_item(TableName=name, Item={"pk": {"S": "late"}})
    time.sleep(0.1)
    assert read_from(between) == ["late"]
    # What is older than the stream means its beginning.
    assert read_from(between - datetime.timedelta(days=2)) == ["early", "late"]
    assert read_from(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(milliseconds=1)) in ([], ["late"])
    for more in ({"Timestamp": between + datetime.timedelta(hours=1)}, {}, {"Timestamp": between, "SequenceNumber": "1" * 21}):
        code, _ = refusal(streams.get_shard_iterator, StreamArn=arn, ShardId=shard, ShardIteratorType="AT_TIMESTAMP", **more)
        assert code == "ValidationException", more
    client.delete_table(TableName=name)
