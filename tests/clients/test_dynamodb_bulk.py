"""Bulk operations: items from files in S3 put into a table that is there, through boto3; a kill -9 loses nothing and puts nothing twice."""
import base64
import gzip
import hashlib
import json
import time
import uuid

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from support.server import Server

REGION = "eu-west-1"
TABLE = {"AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "N"}, {"AttributeName": "g", "AttributeType": "S"}],
         "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}], "BillingMode": "PAY_PER_REQUEST",
         "GlobalSecondaryIndexes": [{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}],
         "LocalSecondaryIndexes": [{"IndexName": "loc", "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "g", "KeyType": "RANGE"}],
                                    "Projection": {"ProjectionType": "KEYS_ONLY"}}],
         "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
ENDED = {"COMPLETED", "COMPLETED_WITH_ERRORS", "CANCELLED", "FAILED"}


def new_name():
    return "b-" + uuid.uuid4().hex[:10]


@pytest.fixture(scope="module")
def client(server):
    return server.client("dynamodb")


@pytest.fixture(scope="module")
def s3(server):
    return server.client("s3")


def make_bucket(s3):
    name = new_name()
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


@pytest.fixture
def bucket(s3):
    return make_bucket(s3)


def make_table(client, **more):
    name = new_name()
    client.create_table(TableName=name, **{**TABLE, **more})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


@pytest.fixture
def table(client):
    return make_table(client)


def request(table, bucket, form="DYNAMODB_JSON", compression=None, output=(), types=("ERROR", "CONDITION_CHECK_FAILURE"), **more):
    source = {"S3Bucket": bucket, "S3KeyPrefix": "in/", "InputFormat": form}
    if compression:
        source["InputCompressionType"] = compression
    return dict(TableName=table, InputS3Configuration=source, OutputS3Configuration={"S3Bucket": bucket, "S3KeyPrefix": "out", "OutputType": list(types), **dict(output)}, **more)


def describe(client, arn):
    return client.describe_bulk_operation(BulkOperationArn=arn)["BulkOperationDescription"]


def ended(client, arn):
    deadline = time.monotonic() + 120
    while True:
        found = describe(client, arn)
        if found["BulkOperationStatus"] in ENDED:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def run(client, **parameters):
    return ended(client, client.start_bulk_put_items(**parameters)["BulkOperationDescription"]["BulkOperationArn"])


def error_of(function, **parameters):
    with pytest.raises(ClientError) as failed:
        function(**parameters)
    return failed.value.response["Error"]["Code"], failed.value.response["Error"]["Message"]


def scan(client, table, **more):
    pages = client.get_paginator("scan").paginate(TableName=table, **more)
    return sorted([each for page in pages for each in page["Items"]], key=lambda item: (item["p"]["S"], int(item["s"]["N"])))


def stream_records(server, client, table):
    streams = server.client("dynamodbstreams")
    arn = client.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    records = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while True:
            page = streams.get_records(ShardIterator=iterator)
            if not page["Records"]:
                break
            records += page["Records"]
            iterator = page["NextShardIterator"]
    return records


def report(s3, bucket, done, kind):
    """The lines of one type, by way of the manifests."""
    folder = "out/AWSDynamoDB/" + done["BulkOperationArn"].rsplit("/", 1)[1] + "/"

    def read(key):
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    summary = read(folder + "manifest-summary.json")
    assert read(folder + "manifest-summary.md5") == base64.b64encode(hashlib.md5(summary).digest())
    summary = json.loads(summary)
    assert (summary["processedItemCount"], summary["failedItemCount"]) == (done["ProcessedItemCount"], done["FailedItemCount"])
    lines = []
    for each in map(json.loads, read(summary["manifestFilesS3Key"]).splitlines()):
        content = read(each["dataFileS3Key"])
        assert each["md5Checksum"] == base64.b64encode(hashlib.md5(content).digest()).decode()
        found = gzip.decompress(content).splitlines()
        assert len(found) == each["itemCount"]
        if each["outputType"] == kind:
            lines += map(json.loads, found)
    return lines


def line(p, s, **attributes):
    return json.dumps({"Item": {"p": {"S": p}, "s": {"N": str(s)}, **attributes}})


ITEMS = [{"p": {"S": "a"}, "s": {"N": "1"}, "g": {"S": "x"}, "bytes": {"B": b"\x00\xff"}, "set": {"SS": ["q", "r"]}},
         {"p": {"S": "a"}, "s": {"N": "2"}, "deep": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": False}]}}}}]
JSON_LINES = b"""{"Item":{"p":{"S":"a"},"s":{"N":"1"},"g":{"S":"x"},"bytes":{"B":"AP8="},"set":{"SS":["q","r"]}}}\r

{"Item":{"p":{"S":"a"},"s":{"N":"2"},"deep":{"M":{"list":{"L":[{"NULL":true},{"BOOL":false}]}}}}}"""
ION_STRUCTS = b"""$ion_1_0 {Item:{p:"a",s:1.,g:"x",bytes:{{AP8=}},set:$dynamodb_SS::["q","r"]}}
// A sequence of structs, over lines as it likes: }
{
  Item: {
    p: "a", s: 2,
    deep: {list: [null, false]}
  }
}
"""


def zstd(content):
    """A frame of one raw block, whose size the header tells (RFC 8878)."""
    assert 256 > len(content)
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(content)]) + ((len(content) << 3) | 1).to_bytes(3, "little") + content


@pytest.mark.parametrize("form, content", [("DYNAMODB_JSON", JSON_LINES), ("ION", ION_STRUCTS)], ids=["json", "ion"])
@pytest.mark.parametrize("compression, pack", [(None, bytes), ("NONE", bytes), ("GZIP", gzip.compress), ("ZSTD", zstd)], ids=["unset", "none", "gzip", "zstd"])
def test_files_of_each_form_are_put(client, s3, bucket, table, form, content, compression, pack):
    packed = pack(content)
    s3.put_object(Bucket=bucket, Key="in/1", Body=packed)
    s3.put_object(Bucket=bucket, Key="in/empty", Body=b"")
    s3.put_object(Bucket=bucket, Key="other", Body=b"other")
    done = run(client, **request(table, bucket, form, compression, MaxWriteRequestUnits=5000, PerformanceTier="ACCELERATED"))
    assert done["BulkOperationStatus"] == "COMPLETED" and scan(client, table) == ITEMS
    assert scan(client, table, IndexName="by-g") == ITEMS[:1]
    assert (done["ProcessedItemCount"], done["FailedItemCount"], done["ProcessedInputBytes"], done["TotalInputBytes"]) == (2, 0, len(packed), len(packed))
    assert (done["MaxWriteRequestUnits"], done["PerformanceTier"]) == (5000, "ACCELERATED")
    assert done["InputS3Configuration"] == {"S3Bucket": bucket, "S3BucketOwner": "000000000000", "S3KeyPrefix": "in/", "InputFormat": form,
                                            "InputCompressionType": compression or "NONE"}
    assert done["EndTime"] >= done["StartTime"] and "FailureCode" not in done
    # As DynamoDB counts items: names, values, and what lists and maps take more.
    sizes = {"table": 19 + 24, "by-g": 19, "loc": 7}
    usage, = done["BulkOperationUsage"]
    assert usage["TableName"] == table
    assert usage["BulkPutBytes"] == usage["Table"]["BulkPutBytes"] + usage["GlobalSecondaryIndexes"]["by-g"]["BulkPutBytes"] + usage["LocalSecondaryIndexes"]["loc"]["BulkPutBytes"]
    assert {"table": usage["Table"]["BulkPutBytes"], "by-g": usage["GlobalSecondaryIndexes"]["by-g"]["BulkPutBytes"],
            "loc": usage["LocalSecondaryIndexes"]["loc"]["BulkPutBytes"]} == sizes
    assert report(s3, bucket, done, "ERROR") == report(s3, bucket, done, "CONDITION_CHECK_FAILURE") == []


def test_vector_indexes_have_what_is_put(client, s3, bucket):
    index = {"IndexName": "vix", "VectorAttribute": {"AttributeName": "v"}, "Dimensions": 512, "DistanceFunction": "EUCLIDEAN",
             "Projection": {"ProjectionType": "KEYS_ONLY"}}
    table = make_table(client, VectorIndexes=[index])
    vector = [{"N": str(number)} for number in range(512)]
    s3.put_object(Bucket=bucket, Key="in/1", Body="\n".join([line("a", 1, v={"L": vector}), line("a", 2), line("a", 3, v={"L": vector[:3]})]))
    done = run(client, **request(table, bucket))
    assert done["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS" and (done["ProcessedItemCount"], done["FailedItemCount"]) == (3, 1)
    found = client.search_vectors(TableName=table, IndexName="vix", SearchVector=vector, TopK=5)["SearchResults"]
    assert [(each["Item"]["s"]["N"], each["Score"]) for each in found] == [("1", 0)]
    usage, = done["BulkOperationUsage"]
    # Four bytes a dimension, the vector's name, and the keys p, a, s and 1. No bytes of vectors are among the others.
    assert usage["VectorIndexes"] == {"vix": {"BulkPutVectorBytes": 4 * 512 + 1 + 5}}
    assert usage["BulkPutBytes"] == usage["Table"]["BulkPutBytes"]


def test_items_are_replaced_and_the_stream_tells_of_each(server, client, s3, bucket, table):
    client.put_item(TableName=table, Item={"p": {"S": "a"}, "s": {"N": "1"}, "g": {"S": "old"}})
    s3.put_object(Bucket=bucket, Key="in/1", Body="\n".join([line("a", 1, g={"S": "new"}), line("a", 2), line("a", 2, n={"N": "2"})]))
    done = run(client, **request(client.describe_table(TableName=table)["Table"]["TableArn"], bucket))
    assert done["BulkOperationStatus"] == "COMPLETED" and done["ProcessedItemCount"] == 3
    assert [(each["g"]["S"]) for each in scan(client, table, IndexName="by-g")] == ["new"]
    # The later of two in a file is what stays.
    assert scan(client, table)[1] == {"p": {"S": "a"}, "s": {"N": "2"}, "n": {"N": "2"}}
    assert [each["eventName"] for each in stream_records(server, client, table)] == ["INSERT", "MODIFY", "INSERT", "MODIFY"]


def test_what_is_wrong_with_items_is_reported(client, s3, bucket, table):
    wrong = [("no JSON", "Unexpected token"), ("{}", "Expected 'Item' top level container"), ('{"Item":[]}', "Expected 'Item' top level container"),
             ('{"Item":{"p":{"S":"a"}}}', "One or more parameter values were invalid: Missing the key s in the item"),
             ('{"Item":{"p":{"S":"a"},"s":{"S":"1"}}}', "One or more parameter values were invalid: Type mismatch for key s expected: N actual: S"),
             (line("a", 9, x={"S": "x" * 410_000}), "Item size has exceeded the maximum allowed size"),
             (line("a", 9, g={"N": "1"}), "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g"),
             ('{"Item":{"p":{"S":"a"},"s":{"N":"9"}},"ConditionExpresion":"attribute_exists(p)"}', "Unexpected value of 'ConditionExpresion'"),
             ('{"Item":{"p":{"S":"a"},"s":{"N":"9"}},"ConditionExpression":7}', "Unexpected value of 'ConditionExpression'"),
             ('{"Item":{"p":{"S":"a"},"s":{"N":"9"}},"ConditionExpression":"p = :v"}',
              "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :v")]
    s3.put_object(Bucket=bucket, Key="in/1", Body="\n".join([line("a", 1)] + [text for text, _ in wrong] + [line("a", 2)]))
    s3.put_object(Bucket=bucket, Key="in/2", Body=line("b", 1))
    done = run(client, **request(table, bucket))
    assert done["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS" and "FailureCode" not in done
    assert (done["ProcessedItemCount"], done["FailedItemCount"]) == (len(wrong) + 3, len(wrong))
    assert report(s3, bucket, done, "ERROR") == [
        {"itemS3Pointer": {"bucket": bucket, "key": "in/1", "itemIndex": index}, "bulkOperationArn": done["BulkOperationArn"], "errorMessages": [message]}
        for index, (_, message) in enumerate(wrong, 1)]
    assert [(each["p"]["S"], each["s"]["N"]) for each in scan(client, table)] == [("a", "1"), ("a", "2"), ("b", "1")]
    # They are counted when nobody wants to read of them.
    unread = run(client, **request(table, bucket, types=["CONDITION_CHECK_FAILURE"]))
    assert (unread["BulkOperationStatus"], unread["FailedItemCount"]) == ("COMPLETED_WITH_ERRORS", len(wrong))
    assert report(s3, bucket, unread, "ERROR") == []


def test_an_object_that_cannot_be_read_is_one_error(client, s3, bucket, table):
    s3.put_object(Bucket=bucket, Key="in/1", Body=b"this is no gzip")
    s3.put_object(Bucket=bucket, Key="in/2", Body=gzip.compress(line("a", 1).encode()))
    done = run(client, **request(table, bucket, compression="GZIP"))
    assert (done["BulkOperationStatus"], done["ProcessedItemCount"], done["FailedItemCount"]) == ("COMPLETED_WITH_ERRORS", 2, 1)
    assert [(each["itemS3Pointer"]["key"], each["errorMessages"]) for each in report(s3, bucket, done, "ERROR")] == [("in/1", ["The object is not in GZIP format"])]
    assert len(scan(client, table)) == 1


def test_ion_that_is_none_stops_its_object(client, s3, bucket, table):
    s3.put_object(Bucket=bucket, Key="in/1", Body=b'{Item:{p:"a",s:1}}\n{Item:{p:"a",s:"one"}} {Other:1}\nno Ion {\n{Item:{p:"a",s:2}}\n')
    s3.put_object(Bucket=bucket, Key="in/2", Body=b'\xe0\x01\x00\xea\x00\n{Item:{p:"a",s:3}}')
    s3.put_object(Bucket=bucket, Key="in/3", Body=b'{Item:{p:"a",s:4}}')
    done = run(client, **request(table, bucket, "ION"))
    assert [each["errorMessages"][0] for each in report(s3, bucket, done, "ERROR")] == [
        "One or more parameter values were invalid: Type mismatch for key s expected: N actual: S", "Expected 'Item' top level container", "Unexpected token",
        "Thimble does not implement binary Ion yet."]
    assert [each["s"]["N"] for each in scan(client, table)] == ["1", "4"] and done["ProcessedItemCount"] == 6


CONDITIONS = {
    "DYNAMODB_JSON": "\n".join([
        '{"Item":{"p":{"S":"a"},"s":{"N":"1"},"v":{"B":"AAE="}},"ConditionExpression":"attribute_not_exists(p)"}',
        '{"Item":{"p":{"S":"a"},"s":{"N":"2"},"v":{"N":"2"}},"ConditionExpression":"attribute_not_exists(p)"}',
        '{"Item":{"p":{"S":"a"},"s":{"N":"3"},"v":{"N":"3"}},"ConditionExpression":"attribute_exists(p)"}',
        '{"Item":{"p":{"S":"a"},"s":{"N":"1"},"v":{"N":"4"}},"ConditionExpression":"#v < :v","ExpressionAttributeNames":{"#v":"v"},"ExpressionAttributeValues":{":v":{"N":"5"}}}']),
    "ION": """
        {Item:{p:"a",s:1,v:{{AAE=}}},ConditionExpression:"attribute_not_exists(p)"}
        {Item:{p:"a",s:2,v:2},ConditionExpression:"attribute_not_exists(p)"}
        {Item:{p:"a",s:3,v:3},ConditionExpression:"attribute_exists(p)"}
        {Item:{p:"a",s:1,v:4},ConditionExpression:"#v < :v",ExpressionAttributeNames:{'#v':"v"},ExpressionAttributeValues:{':v':5}}"""}


@pytest.mark.parametrize("form", CONDITIONS)
def test_conditions_decide_and_their_failures_are_reported(client, s3, bucket, table, form):
    client.put_item(TableName=table, Item={"p": {"S": "a"}, "s": {"N": "1"}, "v": {"N": "0"}})
    s3.put_object(Bucket=bucket, Key="in/1", Body=CONDITIONS[form])
    done = run(client, **request(table, bucket, form))
    # Conditions that fail are no errors.
    assert (done["BulkOperationStatus"], done["ProcessedItemCount"], done["FailedItemCount"]) == ("COMPLETED", 4, 0)
    assert scan(client, table) == [{"p": {"S": "a"}, "s": {"N": "1"}, "v": {"N": "4"}}, {"p": {"S": "a"}, "s": {"N": "2"}, "v": {"N": "2"}}]
    pointer = {"bucket": bucket, "key": "in/1"}
    assert report(s3, bucket, done, "CONDITION_CHECK_FAILURE") == [
        {"itemS3Pointer": {**pointer, "itemIndex": 0}, "bulkOperationArn": done["BulkOperationArn"], "errorMessages": ["The conditional request failed"],
         "item": {"p": {"S": "a"}, "s": {"N": "1"}, "v": {"B": "AAE="}}, "existingItem": {"p": {"S": "a"}, "s": {"N": "1"}, "v": {"N": "0"}}},
        {"itemS3Pointer": {**pointer, "itemIndex": 2}, "bulkOperationArn": done["BulkOperationArn"], "errorMessages": ["The conditional request failed"],
         "item": {"p": {"S": "a"}, "s": {"N": "3"}, "v": {"N": "3"}}}]


REFUSED = [
    ("no-bucket", {"output": {"S3Bucket": None}}, "ValidationException", "outputS3Configuration.s3Bucket"),
    ("no-types", {"types": ()}, "ValidationException", "outputS3Configuration.outputType"),
    ("key-without-kms", {"output": {"S3SseAlgorithm": "AES256", "S3SseKmsKeyId": "k"}}, "ValidationException",
     "Invalid Request: KMS Key Id is not supported for this encryption type"),
    ("rate", {"MaxWriteRequestUnits": 1023}, "ValidationException", "1024"),
    ("format", {"form": "CSV"}, "ValidationException", "CSV"),
    ("no-table", {"table": "missing-table"}, "ResourceNotFoundException", "Requested resource not found: Table: missing-table not found"),
]


@pytest.mark.parametrize("change, code, text", [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_requests_that_cannot_be_are_refused(server, table, change, code, text):
    client = server.client("dynamodb", config=Config(parameter_validation=False))
    parameters = request(**{"table": table, "bucket": "no-such-bucket", **change})
    output = parameters["OutputS3Configuration"]
    parameters["OutputS3Configuration"] = {name: value for name, value in output.items() if value is not None}
    found = error_of(client.start_bulk_put_items, **parameters)
    assert found[0] == code and text in found[1]


def test_tables_that_cannot_be_written_to_yet_are_refused(client, bucket):
    name = new_name()
    client.create_table(TableName=name, **TABLE)
    assert error_of(client.start_bulk_put_items, **request(name, bucket)) == (
        "ResourceInUseException", "Attempt to change a resource which is still in use: Table is being created: " + name)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    client.delete_table(TableName=name)
    assert error_of(client.start_bulk_put_items, **request(name, bucket)) == (
        "ResourceInUseException", "Attempt to change a resource which is still in use: Table is being deleted: " + name)


def test_deletion_protection_does_not_keep_items_out(client, s3, bucket):
    table = make_table(client, DeletionProtectionEnabled=True)
    s3.put_object(Bucket=bucket, Key="in/1", Body=line("a", 1))
    assert run(client, **request(table, bucket))["BulkOperationStatus"] == "COMPLETED" and len(scan(client, table)) == 1


def test_operations_fail_as_s3_does(client, s3, bucket, table):
    s3.put_object(Bucket=bucket, Key="in/1", Body=line("a", 1))
    for change in ({"InputS3Configuration": {"S3Bucket": "nowhere-" + bucket, "InputFormat": "ION"}},
                   {"OutputS3Configuration": {"S3Bucket": "nowhere-" + bucket, "OutputType": ["ERROR"]}}):
        failed = run(client, **{**request(table, bucket), **change})
        assert (failed["BulkOperationStatus"], failed["FailureCode"], failed["FailureMessage"]) == ("FAILED", "S3NoSuchBucket", "The specified bucket does not exist")
        assert failed["ProcessedItemCount"] == 0
    assert scan(client, table) == []
    # An empty input is put at once.
    empty = run(client, **{**request(table, bucket), "InputS3Configuration": {"S3Bucket": bucket, "S3KeyPrefix": "none/", "InputFormat": "ION"}})
    assert (empty["BulkOperationStatus"], empty["TotalInputBytes"], empty["ProcessedItemCount"]) == ("COMPLETED", 0, 0)


def slow(client, s3, bucket, table, objects=3, **more):
    """An operation that takes some seconds: 1024 write request units a second for `objects` of 1500 items, each of which is in no index."""
    for number in range(objects):
        s3.put_object(Bucket=bucket, Key=f"in/{number}", Body=gzip.compress("\n".join(line(str(number), index) for index in range(1500)).encode()))
    return client.start_bulk_put_items(**request(table, bucket, compression="GZIP", MaxWriteRequestUnits=1024, **more))["BulkOperationDescription"]["BulkOperationArn"]


def wait_for_items(client, arn, count):
    deadline = time.monotonic() + 120
    while describe(client, arn)["ProcessedItemCount"] < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return describe(client, arn)


def test_an_operation_is_cancelled(client, s3, bucket, table):
    arn = slow(client, s3, bucket, table)
    under_way = wait_for_items(client, arn, 200)
    assert under_way["BulkOperationStatus"] == "IN_PROGRESS" and "EndTime" not in under_way
    assert 0 < under_way["ProcessedInputBytes"] < under_way["TotalInputBytes"]
    answer = client.cancel_bulk_operation(BulkOperationArn=arn)
    assert (answer["BulkOperationArn"], answer["BulkOperationStatus"]) == (arn, "CANCELLING")
    done = ended(client, arn)
    assert (done["BulkOperationStatus"], done["FailureCode"]) == ("CANCELLED", "OperationCancelled")
    # What was put stays, and nothing comes after it.
    items = len(scan(client, table))
    assert 200 <= items == done["ProcessedItemCount"] < 4500
    time.sleep(1)
    assert len(scan(client, table)) == items
    assert error_of(client.cancel_bulk_operation, BulkOperationArn=arn) == ("ResourceNotFoundException", "Bulk operation is not in progress: " + arn)
    assert report(s3, bucket, done, "ERROR") == []


def test_the_rate_is_kept(client, s3, bucket, table):
    begun = time.monotonic()
    assert ended(client, slow(client, s3, bucket, table, 2))["BulkOperationStatus"] == "COMPLETED"
    # 3000 units, and the last commit waits for nothing.
    assert time.monotonic() - begun > 2


def test_an_operation_fails_when_its_table_goes_or_its_objects_change(client, s3, bucket, table):
    arn = slow(client, s3, bucket, table)
    wait_for_items(client, arn, 200)
    s3.put_object(Bucket=bucket, Key="in/2", Body=b"changed")
    failed = ended(client, arn)
    assert (failed["BulkOperationStatus"], failed["FailureCode"]) == ("FAILED", "PreconditionFailed")
    assert len(scan(client, table)) == failed["ProcessedItemCount"] == 3000
    arn = slow(client, s3, bucket, table)
    wait_for_items(client, arn, 200)
    client.delete_table(TableName=table)
    failed = ended(client, arn)
    assert (failed["BulkOperationStatus"], failed["FailureCode"]) == ("FAILED", "ResourceNotFoundException")


def test_no_more_than_fifty_are_in_progress(server):
    client, s3 = (server.client(service, aws_access_key_id="123400005679") for service in ("dynamodb", "s3"))
    bucket, table = make_bucket(s3), make_table(client)
    # 300 units each: what is under the rate for a second.
    s3.put_object(Bucket=bucket, Key="in/1", Body="\n".join(line("a", index, x={"S": "x" * 300_000}) for index in range(40)))
    started = [client.start_bulk_put_items(**request(table, bucket, MaxWriteRequestUnits=1024))["BulkOperationDescription"]["BulkOperationArn"] for _ in range(50)]
    assert error_of(client.start_bulk_put_items, **request(table, bucket)) == (
        "LimitExceededException", "Subscriber limit exceeded: Only 50 bulk operations can be in progress simultaneously")
    for arn in started:
        client.cancel_bulk_operation(BulkOperationArn=arn)
    assert {ended(client, arn)["BulkOperationStatus"] for arn in started} == {"CANCELLED"}
    assert client.start_bulk_put_items(**request(table, bucket))["BulkOperationDescription"]["BulkOperationStatus"] == "IN_PROGRESS"


@pytest.mark.parametrize("output, algorithm", [({}, "AES256"), ({"S3SseAlgorithm": "AES256"}, "AES256"), ({"S3SseAlgorithm": "KMS"}, "aws:kms")])
def test_the_output_is_encrypted_as_asked(client, s3, bucket, table, output, algorithm):
    done = run(client, **request(table, bucket, output=output))
    assert done["BulkOperationStatus"] == "COMPLETED" and done["OutputS3Configuration"].get("S3SseAlgorithm") == output.get("S3SseAlgorithm")
    written = s3.list_objects_v2(Bucket=bucket, Prefix="out/")["Contents"]
    assert len(written) == 5 and {s3.head_object(Bucket=bucket, Key=each["Key"])["ServerSideEncryption"] for each in written} == {algorithm}


def test_a_token_starts_one_operation(client, s3, bucket, table):
    parameters = request(table, bucket, ClientToken="token-" + table)
    first = run(client, **parameters)
    assert first["ClientToken"] == parameters["ClientToken"]
    again = client.start_bulk_put_items(**parameters)["BulkOperationDescription"]
    assert again["BulkOperationArn"] == first["BulkOperationArn"] and again["BulkOperationStatus"] == "COMPLETED"
    by_arn = {**parameters, "TableName": client.describe_table(TableName=table)["Table"]["TableArn"]}
    assert client.start_bulk_put_items(**by_arn)["BulkOperationDescription"]["BulkOperationArn"] == first["BulkOperationArn"]
    assert error_of(client.start_bulk_put_items, **{**parameters, "PerformanceTier": "ACCELERATED"})[0] == "IdempotentParameterMismatchException"
    other = {key: value for key, value in parameters.items() if key != "ClientToken"}
    assert client.start_bulk_put_items(**other)["BulkOperationDescription"]["BulkOperationArn"] != first["BulkOperationArn"]


def test_operations_are_listed_the_latest_first(server, bucket):
    account = "123400005678"
    client, s3 = (server.client(service, aws_access_key_id=account) for service in ("dynamodb", "s3"))
    own = make_bucket(s3)
    tables = [make_table(client), make_table(client)]
    arns = [run(client, **request(tables[number % 2], own))["BulkOperationArn"] for number in range(12)]
    assert all(f":{account}:table/{tables[number % 2]}/" in arn for number, arn in enumerate(arns))
    first = client.list_bulk_operations()
    assert [each["BulkOperationArn"] for each in first["BulkOperationsSummaryList"]] == arns[:1:-1]
    assert {each["BulkOperationStatus"] for each in first["BulkOperationsSummaryList"]} == {"COMPLETED"}
    rest = client.list_bulk_operations(NextToken=first["NextToken"])
    assert [each["BulkOperationArn"] for each in rest["BulkOperationsSummaryList"]] == arns[1::-1] and "NextToken" not in rest
    pages, token = [], {}
    while True:
        page = client.list_bulk_operations(MaxResults=5, **token)
        pages.append([each["BulkOperationArn"] for each in page["BulkOperationsSummaryList"]])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert [len(page) for page in pages] == [5, 5, 2] and sum(pages, []) == arns[::-1]
    assert error_of(client.list_bulk_operations, NextToken="0" * 16) == ("ValidationException", "Invalid NextToken")
    # Of another account.
    missing = arns[0]
    assert error_of(server.client("dynamodb").describe_bulk_operation, BulkOperationArn=missing)[0] == "AccessDeniedException"
    for name in ("describe_bulk_operation", "cancel_bulk_operation"):
        unknown = missing[:-8] + "zzzzzzzz"
        assert error_of(getattr(client, name), BulkOperationArn=unknown) == ("ResourceNotFoundException", "Bulk operation not found: " + unknown)


def test_policies_limit_each_operation_and_its_calls_of_s3(server, client, s3, bucket, table):
    s3.put_object(Bucket=bucket, Key="in/1", Body=line("a", 1))
    iam = server.client("iam")
    user = new_name()
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    limited = server.client("dynamodb", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    arn = f"arn:aws:dynamodb:{REGION}:000000000000:table/{table}"

    def allow(*statements):
        iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]}))

    other = run(client, **request(table, bucket))["BulkOperationArn"]
    for call, input in ((limited.start_bulk_put_items, request(table, bucket)), (limited.describe_bulk_operation, {"BulkOperationArn": other}),
                        (limited.cancel_bulk_operation, {"BulkOperationArn": other}), (limited.list_bulk_operations, {})):
        assert error_of(call, **input)[0] == "AccessDeniedException"
    own = [("dynamodb:StartBulkPutItems", arn), ("dynamodb:DescribeBulkOperation", arn + "/bulk-operation/*")]
    output, listing = ("s3:PutObject", f"arn:aws:s3:::{bucket}/out/*"), ("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    for grants in ([], [output], [output, listing]):
        allow(*own, *grants)
        failed = run(limited, **request(table, bucket))
        assert (failed["BulkOperationStatus"], failed["FailureCode"]) == ("FAILED", "S3AccessDenied"), grants
    allow(*own, output, listing, ("s3:GetObject", f"arn:aws:s3:::{bucket}/in/*"))
    assert run(limited, **request(table, bucket))["BulkOperationStatus"] == "COMPLETED"


def test_an_operation_goes_on_after_kills():
    server = Server().start()
    try:
        s3, client = server.client("s3"), server.client("dynamodb")
        bucket, table = make_bucket(s3), make_table(client)
        # Conditions that fail for what was put already would show an item that is put twice, and the stream would show it.
        for number in range(3):
            lines = []
            for index in range(1500):
                lines.append('{"Item":{"p":{"S":"%d"},"s":{"N":"%d"}},"ConditionExpression":"attribute_not_exists(p)"}' % (number, index))
                if index % 100 == 0:
                    lines.append("no JSON")
            s3.put_object(Bucket=bucket, Key=f"in/{number}", Body=gzip.compress("\n".join(lines).encode()))
        arn = client.start_bulk_put_items(**request(table, bucket, compression="GZIP", MaxWriteRequestUnits=1024))["BulkOperationDescription"]["BulkOperationArn"]
        for count in (0, 300, 1800, 4200):
            wait_for_items(client, arn, count)
            server.kill()
            server.start()
            s3, client = server.client("s3"), server.client("dynamodb")
        done = ended(client, arn)
        assert (done["BulkOperationStatus"], done["ProcessedItemCount"], done["FailedItemCount"]) == ("COMPLETED_WITH_ERRORS", 4545, 45)
        assert done["ProcessedInputBytes"] == done["TotalInputBytes"]
        assert report(s3, bucket, done, "CONDITION_CHECK_FAILURE") == []
        pointers = [(each["itemS3Pointer"]["key"], each["itemS3Pointer"]["itemIndex"]) for each in report(s3, bucket, done, "ERROR")]
        assert pointers == [(f"in/{number}", 101 * each + 1) for number in range(3) for each in range(15)]
        assert len(scan(client, table)) == 4500
        assert len(stream_records(server, client, table)) == 4500
        assert done["BulkOperationUsage"][0]["Table"]["BulkPutBytes"] == done["BulkOperationUsage"][0]["BulkPutBytes"]
    finally:
        server.remove()
