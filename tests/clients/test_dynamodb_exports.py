"""Exports of tables to S3 and imports from there, through boto3; a kill -9 loses nothing."""
import base64
import gzip
import hashlib
import json
import time
import uuid
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from support.server import Server

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


def test_an_export_has_the_items_of_its_time(client, s3, bucket):
    table = make_table(client, 3)

    def latest():
        description = client.describe_continuous_backups(TableName=table.rsplit("/", 1)[1])["ContinuousBackupsDescription"]
        return description["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"]

    # boto3 sends whole seconds: the one that begins after these items and before what follows.
    written = latest()
    while latest() <= (then := (written + timedelta(seconds=1)).replace(microsecond=0)):
        pass
    client.delete_item(TableName=table, Key={each: item(0)[each] for each in ("p", "s")})
    client.put_item(TableName=table, Item={**item(1), "text": {"S": "later"}})
    client.put_item(TableName=table, Item=item(4))
    for when, wanted in ((then, {"0": "", "1": "é", "2": "éé"}), (None, {"1": "later", "2": "éé", "4": "éééé"})):
        done = exported(client, TableArn=table, S3Bucket=bucket, **({"ExportTime": when} if when else {}))
        assert when is None or done["ExportTime"] == when
        files = s3.list_objects_v2(Bucket=bucket, Prefix=done["ExportManifest"].rsplit("/", 1)[0] + "/data/")["Contents"]
        lines = b"".join(gzip.decompress(read(s3, bucket, each["Key"])) for each in files).splitlines()
        assert {each["Item"]["s"]["N"]: each["Item"]["text"]["S"] for each in map(json.loads, lines)} == wanted


def test_an_export_has_the_items_and_attributes_that_are_asked_for(client, s3, bucket):
    table = make_table(client, 1200)
    whole = exported(client, TableArn=table, S3Bucket=bucket)["BilledSizeBytes"]
    values = {":one": {"S": "p1"}, ":most": {"N": "100"}, ":bytes": {"B": bytes([43, 255])}}

    def found(*used, **expressions):
        specification = {**expressions, "ExpressionAttributeValues": {name: values[name] for name in used}}
        done = exported(client, TableArn=table, S3Bucket=bucket, FilterSpecification=specification)
        assert done["ExportStatus"] == "COMPLETED" and done["FilterSpecification"] == specification
        files = s3.list_objects_v2(Bucket=bucket, Prefix=done["ExportManifest"].rsplit("/", 1)[0] + "/data/")["Contents"]
        lines = b"".join(gzip.decompress(read(s3, bucket, each["Key"])) for each in files).splitlines()
        assert len(lines) == done["ItemCount"]
        return [json.loads(line)["Item"] for line in lines], done["BilledSizeBytes"]

    items, billed = found(":one", ":most", KeyConditionExpression="p = :one AND s < :most", ProjectionExpression="s, deep.#l[0]",
                          ExpressionAttributeNames={"#l": "list"})
    assert items == [{"s": {"N": str(number)}, "deep": {"M": {"list": {"L": [{"NULL": True}]}}}} for number in range(1, 100, 7)]
    assert 0 < billed < whole / 20
    # A filter is looked at after the reading that is paid for, and may name keys where no condition on keys stands.
    items, billed = found(":one", ":bytes", FilterExpression="p = :one AND #b = :bytes", ExpressionAttributeNames={"#b": "bytes"})
    assert [each["s"]["N"] for each in items] == ["43"] and billed == whole
    assert found(":bytes", FilterExpression="p = :bytes") == ([], whole)


@pytest.mark.parametrize("message, specification", [
    ("Filter Expression can only contain non-primary key attributes: Primary key attribute: s",
     {"KeyConditionExpression": "p = :a", "FilterExpression": "s > :b", "ExpressionAttributeValues": {":a": {"S": "a"}, ":b": {"N": "1"}}}),
    ("Query condition missed key schema element: p",
     {"KeyConditionExpression": "s = :b", "ExpressionAttributeValues": {":b": {"N": "1"}}}),
    ("ExpressionAttributeValues can only be specified when using expressions: FilterExpression and KeyConditionExpression are null",
     {"ProjectionExpression": "p", "ExpressionAttributeValues": {":a": {"S": "a"}}}),
    ("ExpressionAttributeNames can only be specified when using expressions", {"ExpressionAttributeNames": {"#a": "a"}}),
    ("Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; "
     "path one: [a], path two: [a, b]", {"ProjectionExpression": "a, a.b"}),
])
def test_filters_of_exports_that_are_none(client, bucket, message, specification):
    table = make_table(client)
    assert error_of(client.export_table_to_point_in_time, TableArn=table, S3Bucket=bucket, FilterSpecification=specification) == (
        "ValidationException", message)
    client.delete_table(TableName=table)


