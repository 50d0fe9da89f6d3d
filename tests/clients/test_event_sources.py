"""Lambda's event source mappings of DynamoDB streams and SQS queues, through boto3; and that they survive kill -9."""
import json
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from support.receiver import Channel, Receiver
from support.server import ACCOUNT, REGION, Server
from support.workload import make_function, make_role

ACTIONS = ["dynamodb:*", "sqs:*", "sns:*", "logs:*"]
# Tells what it was given; fails for items and messages that say so.
SOURCE = """
def ids(event):
    return [r["dynamodb"]["Keys"]["p"]["S"] if "dynamodb" in r else r["body"] for r in event["Records"]]
def handler(event, context):
    names = ids(event)
    bad = [r for r, name in zip(event["Records"], names) if "bad" in name]
    tell({"ids": names, "event": event})
    if bad and REPORTS:
        return {"batchItemFailures": [{"itemIdentifier": r.get("messageId") or r["dynamodb"]["SequenceNumber"]} for r in bad]}
    if bad:
        raise ValueError("a bad record")
"""


@pytest.fixture(scope="module")
def ears():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(ears):
    started = Server(options=ears.options).start()
    make_role(started, "sources", *ACTIONS)
    make_role(started, "powerless")
    yield started
    started.remove()


@pytest.fixture
def receiver(ears):
    return Channel(ears)


def function(server, receiver, reports=False, role="sources", **more):
    name = "f-" + uuid.uuid4().hex[:8]
    make_function(server, name, f"arn:aws:iam::{ACCOUNT}:role/{role}",
                  receiver.source + f"REPORTS = {reports}\n" + SOURCE, **{"Timeout": 5, **more})
    return name


def table(server):
    name = "t-" + uuid.uuid4().hex[:8]
    client = server.client("dynamodb")
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
                        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name, client.describe_table(TableName=name)["Table"]["LatestStreamArn"]


def put(server, name, *keys):
    for key in keys:
        server.client("dynamodb").put_item(TableName=name, Item={"p": {"S": key}, "b": {"B": b"\xff"}})


def queue(server, **attributes):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="q-" + uuid.uuid4().hex[:8],
                           Attributes={"VisibilityTimeout": "5", **attributes})["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def mapping(server, source, name, **more):
    made = server.client("lambda").create_event_source_mapping(EventSourceArn=source, FunctionName=name, **more)
    enabled(server, made["UUID"])
    return made


def enabled(server, uuid_, state="Enabled"):
    deadline = time.monotonic() + 30
    while server.client("lambda").get_event_source_mapping(UUID=uuid_)["State"] != state:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ids(told):
    return [each for one in told for each in one["ids"]]


def left(server, url):
    got = server.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(got["ApproximateNumberOfMessages"]) + int(got["ApproximateNumberOfMessagesNotVisible"])


def test_a_streams_records_come_in_order_and_filtered(server, receiver):
    name, stream = table(server)
    put(server, name, *[f"k{i}" for i in range(5)])
    made = mapping(server, stream, function(server, receiver), StartingPosition="TRIM_HORIZON", BatchSize=2,
                   FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]})
    receiver.wait(lambda told: len(ids(told)) >= 5)
    server.client("dynamodb").delete_item(TableName=name, Key={"p": {"S": "k0"}})
    put(server, name, "last")
    told = receiver.wait(lambda told: "last" in ids(told))
    assert ids(told) == ["k0", "k1", "k2", "k3", "k4", "last"]
    assert max(len(one["ids"]) for one in told) <= 2
    record = told[0]["event"]["Records"][0]
    assert record["eventSourceARN"] == stream and record["eventSource"] == "aws:dynamodb"
    assert record["dynamodb"]["NewImage"] == {"p": {"S": "k0"}, "b": {"B": "/w=="}}
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], int)
    shown = server.client("lambda").get_event_source_mapping(UUID=made["UUID"])
    assert shown["LastProcessingResult"] == "OK" and shown["BatchSize"] == 2 and shown["MaximumRetryAttempts"] == -1


@pytest.mark.parametrize("reports", [False, True])
def test_a_bad_record_is_split_off_and_goes_to_the_destination(server, receiver, reports):
    name, stream = table(server)
    url, target = queue(server)
    put(server, name, "a", "b", "bad", "c")
    mapping(server, stream, function(server, receiver, reports), StartingPosition="TRIM_HORIZON",
            BisectBatchOnFunctionError=True, MaximumRetryAttempts=1,
            FunctionResponseTypes=["ReportBatchItemFailures"] if reports else [],
            DestinationConfig={"OnFailure": {"Destination": target}})
    receiver.wait(lambda told: any(one["ids"] == ["c"] for one in told))
    got = server.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    record = json.loads(got[0]["Body"])
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    info = record["DDBStreamBatchInfo"]
    assert info["batchSize"] == 1 and info["streamArn"] == stream
    assert info["startSequenceNumber"] == info["endSequenceNumber"]


