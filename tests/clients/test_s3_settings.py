"""S3: configurations of buckets, keys of customers, restored objects, notifications to queues and EventBridge."""
import hashlib
import json

import pytest
from botocore.config import Config

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


@pytest.fixture
def bucket(server, name):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def code(error):
    return error.value.response["Error"]["Code"]


NAMED = [
    ("metrics", "MetricsConfiguration", {"Filter": {"Prefix": "logs/"}}),
    ("analytics", "AnalyticsConfiguration", {"StorageClassAnalysis": {}}),
    ("inventory", "InventoryConfiguration", {
        "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::x", "Format": "CSV"}}, "IsEnabled": True,
        "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"}}),
    ("intelligent_tiering", "IntelligentTieringConfiguration", {
        "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}),
]


@pytest.mark.parametrize("kind, member, configuration", NAMED, ids=[each[0] for each in NAMED])
def test_configurations_with_ids(server, bucket, kind, member, configuration):
    s3 = server.client("s3")
    def do(verb, **more):
        return getattr(s3, f"{verb}_bucket_{kind}_configuration{'s' if verb == 'list' else ''}")(Bucket=bucket, **more)
    for identity in ("z", "a"):
        do("put", Id=identity, **{member: {"Id": identity, **configuration}})
    assert [each["Id"] for each in do("list")[member + "List"]] == ["a", "z"]
    assert do("get", Id="z")[member] == {"Id": "z", **configuration}
    do("delete", Id="z")
    with pytest.raises(s3.exceptions.ClientError) as error:
        do("get", Id="z")
    assert code(error) == "NoSuchConfiguration"


@pytest.mark.parametrize("operation, parameters, expected", [
    ("put_bucket_accelerate_configuration", {"AccelerateConfiguration": {"Status": "on"}}, "MalformedXML"),
    ("put_bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "me"}}, "MalformedXML"),
    ("put_bucket_website", {"WebsiteConfiguration": {}}, "InvalidArgument"),
    ("put_bucket_website", {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "a/b"}}}, "InvalidArgument"),
    ("put_bucket_logging", {"BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "none", "TargetPrefix": ""}}},
     "InvalidTargetBucketForLogging"),
    ("put_bucket_replication", {"ReplicationConfiguration": {"Role": "r", "Rules": []}}, "InvalidRequest"),
    ("put_bucket_cors", {"CORSConfiguration": {"CORSRules": [
        {"AllowedMethods": ["GET"], "AllowedOrigins": ["*.*"]}]}}, "InvalidRequest"),
    ("put_public_access_block", {"PublicAccessBlockConfiguration": {}}, "InvalidRequest"),
    ("put_bucket_acl", {"ACL": "private", "GrantRead": "id=a"}, "InvalidRequest"),
    ("put_object", {"Key": "k", "ACL": "public-read"}, "AccessControlListNotSupported"),
    ("put_object", {"Key": "k", "WebsiteRedirectLocation": "elsewhere"}, "InvalidRedirectLocation"),
    ("put_object", {"Key": "k", "Tagging": "k" * 129}, "InvalidTag"),
])
def test_what_is_wrong_is_refused(server, bucket, operation, parameters, expected):
    s3 = server.client("s3")
    with pytest.raises(s3.exceptions.ClientError) as error:
        getattr(s3, operation)(Bucket=bucket, **parameters)
    assert code(error) == expected


def test_lists_of_access_fit_the_ownership(server, bucket):
    s3 = server.client("s3", region_name="us-east-1")
    refused = [({}, "InvalidBucketAclWithObjectOwnership"),
               ({"ObjectOwnership": "ObjectWriter"}, "InvalidBucketAclWithBlockPublicAccessError")]
    for ownership, expected in refused:
        with pytest.raises(s3.exceptions.ClientError) as error:
            s3.create_bucket(Bucket=bucket + "-acl", ACL="public-read", **ownership)
        assert code(error) == expected
    s3.create_bucket(Bucket=bucket + "-acl", ACL="log-delivery-write", ObjectOwnership="ObjectWriter")
    grants = s3.get_bucket_acl(Bucket=bucket + "-acl")["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL", "WRITE", "READ_ACP"]


def test_replication_that_is_not_in_force(server, bucket):
    s3 = server.client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "r", "Status": "Disabled", "Priority": 0, "Filter": {}, "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::" + bucket}}
    put = {"Bucket": bucket, "ReplicationConfiguration": {"Role": "arn:aws:iam::000000000000:role/r", "Rules": [rule]}}
    s3.put_bucket_replication(**put)
    assert s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]["Rules"] == [rule]
    rule["Status"] = "Enabled"
    with pytest.raises(s3.exceptions.ClientError) as error:
        s3.put_bucket_replication(**put)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def with_key(key):
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}


