"""SQS through the older query protocol, and tasks that move messages out of dead-letter queues."""
import json
import time
import urllib.parse
import urllib.request

import boto3
import pytest

from support.query_model import write_query_model


@pytest.fixture(scope="session")
def query_client(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_query_model(folder, "sqs-query")
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-1")
    session._loader.search_paths.append(str(folder))
    return session.client("sqs-query", endpoint_url=server.url)


def test_the_query_protocol_has_the_same_queues(server, query_client, name):
    url = query_client.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "7"}, tags={"a": "1"})["QueueUrl"]
    query_client.send_message(
        QueueUrl=url, MessageBody="<a & b>",
        MessageAttributes={"text": {"DataType": "String", "StringValue": "x"},
                           "bytes": {"DataType": "Binary", "BinaryValue": b"\0\xff"}})
    batch = query_client.send_message_batch(QueueUrl=url, Entries=[
        {"Id": "good", "MessageBody": "b"}, {"Id": "bad", "MessageBody": "c", "DelaySeconds": 9999}])
    assert [entry["Id"] for entry in batch["Successful"]] == ["good"]
    assert [entry["Code"] for entry in batch["Failed"]] == ["InvalidParameterValue"]
    # What one protocol sends, the other receives.
    message = server.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"][0]
    assert message["Body"] == "<a & b>"
    assert message["MessageAttributes"]["bytes"]["BinaryValue"] == b"\0\xff"
    other = query_client.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"][0]
    assert (other["Body"], other["Attributes"]["ApproximateReceiveCount"]) == ("b", "1")
    query_client.delete_message(QueueUrl=url, ReceiptHandle=other["ReceiptHandle"])
    attributes = query_client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (attributes["VisibilityTimeout"], attributes["ApproximateNumberOfMessagesNotVisible"]) == ("7", "1")
    assert query_client.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "1"}
    assert url in query_client.list_queues(QueueNamePrefix=name)["QueueUrls"]


def test_the_query_protocol_has_its_own_error_codes(query_client, name):
    with pytest.raises(query_client.exceptions.ClientError) as error:
        query_client.get_queue_url(QueueName=name)
    assert error.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert error.value.response["Error"]["Type"] == "Sender"


def test_a_queue_is_called_by_its_address(server, name):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    form = urllib.parse.urlencode({"Action": "SendMessage", "MessageBody": "by address", "Version": "2012-11-05"})
    scope = "AWS4-HMAC-SHA256 Credential=test/20240101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=00"
    request = urllib.request.Request(
        server.url + urllib.parse.urlparse(url).path, form.encode(),
        {"Content-Type": "application/x-www-form-urlencoded", "Authorization": scope, "X-Amz-Date": "20240101T000000Z"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert b"<SendMessageResult>" in answer.read()
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "by address"


@pytest.fixture
def queues(server, name):
    """URL and ARN of a dead-letter queue with three messages, of the queue that they come from, and of a third."""
    sqs = server.client("sqs")

    def make(suffix, **attributes):
        url = sqs.create_queue(QueueName=name + suffix, Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return url, arn

    dead = make("-dead")
    source = make("-source", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead[1], "maxReceiveCount": 1}))
    for body in "abc":
        sqs.send_message(QueueUrl=source[0], MessageBody=body)
    for _ in range(6):
        sqs.receive_message(QueueUrl=source[0], VisibilityTimeout=0)
    return dead, source, make("-third")


def ended(sqs, arn):
    deadline = time.monotonic() + 20
    while True:
        task = sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]
        if task["Status"] != "RUNNING" or time.monotonic() > deadline:
            return task
        time.sleep(0.02)


@pytest.mark.parametrize("where", ["back", "to a third"])
def test_dead_letters_are_moved(server, queues, where):
    sqs = server.client("sqs")
    dead, source, third = queues
    more = {} if where == "back" else {"DestinationArn": third[1]}
    sqs.start_message_move_task(SourceArn=dead[1], **more)
    task = ended(sqs, dead[1])
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 3)
    target = source if where == "back" else third
    messages = sqs.receive_message(QueueUrl=target[0], MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in messages) == ["a", "b", "c"]


def test_a_slow_move_is_the_only_one_and_can_be_cancelled(server, queues):
    sqs = server.client("sqs")
    dead, source, third = queues
    start = {"SourceArn": dead[1], "DestinationArn": third[1], "MaxNumberOfMessagesPerSecond": 1}
    handle = sqs.start_message_move_task(**start)["TaskHandle"]
    with pytest.raises(sqs.exceptions.ClientError, match="There is already a task running"):
        sqs.start_message_move_task(**start)
    sqs.cancel_message_move_task(TaskHandle=handle)
    assert ended(sqs, dead[1])["Status"] == "CANCELLED"
    with pytest.raises(sqs.exceptions.ClientError, match="must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=third[1])


def test_a_move_fails_with_its_destination(server, queues):
    sqs = server.client("sqs")
    dead, source, third = queues
    sqs.start_message_move_task(SourceArn=dead[1], DestinationArn=third[1], MaxNumberOfMessagesPerSecond=1)
    sqs.delete_queue(QueueUrl=third[0])
    task = ended(sqs, dead[1])
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue")


@pytest.mark.parametrize("accounts, actions, expected", [
    (["1"], ["SendMessage"], "Value [1] for parameter PrincipalId is invalid. Reason: Unable to verify."),
    (["111111111111"], ["DeleteQueue"], "Value SQS:DeleteQueue for parameter ActionName is invalid. Reason: Only the "
     "queue owner is allowed to invoke this action."),
    (["111111111111"], ["Sing"], "Value SQS:Sing for parameter ActionName is invalid. Reason: Please refer to the "
     "appropriate WSDL for a list of valid actions."),
    (["111111111111"], ["SendMessage"] * 8, "8 Actions were found, maximum allowed is 7.")])
def test_permissions_that_nobody_can_get(server, name, accounts, actions, expected):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    with pytest.raises(sqs.exceptions.ClientError) as error:
        sqs.add_permission(QueueUrl=url, Label="label", AWSAccountIds=accounts, Actions=actions)
    assert error.value.response["Error"]["Message"] == expected


def test_sources_of_a_dead_letter_queue_come_in_pages(server, name):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    made = [sqs.create_queue(QueueName=f"{name}-{i}", Attributes={"RedrivePolicy": policy})["QueueUrl"]
            for i in range(3)]
    pages = sqs.get_paginator("list_dead_letter_source_queues").paginate(
        QueueUrl=url, PaginationConfig={"PageSize": 2})
    assert [page["queueUrls"] for page in pages] == [made[:2], made[2:]]