def test_exports_are_listed_and_made_once_a_token(client, bucket):
    table = make_table(client)
    arns = [exported(client, TableArn=table, S3Bucket=bucket, ClientToken=str(token))["ExportArn"] for token in range(3)]
    again = client.export_table_to_point_in_time(TableArn=table, S3Bucket=bucket, ClientToken="1")["ExportDescription"]
    assert again["ExportArn"] == arns[1] and again["ExportStatus"] == "COMPLETED" and again["ItemCount"] == 0
    assert error_of(client.export_table_to_point_in_time, TableArn=table, S3Bucket=bucket, S3Prefix="x",
                    ClientToken="1")[0] == "ExportConflictException"
    assert error_of(client.export_table_to_point_in_time, TableArn=table, S3Bucket=bucket, ClientToken="1",
                    FilterSpecification={"ProjectionExpression": "p"})[0] == "ExportConflictException"
    page = client.list_exports(TableArn=table, MaxResults=2)
    rest = client.list_exports(TableArn=table, MaxResults=2, NextToken=page["NextToken"])
    assert [each["ExportArn"] for each in page["ExportSummaries"] + rest["ExportSummaries"]] == arns[::-1]
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
        ("ExportNotFoundException", f"Export not found: Export not found: {table}/export/01234567890123-abcdefgh")
    assert error_of(client.export_table_to_point_in_time, TableArn=table, S3Bucket=bucket, ExportType="INCREMENTAL_EXPORT",
                    IncrementalExportSpecification={"ExportFromTime": int(time.time())}) == (
        "InvalidExportTimeException",
        "Difference between export period from time and export period to time is less than 15 minutes")
    for when in (time.time() + 3600, time.time() - 3600):
        assert error_of(client.export_table_to_point_in_time, TableArn=table, S3Bucket=bucket,
                        ExportTime=when)[0] == "InvalidExportTimeException"


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
    assert (failed["ExportStatus"], failed["FailureCode"]) == ("FAILED", "S3AccessDenied")


def all_items(client, table):
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return sorted((each for page in pages for each in page["Items"]), key=lambda each: int(each["s"]["N"]))


