"""CloudWatch Logs gives events that match to a Lambda function."""
import base64
import gzip
import json
import time

import pytest
from botocore.exceptions import ClientError
from support.receiver import Channel, Receiver
from support.server import ACCOUNT, REGION, Server
from support.workload import make_function, make_role

SOURCE = """
def handler(event, context):
    tell(event)
"""


@pytest.fixture(scope="module")
def ears():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(ears):
    started = Server(options=ears.options).start()
    make_role(started, "plain")
    yield started
    started.remove()


@pytest.mark.parametrize("principal", ["logs.amazonaws.com", f"logs.{REGION}.amazonaws.com"])
def test_what_matches_reaches_the_function(server, ears, name, principal):
    logs, functions = server.client("logs"), server.client("lambda")
    receiver = Channel(ears)
    make_function(server, name, f"arn:aws:iam::{ACCOUNT}:role/plain", receiver.source + SOURCE)
    arn = functions.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    put = {"logGroupName": name, "filterName": "errors", "filterPattern": "ERROR", "destinationArn": arn}
    with pytest.raises(ClientError, match="Could not execute the lambda function"):
        logs.put_subscription_filter(**put)
    functions.add_permission(FunctionName=name, StatementId="logs", Action="lambda:InvokeFunction", Principal=principal,
                             SourceArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*")
    logs.put_subscription_filter(**put)
    shown = logs.describe_subscription_filters(logGroupName=name)["subscriptionFilters"]
    assert [(each["filterName"], each["destinationArn"], each["distribution"]) for each in shown] == [
        ("errors", arn, "ByLogStream")]
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=[
        {"timestamp": now, "message": "all is well"}, {"timestamp": now + 1, "message": "ERROR of a disk"}])
    event = receiver.wait(lambda told: told)[0]
    data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    assert [each["message"] for each in data["logEvents"]] == ["ERROR of a disk"]
    assert (data["messageType"], data["owner"], data["logGroup"], data["logStream"], data["subscriptionFilters"]) == (
        "DATA_MESSAGE", ACCOUNT, name, "s", ["errors"])
    logs.delete_subscription_filter(logGroupName=name, filterName="errors")
    assert logs.describe_subscription_filters(logGroupName=name)["subscriptionFilters"] == []


@pytest.mark.parametrize("destination, more, message", [
    ("arn:aws:sqs:eu-west-1:1:q", {}, "PutSubscriptionFilter operation cannot work with destinationArn for vendor sqs"),
    ("arn:aws:lambda:eu-west-1:000000000000:function:none", {}, "Could not execute the lambda function"),
    ("arn:aws:lambda:eu-west-1:000000000000:function:none", {"roleArn": "arn:aws:iam::000000000000:role/r"},
     "destinationArn for vendor lambda cannot be used with roleArn"),
    ("arn:aws:kinesis:eu-west-1:000000000000:stream/s", {}, "does not implement subscriptions of kinesis"),
])
def test_is_refused(server, name, destination, more, message):
    logs = server.client("logs")
    logs.create_log_group(logGroupName=name)
    with pytest.raises(ClientError, match=message):
        logs.put_subscription_filter(logGroupName=name, filterName="f", filterPattern="", destinationArn=destination, **more)
