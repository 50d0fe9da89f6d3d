"""DynamoDB Streams read from a time on, through boto3."""
import datetime
import time
import uuid

import pytest
from botocore.exceptions import ClientError


def test_a_stream_is_read_from_a_time_on(server):
    client = server.client("dynamodb")
    name = "t-" + uuid.uuid4().hex[:8]
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
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
        with pytest.raises(ClientError) as refused:
            streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="AT_TIMESTAMP", **more)
        assert refused.value.response["Error"]["Code"] == "ValidationException", more
    client.delete_table(TableName=name)