def import_of(bucket, prefix, compression="NONE", name=None, **more):
    indexed = {**KEYS, "TableName": name or new_name(), "GlobalSecondaryIndexes": [
        {"IndexName": "by-s", "KeySchema": [{"AttributeName": "s", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}]}
    return dict(S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": prefix}, InputFormat="DYNAMODB_JSON",
                InputCompressionType=compression, TableCreationParameters=indexed, **more)


def imported(client, parameters):
    started = client.import_table(**parameters)["ImportTableDescription"]
    assert started["ImportStatus"] == "IN_PROGRESS"
    return wait(lambda: client.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"], "ImportStatus")


def table_exists(client, name):
    return name in [each for page in client.get_paginator("list_tables").paginate() for each in page["TableNames"]]


def test_an_export_is_imported(client, bucket):
    table = make_table(client, 1200)
    files = exported(client, TableArn=table, S3Bucket=bucket)["ExportManifest"].rsplit("/", 1)[0] + "/data/"
    done = imported(client, import_of(bucket, files, "GZIP"))
    assert done["ImportStatus"] == "COMPLETED" and done["ErrorCount"] == 0
    assert done["ProcessedItemCount"] == done["ImportedItemCount"] == 1200 and done["ProcessedSizeBytes"] > 0
    made = client.describe_table(TableName=done["TableArn"])["Table"]
    assert made["TableStatus"] == made["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    assert made["TableId"] == done["TableId"] and "RestoreSummary" not in made
    assert all_items(client, done["TableArn"]) == all_items(client, table)
    found = client.query(TableName=done["TableArn"], IndexName="by-s", KeyConditionExpression="s = :s",
                         ExpressionAttributeValues={":s": {"N": "7"}})
    assert found["Items"] == [item(7)]


def test_an_export_in_ion_is_imported(client, bucket):
    table = make_table(client, 300)
    files = exported(client, TableArn=table, S3Bucket=bucket, ExportFormat="ION")["ExportManifest"].rsplit("/", 1)[0] + "/data/"
    done = imported(client, {**import_of(bucket, files, "GZIP"), "InputFormat": "ION"})
    assert done["ImportStatus"] == "COMPLETED" and done["ErrorCount"] == 0
    assert done["ProcessedItemCount"] == done["ImportedItemCount"] == 300
    assert all_items(client, done["TableArn"]) == all_items(client, table)


def test_lines_of_ion_hold_one_item_or_more(client, s3, bucket):
    s3.put_object(Bucket=bucket, Key="in/1", Body="""
$ion_1_0 {Item:{p:"a",s:1.,x:6d2,t:$dynamodb_SS::["b","c"]}}
$ion_1_0 [{Item:{p:"a",'s':2}}, {Item:{p:"a",s:"three"}}, {Other:1}]
no Ion {
$ion_1_0 {Item:{p:"a",s:4.,when:2020-01-01T}}
""")
    done = imported(client, {**import_of(bucket, "in/"), "InputFormat": "ION"})
    assert (done["ImportStatus"], done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == ("FAILED", 6, 2, 4)
    assert all_items(client, done["TableArn"]) == [
        {"p": {"S": "a"}, "s": {"N": "1"}, "x": {"N": "600"}, "t": {"SS": ["b", "c"]}}, {"p": {"S": "a"}, "s": {"N": "2"}}]


def test_files_may_be_compressed_by_zstd(client, s3, bucket):
    # A frame of one raw block of 53 bytes, whose size the header tells (RFC 8878).
    line = b'{"Item":{"p":{"S":"a"},"s":{"N":"1"},"x":{"S":"zz"}}}'
    frame = b"\x28\xb5\x2f\xfd" + b"\x20" + bytes([len(line)]) + ((len(line) << 3) | 1).to_bytes(3, "little") + line
    s3.put_object(Bucket=bucket, Key="in/1", Body=frame)
    done = imported(client, import_of(bucket, "in/", "ZSTD"))
    assert (done["ImportStatus"], done["ImportedItemCount"]) == ("COMPLETED", 1)
    assert all_items(client, done["TableArn"])[0]["x"] == {"S": "zz"}


def test_lines_that_are_no_items_are_counted(client, s3, bucket):
    lines = [json.dumps({"Item": {"p": {"S": "a"}, "s": {"N": str(index)}}}) for index in range(5)]
    wrong = ["no JSON", "{}", '{"Item":[]}', '{"Item":{"p":{"S":"a"}}}', '{"Item":{"p":{"S":"a"},"s":{"S":"1"}}}',
             '{"Item":{"p":{"S":"a"},"s":{"N":"1"},"x":{"B":"?"}}}', '{"Item":{"p":{"S":"a"},"s":{"N":"one"}}}',
             json.dumps({"Item": {"p": {"S": "a"}, "s": {"N": "1"}, "x": {"S": "x" * 410_000}}})]
    s3.put_object(Bucket=bucket, Key="in/1", Body="\n".join(lines[:3] + wrong))
    s3.put_object(Bucket=bucket, Key="in/2", Body="\r\n\r\n".join(lines[3:]) + "\n")
    s3.put_object(Bucket=bucket, Key="in/3/", Body="")
    s3.put_object(Bucket=bucket, Key="other", Body="other")
    done = imported(client, import_of(bucket, "in/"))
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (13, 5, 8)
    assert [each["s"]["N"] for each in all_items(client, done["TableArn"])] == ["0", "1", "2", "3", "4"]


def test_lines_of_csv_are_items_of_texts_and_keys(client, s3, bucket):
    s3.put_object(Bucket=bucket, Key="own/1", Body='p,s,note\r\na,1,"one ""1"", é"\r\nb,2,\r\n')
    s3.put_object(Bucket=bucket, Key="own/2", Body='note,p,s\nthree,c,3\nno quotes "here",c,4\nfew,c\nmany,c,5,6\nkey,c,five\n')
    done = imported(client, {**import_of(bucket, "own/"), "InputFormat": "CSV"})
    assert (done["ImportStatus"], done["ProcessedItemCount"], done["ErrorCount"]) == ("FAILED", 7, 4)
    wanted = [("a", "1", 'one "1", é'), ("b", "2", ""), ("c", "3", "three")]
    items = [{"p": {"S": p}, "s": {"N": s}, "note": {"S": note}} for p, s, note in wanted]
    assert all_items(client, done["TableArn"]) == items
    s3.put_object(Bucket=bucket, Key="bare/1", Body="a;1;one, two\n")
    done = imported(client, {**import_of(bucket, "bare/"), "InputFormat": "CSV", "InputFormatOptions": {
        "Csv": {"Delimiter": ";", "HeaderList": ["p", "s", "note"]}}})
    assert (done["ImportStatus"], done["InputFormatOptions"]["Csv"]["Delimiter"]) == ("COMPLETED", ";")
    assert all_items(client, done["TableArn"]) == [{"p": {"S": "a"}, "s": {"N": "1"}, "note": {"S": "one, two"}}]


def test_what_is_wrong_with_items_is_logged(server, client, s3, bucket):
    """As the guide to imports shows it; a whole object that is none is one error, and the others go on."""
    s3.put_object(Bucket=bucket, Key="in/1", Body='{"Item":{"p":{"S":"a"},"s":{"N":"1"}}}\nno JSON\n{}\n{"Item":{"p":{"S":"a"}}}\n')
    done = imported(client, import_of(bucket, "in/"))
    assert done["FailureMessage"] == ("Some of the items failed validation checks and were not imported. "
                                      "Please check CloudWatch error logs for more details.")
    assert done["S3BucketSource"]["S3BucketOwner"] == "000000000000"
    assert done["CloudWatchLogGroupArn"] == "arn:aws:logs:eu-west-1:000000000000:log-group:/aws-dynamodb/imports:*"

    def logged(done):
        events = server.client("logs").get_log_events(
            logGroupName="/aws-dynamodb/imports", logStreamName=done["ImportArn"].rsplit("/", 1)[1] + "/error")["events"]
        return [json.loads(each["message"]) for each in events]

    assert logged(done) == [
        {"itemS3Pointer": {"bucket": bucket, "key": "in/1", "itemIndex": index}, "importArn": done["ImportArn"],
         "errorMessages": [message]}
        for index, message in ((1, "Unexpected token"), (2, "Expected 'Item' top level container"),
                               (3, "One or more parameter values were invalid: Missing the key s in the item"))]
    s3.put_object(Bucket=bucket, Key="packed/1", Body="this is no gzip")
    s3.put_object(Bucket=bucket, Key="packed/2", Body=gzip.compress(b'{"Item":{"p":{"S":"a"},"s":{"N":"1"}}}'))
    done = imported(client, import_of(bucket, "packed/", "GZIP"))
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (1, 1)
    assert [each["itemS3Pointer"]["key"] for each in logged(done)] == ["packed/1"]
    # The table stays with what could be imported.
    assert len(all_items(client, done["TableArn"])) == 1


def test_imports_that_cannot_be_are_refused_or_fail(client, s3, bucket):
    parameters = import_of("nowhere-" + bucket, "")
    failed = imported(client, parameters)
    assert (failed["ImportStatus"], failed["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    deadline = time.monotonic() + 60
    while table_exists(client, parameters["TableCreationParameters"]["TableName"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert error_of(client.import_table, **{**import_of(bucket, ""), "InputFormatOptions": {"Csv": {"Delimiter": ";"}}}) == (
        "ValidationException", "Invalid Request: Unsupported InputFormatOptions for the given input format: DYNAMODB_JSON.")
    there = make_table(client).rsplit("/", 1)[1]
    assert error_of(client.import_table, **import_of(bucket, "", name=there)) == \
        ("ResourceInUseException", "Table already exists: " + there)
    arn = f"arn:aws:dynamodb:eu-west-1:000000000000:table/{there}/import/01234567890123-abcdefgh"
    assert error_of(client.describe_import, ImportArn=arn) == ("ImportNotFoundException", "Import not found: " + arn)


def test_imports_are_listed_and_made_once_a_token(client, s3, bucket):
    first = imported(client, import_of(bucket, "", ClientToken="1"))
    table = first["TableCreationParameters"]["TableName"]
    again = import_of(bucket, "", ClientToken="1", name=table)
    assert error_of(client.import_table, **again) == ("ResourceInUseException", "Table already exists: " + table)
    assert error_of(client.import_table, **import_of(bucket, "", ClientToken="1")) == (
        "ImportConflictException", "Import conflict: Duplicate request detected with conflicting parameters")
    client.delete_table(TableName=table)
    client.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    for same in (again, {**again, "InputCompressionType": "GZIP"}):
        assert client.import_table(**same)["ImportTableDescription"]["ImportArn"] == first["ImportArn"]
    assert not table_exists(client, table)
    second = imported(client, import_of(bucket, "", name=table))
    arns, token = [], {}
    while True:
        page = client.list_imports(TableArn=first["TableArn"], PageSize=1, **token)
        arns += [each["ImportArn"] for each in page["ImportSummaryList"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert arns == [second["ImportArn"], first["ImportArn"]]


def test_an_import_goes_on_after_a_kill(bucket):
    server = Server().start()
    try:
        s3 = server.client("s3")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for file in range(4):
            s3.put_object(Bucket=bucket, Key=f"in/{file}", Body=gzip.compress("\n".join(
                json.dumps({"Item": {"p": {"S": str(file)}, "s": {"N": str(index)}}}) for index in range(500)).encode()))
        started = server.client("dynamodb").import_table(**import_of(bucket, "in/", "GZIP"))["ImportTableDescription"]
        server.kill()
        server.start()
        client = server.client("dynamodb")
        done = wait(lambda: client.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"], "ImportStatus")
        assert done["ImportStatus"] == "COMPLETED" and done["ImportedItemCount"] == 2000
        assert len(all_items(client, done["TableArn"])) == 2000
    finally:
        server.remove()