def from_key(key):
    return {"CopySource" + name: value for name, value in with_key(key).items()}


def test_a_customers_key_is_needed_to_read(server, bucket):
    s3 = server.client("s3")
    body = bytes(range(256)) * 300
    put = s3.put_object(Bucket=bucket, Key="k", Body=body, **with_key(KEY))
    assert put["ETag"].strip('"') != hashlib.md5(body).hexdigest()
    assert s3.get_object(Bucket=bucket, Key="k", **with_key(KEY))["Body"].read() == body
    part = s3.get_object(Bucket=bucket, Key="k", Range="bytes=777-50000", **with_key(KEY))
    assert part["Body"].read() == body[777:50001]
    for given, expected in [({}, "InvalidRequest"), (with_key(OTHER_KEY), "AccessDenied")]:
        with pytest.raises(s3.exceptions.ClientError) as error:
            s3.get_object(Bucket=bucket, Key="k", **given)
        assert code(error) == expected
    # Copies: to another key, and to none.
    source = {"Bucket": bucket, "Key": "k"}
    s3.copy_object(Bucket=bucket, Key="other", CopySource=source, **from_key(KEY), **with_key(OTHER_KEY))
    assert s3.get_object(Bucket=bucket, Key="other", **with_key(OTHER_KEY))["Body"].read() == body
    s3.copy_object(Bucket=bucket, Key="plain", CopySource=source, **from_key(KEY))
    assert s3.get_object(Bucket=bucket, Key="plain")["Body"].read() == body


def test_an_upload_in_parts_with_a_customers_key(server, bucket):
    s3 = server.client("s3")
    upload = {"Bucket": bucket, "Key": "m"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **with_key(KEY))["UploadId"]
    parts = [b"a" * (5 << 20), b"b" * 1000]
    etags = [s3.upload_part(**upload, PartNumber=number, Body=part, **with_key(KEY))["ETag"]
             for number, part in enumerate(parts, 1)]
    with pytest.raises(s3.exceptions.ClientError) as error:
        s3.upload_part(**upload, PartNumber=3, Body=b"c")
    assert code(error) == "InvalidRequest"
    s3.complete_multipart_upload(**upload, MultipartUpload={
        "Parts": [{"ETag": etag, "PartNumber": number} for number, etag in enumerate(etags, 1)]})
    got = s3.get_object(Bucket=bucket, Key="m", Range=f"bytes={(5 << 20) - 3}-{(5 << 20) + 2}", **with_key(KEY))
    assert got["Body"].read() == b"aaabbb"


@pytest.mark.parametrize("by", ["header", "default of the bucket"])
def test_a_key_of_kms_is_needed_to_read(server, bucket, by):
    s3, kms = server.client("s3"), server.client("kms")
    key = kms.create_key()["KeyMetadata"]
    given = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key["KeyId"]} if by == "header" else {}
    if not given:
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]},
             "BucketKeyEnabled": True}]})
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"secret" * 1000, **given)
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", key["Arn"])
    got = s3.get_object(Bucket=bucket, Key="k", Range="bytes=6-12")
    assert (got["Body"].read(), got["SSEKMSKeyId"]) == (b"secrets", key["Arn"])
    assert got.get("BucketKeyEnabled", False) == (by != "header")
    s3.copy_object(Bucket=bucket, Key="own", CopySource={"Bucket": bucket, "Key": "k"}, ServerSideEncryption="aws:kms")
    upload = {"Bucket": bucket, "Key": "m"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **given)["UploadId"]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"ETag": etag, "PartNumber": 1}]})
    assert s3.get_object(Bucket=bucket, Key="m")["Body"].read() == b"part"
    kms.disable_key(KeyId=key["KeyId"])
    for operation in (s3.get_object, s3.put_object):
        with pytest.raises(s3.exceptions.ClientError) as error:
            operation(Bucket=bucket, Key="k", **(given if operation == s3.put_object else {}))
        assert code(error) == "KMS.DisabledException"
    # S3's own key, which the copy has, is another.
    assert s3.get_object(Bucket=bucket, Key="own")["Body"].read() == b"secret" * 1000
    with pytest.raises(s3.exceptions.ClientError) as error:
        s3.put_object(Bucket=bucket, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId="no-key")
    assert (code(error), error.value.response["Error"]["Message"]) == ("KMS.NotFoundException", "Invalid keyId 'no-key'")


