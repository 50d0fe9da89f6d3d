"""Exports of tables to S3, through boto3."""
import base64
import gzip
import hashlib
import json
import time
import uuid

import pytest
from botocore.exceptions import ClientError

KEYS = {"AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "N"}],
        "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        "BillingMode": "PAY_PER_REQUEST"}


def new_name():
    return "t-" + uuid.uuid4().hex[:10]


@pytest.fixture(scope="module")
def client(server):
    return server.client("dynamodb")


@pytest.fixture(scope="module")
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3):
    name = new_name()
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def item(index):
    return {"p": {"S": f"p{index % 7}"}, "s": {"N": str(index)}, "text": {"S": "é" * (index % 50)},
            "bytes": {"B": bytes([index % 256, 255])}, "sets": {"BS": [b"\x00", b"\x01"]},
            "deep": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": False}, {"B": b"\xff"}]}}}}


def make_table(client, items=0, recovery=True):
    name = new_name()
    client.create_table(TableName=name, **KEYS)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    if recovery:
        client.update_continuous_backups(TableName=name,
                                         PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    for first in range(0, items, 25):
        client.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": item(index)}}
                                                     for index in range(first, min(first + 25, items))]})
    return client.describe_table(TableName=name)["Table"]["TableArn"]


def wait(describe, status):
    deadline = time.monotonic() + 60
    while True:
        found = describe()
        if found[status] != "IN_PROGRESS":
            return found
        assert time.monotonic() < deadline
        time.sleep(0.05)


def exported(client, **parameters):
    started = client.export_table_to_point_in_time(**parameters)["ExportDescription"]
    assert started["ExportStatus"] == "IN_PROGRESS"
    return wait(lambda: client.describe_export(ExportArn=started["ExportArn"])["ExportDescription"], "ExportStatus")


def error_of(function, **parameters):
    with pytest.raises(ClientError) as failed:
        function(**parameters)
    return failed.value.response["Error"]["Code"], failed.value.response["Error"]["Message"]


def read(s3, bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_an_export_is_files_of_items_and_manifests(client, s3, bucket):
    table = make_table(client, 1200)
    done = exported(client, TableArn=table, S3Bucket=bucket, S3Prefix="some/where")
    assert done["ExportStatus"] == "COMPLETED" and done["ItemCount"] == 1200
    folder = "some/where/AWSDynamoDB/" + done["ExportArn"].rsplit("/", 1)[1] + "/"
    assert done["ExportManifest"] == folder + "manifest-summary.json"
    summary = read(s3, bucket, done["ExportManifest"])
    assert read(s3, bucket, folder + "manifest-summary.md5") == base64.b64encode(hashlib.md5(summary).digest())
    summary = json.loads(summary)
    assert summary["itemCount"] == 1200 and summary["tableArn"] == table and summary["outputFormat"] == "DYNAMODB_JSON"
    assert summary["billedSizeBytes"] == done["BilledSizeBytes"] > 0
    files = read(s3, bucket, summary["manifestFilesS3Key"])
    assert read(s3, bucket, folder + "manifest-files.md5") == base64.b64encode(hashlib.md5(files).digest())
    lines = []
    for each in map(json.loads, files.splitlines()):
        content = read(s3, bucket, each["dataFileS3Key"])
        assert each["md5Checksum"] == base64.b64encode(hashlib.md5(content).digest()).decode()
        lines += gzip.decompress(content).splitlines()
    items = {line["Item"]["s"]["N"]: line["Item"] for line in map(json.loads, lines)}
    assert len(lines) == len(items) == 1200
    assert items["300"]["bytes"] == {"B": base64.b64encode(bytes([300 % 256, 255])).decode()}
    assert items["300"]["deep"] == {"M": {"list": {"L": [{"NULL": True}, {"BOOL": False}, {"B": "/w=="}]}}}
    assert client.list_exports(TableArn=table)["ExportSummaries"] == [
        {"ExportArn": done["ExportArn"], "ExportStatus": "COMPLETED", "ExportType": "FULL_EXPORT"}]


def test_exports_are_listed_and_made_once_a_token(client, bucket):
    table = make_table(client)
    arns = [exported(client, TableArn=table, S3Bucket=bucket, ClientToken=str(token))["ExportArn"] for token in range(3)]
    again = client.export_table_to_point_in_time(TableArn=table, S3Bucket=bucket, ClientToken="1")["ExportDescription"]
    assert again["ExportArn"] == arns[1] and again["ExportStatus"] == "COMPLETED" and again["ItemCount"] == 0
    assert error_of(client.export_table_to_point_in_time, TableArn=table, S3Bucket=bucket, S3Prefix="x",
                    ClientToken="1")[0] == "ExportConflictException"
    page = client.list_exports(TableArn=table, MaxResults=2)
    rest = client.list_exports(TableArn=table, MaxResults=2, NextToken=page["NextToken"])
    assert [each["ExportArn"] for each in page["ExportSummaries"] + rest["ExportSummaries"]] == arns
    assert "NextToken" not in rest


def test_exports_that_cannot_be_are_refused_or_fail(server, client, bucket):
    table = make_table(client)
    failed = exported(client, TableArn=table, S3Bucket="nowhere-" + bucket)
    assert (failed["ExportStatus"], failed["FailureCode"], failed["FailureMessage"]) == \
        ("FAILED", "S3NoSuchBucket", "The specified bucket does not exist")
    unprepared = make_table(client, recovery=False)
    assert error_of(client.export_table_to_point_in_time, TableArn=unprepared, S3Bucket=bucket) == (
        "PointInTimeRecoveryUnavailableException",
        "Point in time recovery is not enabled for table '" + unprepared.rsplit("/", 1)[1] + "'")
    assert error_of(client.export_table_to_point_in_time, TableArn=table + "x", S3Bucket=bucket) == \
        ("TableNotFoundException", f"Table not found: {table}x")
    assert error_of(client.describe_export, ExportArn=table + "/export/01234567890123-abcdefgh") == \
        ("ExportNotFoundException", f"Export not found: {table}/export/01234567890123-abcdefgh")
    for more in ({"ExportType": "INCREMENTAL_EXPORT"}, {"ExportFormat": "ION"}, {"ExportTime": time.time() - 3600}):
        assert error_of(client.export_table_to_point_in_time, TableArn=table, S3Bucket=bucket, **more)[0] == "NotImplemented"
    assert error_of(client.export_table_to_point_in_time, TableArn=table, S3Bucket=bucket,
                    ExportTime=time.time() + 3600)[0] == "InvalidExportTimeException"


def test_an_export_writes_as_its_caller(server, client, bucket):
    table = make_table(client, 1)
    iam = server.client("iam")
    iam.create_user(UserName=bucket)
    iam.put_user_policy(UserName=bucket, PolicyName="exports", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
            {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/mine/*"}]}))
    key = iam.create_access_key(UserName=bucket)["AccessKey"]
    user = server.client("dynamodb", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert exported(user, TableArn=table, S3Bucket=bucket, S3Prefix="mine")["ExportStatus"] == "COMPLETED"
    failed = exported(user, TableArn=table, S3Bucket=bucket)
    assert (failed["ExportStatus"], failed["FailureCode"]) == ("FAILED", "AccessDenied")
