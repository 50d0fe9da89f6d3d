import threading

import pytest


def test_send_receive_delete(server, name):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello",
                     MessageAttributes={"kind": {"DataType": "String", "StringValue": "greeting"}})
    message = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], VisibilityTimeout=30)["Messages"][0]
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "greeting"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "0"
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_a_long_poll_is_woken(server, name):
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    got = []
    waiting = threading.Thread(
        target=lambda: got.extend(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])))
    waiting.start()
    server.client("sqs").send_message(QueueUrl=url, MessageBody="now")
    waiting.join(10)
    assert [message["Body"] for message in got] == ["now"]


def test_the_exception_has_its_name(server, name):
    sqs = server.client("sqs")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as error:
        sqs.get_queue_url(QueueName=name)
    assert error.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_messages_outlive_a_kill(own_server, name):
    own_server.start()
    sqs = own_server.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for number in range(20):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    own_server.kill()
    own_server.start()
    sqs = own_server.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    bodies = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [int(message["Body"]) for message in messages]
    assert sorted(bodies) == list(range(20))


def test_a_topic_delivers_to_a_queue(server, name):
    sqs, sns = server.client("sqs"), server.client("sns")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name=name)["TopicArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},'
        '"Action":"sqs:SendMessage","Resource":"%s"}]}' % arn)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="news")
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    assert messages[0]["Body"] == "news"