def test_lanes_keep_the_order_of_each_key_and_a_window_collects(server, receiver):
    name, stream = table(server)
    mapping(server, stream, function(server, receiver), StartingPosition="LATEST", ParallelizationFactor=3,
            MaximumBatchingWindowInSeconds=1, BatchSize=100)
    for number in range(4):
        for key in ("a", "b", "c", "d"):
            server.client("dynamodb").put_item(TableName=name, Item={"p": {"S": key}, "n": {"N": str(number)}})
    told = receiver.wait(lambda told: len(ids(told)) >= 16)
    by_key = {}
    for one in told:
        for record in one["event"]["Records"]:
            image = record["dynamodb"]["NewImage"]
            by_key.setdefault(image["p"]["S"], []).append(image["n"]["N"])
    assert by_key == {key: ["0", "1", "2", "3"] for key in "abcd"}
    assert len(told) <= 9, "the window collects"


def test_a_queues_messages_are_deleted_once_processed(server, receiver):
    url, arn = queue(server)
    name = function(server, receiver, reports=True)
    made = mapping(server, arn, name, FunctionResponseTypes=["ReportBatchItemFailures"], ScalingConfig={"MaximumConcurrency": 2},
                   FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": [{"anything-but": ["unwanted"]}]})}]})
    sqs = server.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="one",
                     MessageAttributes={"m": {"DataType": "Binary", "BinaryValue": b"\xff"}})
    for body in ("bad", "unwanted", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    # What failed comes back once it is visible again.
    told = receiver.wait(lambda told: ids(told).count("bad") == 2 and {"one", "two"} <= set(ids(told)))
    assert "unwanted" not in ids(told) and ids(told).count("one") == 1 and ids(told).count("two") == 1
    record = next(r for one in told for r in one["event"]["Records"] if r["body"] == "one")
    assert record["eventSource"] == "aws:sqs" and record["eventSourceARN"] == arn and record["awsRegion"] == REGION
    assert record["messageAttributes"]["m"]["binaryValue"] == "/w==" and "SentTimestamp" in record["attributes"]
    tagged = made["EventSourceMappingArn"]
    server.client("lambda").tag_resource(Resource=tagged, Tags={"a": "1", "b": "2"})
    server.client("lambda").untag_resource(Resource=tagged, TagKeys=["a"])
    assert server.client("lambda").list_tags(Resource=tagged)["Tags"] == {"b": "2"}
    server.client("lambda").update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    enabled(server, made["UUID"], "Disabled")
    assert server.client("lambda").list_event_source_mappings(FunctionName=name)["EventSourceMappings"][0]["UUID"] == made["UUID"]
    server.client("lambda").delete_event_source_mapping(UUID=made["UUID"])


def test_a_window_fills_a_batch_from_a_queue(server, receiver):
    url, arn = queue(server)
    mapping(server, arn, function(server, receiver), BatchSize=12, MaximumBatchingWindowInSeconds=60)
    for number in range(12):
        server.client("sqs").send_message(QueueUrl=url, MessageBody=str(number))
    told = receiver.wait(lambda told: len(ids(told)) >= 12)
    assert len(told) == 1, "one batch, and sooner than the window ends"


STREAM = "arn:aws:dynamodb:eu-west-1:000000000000:table/none/stream/2020-01-01T00:00:00.000"
REFUSED = [
    ({"EventSourceArn": "STREAM"}, "ValidationException", "Value null at 'startingPosition'"),
    ({"EventSourceArn": "STREAM", "StartingPosition": "AT_TIMESTAMP"}, "InvalidParameterValueException", "Unsupported starting position"),
    ({"EventSourceArn": "STREAM", "StartingPosition": "LATEST", "TumblingWindowInSeconds": 5}, "InvalidParameterValueException", "TumblingWindowInSeconds"),
    ({"EventSourceArn": "STREAM", "StartingPosition": "LATEST", "ScalingConfig": {"MaximumConcurrency": 2}}, "InvalidParameterValueException", "ScalingConfig"),
    ({"EventSourceArn": "STREAM", "StartingPosition": "LATEST", "FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "InvalidParameterValueException", "Invalid filter pattern"),
    ({"EventSourceArn": STREAM, "StartingPosition": "LATEST"}, "InvalidParameterValueException", "Stream not found: " + STREAM),
    ({"EventSourceArn": "QUEUE", "BatchSize": 11}, "InvalidParameterValueException", "Maximum batch window in seconds must be greater than 0"),
    ({"EventSourceArn": "QUEUE", "ParallelizationFactor": 2}, "InvalidParameterValueException", "ParallelizationFactor"),
    ({"EventSourceArn": "QUEUE", "Function": {"Timeout": 6}}, "InvalidParameterValueException", "Queue visibility timeout: 5 seconds is less than Function timeout: 6 seconds"),
    ({"EventSourceArn": "QUEUE", "Function": {"role": "powerless"}}, "InvalidParameterValueException", "does not have permissions to call ReceiveMessage on SQS"),
    ({"EventSourceArn": "STREAM", "StartingPosition": "LATEST", "Function": {"role": "powerless"}}, "InvalidParameterValueException", "Cannot access stream"),
    ({"EventSourceArn": "arn:aws:kinesis:eu-west-1:000000000000:stream/s"}, "InvalidParameterValueException", "kinesis are not supported by Thimble"),
    ({"EventSourceArn": "QUEUE-none"}, "InvalidParameterValueException", "NonExistentQueue"),
]


def test_refusals(server, receiver):
    _, stream = table(server)
    _, arn = queue(server)
    plain = function(server, receiver)
    for given, code, words in REFUSED:
        given = dict(given)
        own = given.pop("Function", None)
        name = function(server, receiver, **own) if own else plain
        given["EventSourceArn"] = {"STREAM": stream, "QUEUE": arn, "QUEUE-none": arn + "x"}.get(given["EventSourceArn"], given["EventSourceArn"])
        with pytest.raises(ClientError) as refused:
            server.client("lambda").create_event_source_mapping(FunctionName=name, **given)
        assert refused.value.response["Error"]["Code"] == code, given
        assert words in refused.value.response["Error"]["Message"], given
    made = mapping(server, arn, plain)
    with pytest.raises(ClientError, match="already exists. Please update or delete the existing mapping with UUID " + made["UUID"]):
        mapping(server, arn, plain)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        server.client("lambda").get_event_source_mapping(UUID=str(uuid.uuid4()))


def test_nothing_is_lost_when_the_server_is_killed(ears, receiver):
    server = Server(options=ears.options).start()
    try:
        make_role(server, "sources", *ACTIONS)
        name, stream = table(server)
        url, arn = queue(server, VisibilityTimeout="2")
        target = function(server, receiver, Timeout=2)
        mapping(server, stream, target, StartingPosition="TRIM_HORIZON", BatchSize=3)
        mapping(server, arn, target, BatchSize=3)
        expected = set()
        for round_ in range(4):
            for number in range(10):
                put(server, name, f"item-{round_}-{number}")
                server.client("sqs").send_message(QueueUrl=url, MessageBody=f"message-{round_}-{number}")
                expected |= {f"item-{round_}-{number}", f"message-{round_}-{number}"}
            server.kill()
            server.start()
        receiver.wait(lambda told: expected <= set(ids(told)), seconds=120)
        items = [each for each in ids(receiver.told) if each.startswith("item")]
        firsts = list(dict.fromkeys(items))
        assert firsts == [f"item-{r}-{n}" for r in range(4) for n in range(10)], "first seen in order"
        deadline = time.monotonic() + 60
        while left(server, url):
            assert time.monotonic() < deadline, "processed messages are deleted"
            time.sleep(0.1)
    finally:
        server.remove()


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: p, AttributeType: S}]
      KeySchema: [{AttributeName: p, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Queue:
    Type: AWS::SQS::Queue
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Timeout: 5
      InlineCode: |
SOURCE
      Events:
        Changes:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: TRIM_HORIZON, BatchSize: 5}
        Messages:
          Type: SQS
          Properties: {Queue: !GetAtt Queue.Arn, BatchSize: 5}
Outputs:
  Table: {Value: !Ref Table}
  Queue: {Value: !Ref Queue}
  Function: {Value: !Ref Function}
"""


def test_event_sources_of_a_serverless_template(server, receiver):
    source = receiver.source + "REPORTS = False\n" + SOURCE
    body = TEMPLATE.replace("SOURCE", "\n".join(" " * 8 + line for line in source.splitlines()))
    stacks = server.client("cloudformation")
    stack = "sources-" + uuid.uuid4().hex[:6]
    stacks.create_stack(StackName=stack, TemplateBody=body, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    stacks.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stacks.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]}
    put(server, outputs["Table"], "item")
    server.client("sqs").send_message(QueueUrl=outputs["Queue"], MessageBody="message")
    receiver.wait(lambda told: {"item", "message"} <= set(ids(told)))
    stacks.delete_stack(StackName=stack)
    stacks.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    left_over = server.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert not [m for m in left_over if outputs["Function"] in m["FunctionArn"] and m["State"] != "Deleting"]
