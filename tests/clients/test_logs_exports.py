"""CloudWatch Logs: groups exported to buckets, and destinations of deliveries."""
import gzip
import json
import time

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def group(server, name):
    logs = server.client("logs")
    logs.create_log_group(logGroupName=name)
    now = int(time.time() * 1000)
    for stream in ("a/b", "c"):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=[
            {"timestamp": now + number, "message": f"{stream} {number}"} for number in range(3)])
    return name, now


def test_events_lie_in_the_bucket(server, group):
    logs, s3 = server.client("logs"), server.client("s3")
    name, now = group
    create = {"logGroupName": name, "fromTime": now, "to": now + 1, "destination": name, "destinationPrefix": "p"}
    with pytest.raises(ClientError, match="The given bucket does not exist"):
        logs.create_export_task(**create)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(ClientError, match="GetBucketAcl call on the given bucket failed"):
        logs.create_export_task(**create)
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": ["s3:GetBucketAcl", "s3:PutObject"],
         "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]}]}))
    task = logs.create_export_task(**create)["taskId"]
    deadline = time.monotonic() + 30
    while (shown := logs.describe_export_tasks(taskId=task)["exportTasks"][0])["status"]["code"] != "COMPLETED":
        assert shown["status"]["code"] in ("PENDING", "RUNNING") and time.monotonic() < deadline, shown
        time.sleep(0.02)
    files = {each["Key"]: gzip.decompress(s3.get_object(Bucket=name, Key=each["Key"])["Body"].read()).decode()
             for each in s3.list_objects_v2(Bucket=name)["Contents"]}
    assert sorted(files) == [f"p/{task}/a-b/000000.gz", f"p/{task}/c/000000.gz"]
    assert [line.split(" ", 1)[1] for line in files[f"p/{task}/c/000000.gz"].splitlines()] == ["c 0", "c 1"]
    with pytest.raises(ClientError, match="has already finished"):
        logs.cancel_export_task(taskId=task)


def test_destinations_of_deliveries(server, name):
    logs = server.client("logs")
    put = {"name": name, "deliveryDestinationConfiguration": {"destinationResourceArn": "arn:aws:s3:::bucket"}}
    made = logs.put_delivery_destination(**put, outputFormat="json")["deliveryDestination"]
    assert (made["deliveryDestinationType"], made["outputFormat"]) == ("S3", "json")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    logs.put_delivery_destination_policy(deliveryDestinationName=name, deliveryDestinationPolicy=policy)
    assert logs.get_delivery_destination_policy(deliveryDestinationName=name)["policy"] == {
        "deliveryDestinationPolicy": policy}
    assert name in [each["name"] for each in logs.describe_delivery_destinations()["deliveryDestinations"]]
    logs.delete_delivery_destination(name=name)
    with pytest.raises(ClientError, match="Requested Delivery Destination does not exist in this account."):
        logs.get_delivery_destination(name=name)


@pytest.mark.parametrize("operation, parameters, code", [
    ("put_delivery_destination", {"name": "d", "outputFormat": "xml"}, "ValidationException"),
    ("put_delivery_source", {"name": "s", "resourceArn": "arn:aws:s3:::b", "logType": "L"}, "ResourceNotFoundException"),
    ("get_delivery_source", {"name": "s"}, "ResourceNotFoundException"),
    ("cancel_export_task", {"taskId": "none"}, "ResourceNotFoundException"),
])
def test_is_refused(server, operation, parameters, code):
    logs = server.client("logs")
    with pytest.raises(ClientError) as error:
        getattr(logs, operation)(**parameters)
    assert error.value.response["Error"]["Code"] == code
