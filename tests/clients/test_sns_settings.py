"""SNS: applications and endpoints of push services, settings of text messages, FIFO topics with standard queues."""
import json

import pytest

DUMMY = {"PlatformPrincipal": "dummy", "PlatformCredential": "dummy"}


@pytest.fixture
def application(server, name):
    sns = server.client("sns")
    return sns.create_platform_application(Name=name, Platform="ADM", Attributes=DUMMY)["PlatformApplicationArn"]


def test_an_application_has_endpoints(server, application):
    sns = server.client("sns")
    create = {"PlatformApplicationArn": application, "Token": "token", "CustomUserData": "mine"}
    arn = sns.create_platform_endpoint(**create)["EndpointArn"]
    assert sns.create_platform_endpoint(**create)["EndpointArn"] == arn
    expected = {"Enabled": "true", "Token": "token", "CustomUserData": "mine"}
    assert sns.get_endpoint_attributes(EndpointArn=arn)["Attributes"] == expected
    sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Token": "other", "Enabled": "false"})
    listed = sns.list_endpoints_by_platform_application(PlatformApplicationArn=application)["Endpoints"]
    assert [each["Attributes"]["Token"] for each in listed] == ["other"]
    # Nothing is pushed, and nobody is told that it was.
    with pytest.raises(sns.exceptions.ClientError) as error:
        sns.publish(TargetArn=arn, Message="hello")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    sns.delete_platform_application(PlatformApplicationArn=application)
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_endpoint_attributes(EndpointArn=arn)


@pytest.mark.parametrize("operation, parameters, message", [
    ("create_platform_application", {"Name": "@", "Platform": "ADM", "Attributes": DUMMY},
     "Invalid parameter: @ Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"),
    ("create_platform_application", {"Name": "a", "Platform": "X", "Attributes": DUMMY},
     "Invalid parameter: Platform Reason: X is not supported"),
    ("create_platform_application", {"Name": "a", "Platform": "ADM", "Attributes": {"PlatformCredential": "x"}},
     "Invalid parameter: Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal"),
    ("get_platform_application_attributes", {"PlatformApplicationArn": "x"},
     "Invalid parameter: PlatformApplicationArn Reason: An ARN must have at least 6 elements, not 1"),
    ("set_sms_attributes", {"attributes": {"Nonsense": "1"}}, "Nonsense is not a valid attribute"),
    ("set_sms_attributes", {"attributes": {"DefaultSMSType": "Loud"}}, "DefaultSMSType is invalid"),
    ("check_if_phone_number_is_opted_out", {"phoneNumber": "12"},
     "Invalid parameter: PhoneNumber Reason: input incorrectly formatted"),
])
def test_is_refused_in_awss_words(server, operation, parameters, message):
    sns = server.client("sns")
    with pytest.raises(sns.exceptions.ClientError) as error:
        getattr(sns, operation)(**parameters)
    assert error.value.response["Error"]["Message"] == message


def test_settings_of_text_messages(server):
    sns = server.client("sns", region_name="us-west-1")
    assert sns.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "1"}
    sns.set_sms_attributes(attributes={"DefaultSMSType": "Promotional"})
    assert sns.get_sms_attributes(attributes=["DefaultSMSType"])["attributes"] == {"DefaultSMSType": "Promotional"}


def test_a_fifo_topic_reaches_a_standard_queue(server, name):
    sns, sqs = server.client("sns"), server.client("sqs")
    topic = sns.create_topic(Name=name + ".fifo", Attributes={"FifoTopic": "true",
                                                              "ContentBasedDeduplication": "true"})["TopicArn"]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
         "Resource": arn}]})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    for _ in range(2):
        sns.publish(TopicArn=topic, Message="once", MessageGroupId="g")
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, AttributeNames=["All"])["Messages"]
    assert [json.loads(message["Body"])["Message"] for message in messages] == ["once"]
    assert "MessageGroupId" not in messages[0]["Attributes"]


@pytest.mark.parametrize("fifo, message, expected", [
    (True, {"MessageGroupId": "a b"}, "MessageGroupId can only include alphanumeric and punctuation characters"),
    (False, {"MessageAttributes": {"a b": "x"}}, "Invalid non-alphanumeric character '#x20' was found in the message "
     "attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots."),
    (False, {"MessageAttributes": {"a.": "x"}}, "Invalid message attribute name ending with character '.' was found."),
    (False, {"MessageAttributes": {"a": "x" * 262144}}, "Message too long")])
def test_what_a_topic_does_not_publish(server, name, fifo, message, expected):
    sns = server.client("sns")
    suffix, attributes = (".fifo", {"FifoTopic": "true", "ContentBasedDeduplication": "true"}) if fifo else ("", {})
    arn = sns.create_topic(Name=name + suffix, Attributes=attributes)["TopicArn"]
    values = {key: {"DataType": "String", "StringValue": value}
              for key, value in message.get("MessageAttributes", {}).items()}
    with pytest.raises(sns.exceptions.ClientError) as error:
        sns.publish(TopicArn=arn, Message="x", **message | {"MessageAttributes": values})
    assert expected in error.value.response["Error"]["Message"]


def test_batches_and_queues_that_do_not_fit(server, name):
    sns = server.client("sns")
    arn = sns.create_topic(Name=name)["TopicArn"]
    large = {"Message": "x" * 200000}
    for entries, code in [([large | {"Id": "1"}, large | {"Id": "2"}], "BatchRequestTooLong"),
                          ([{"Id": "a b", "Message": "x"}], "InvalidBatchEntryId")]:
        with pytest.raises(sns.exceptions.ClientError) as error:
            sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)
        assert error.value.response["Error"]["Code"] == code
    with pytest.raises(sns.exceptions.InvalidParameterException, match="FIFO SQS Queues can not be subscribed"):
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint="arn:aws:sqs:eu-west-1:000000000000:q.fifo")
    with pytest.raises(sns.exceptions.InvalidParameterException, match="can only be set for FIFO topics"):
        sns.set_topic_attributes(TopicArn=arn, AttributeName="ContentBasedDeduplication", AttributeValue="true")