def test_nothing_of_an_encrypted_object_lies_in_the_clear(own_server):
    own_server.start()
    s3 = own_server.client("s3")
    s3.create_bucket(Bucket="bbb", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="bbb", Key="k", Body=b"canary in a coal mine " * 100, **with_key(KEY))
    own_server.kill()
    assert own_server.files_with("bbb") and not own_server.files_with("canary in a coal mine")


def test_an_archived_object_is_restored(server, bucket):
    s3 = server.client("s3")
    s3.put_object(Bucket=bucket, Key="old", Body=b"dust", StorageClass="DEEP_ARCHIVE")
    with pytest.raises(s3.exceptions.InvalidObjectState):
        s3.get_object(Bucket=bucket, Key="old")
    assert s3.restore_object(Bucket=bucket, Key="old", RestoreRequest={"Days": 2})["ResponseMetadata"][
        "HTTPStatusCode"] == 202
    assert s3.get_object(Bucket=bucket, Key="old")["Body"].read() == b"dust"
    assert s3.head_object(Bucket=bucket, Key="old")["Restore"].startswith('ongoing-request="false"')


def test_an_absent_set_of_tags_is_an_empty_one(server, bucket):
    s3 = server.client("s3")
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    unchecked = server.client("s3", config=Config(parameter_validation=False))
    unchecked.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": None})
    with pytest.raises(s3.exceptions.ClientError) as error:
        s3.get_bucket_tagging(Bucket=bucket)
    assert code(error) == "NoSuchTagSet"


def test_queues_and_eventbridge_are_told(server, bucket, name):
    s3, sqs, events = server.client("s3"), server.client("sqs"), server.client("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    configuration = {"EventBridgeConfiguration": {}, "QueueConfigurations": [
        {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"],
         "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".txt"}]}}}]}
    put = {"Bucket": bucket, "NotificationConfiguration": configuration}
    for queue, reason in [(arn, "Permissions on the destination queue do not allow S3"),
                          (arn + "-none", "The destination queue does not exist")]:
        configuration["QueueConfigurations"][0]["QueueArn"] = queue
        with pytest.raises(s3.exceptions.ClientError) as error:
            s3.put_bucket_notification_configuration(**put)
        assert error.value.response["Error"]["ArgumentValue1"].startswith(reason)
    configuration["QueueConfigurations"][0]["QueueArn"] = arn
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn,
         "Principal": {"Service": ["s3.amazonaws.com", "events.amazonaws.com"]}}]})})
    s3.put_bucket_notification_configuration(**put)

    def received():
        message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"][0]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])

    assert received()["Event"] == "s3:TestEvent"
    s3.put_object(Bucket=bucket, Key="no", Body=b"")
    s3.put_object(Bucket=bucket, Key="yes.txt", Body=b"1234")
    record = received()["Records"][0]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Put", "yes.txt")
    events.put_rule(Name=name, EventPattern=json.dumps(
        {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    s3.delete_object(Bucket=bucket, Key="no")
    event = received()
    assert (event["detail-type"], event["detail"]["object"]["key"]) == ("Object Deleted", "no")
    events.remove_targets(Rule=name, Ids=["1"])
    events.delete_rule(Name=name)
