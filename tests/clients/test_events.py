import json

import pytest

from support.event_queue import queue_for_events


def receive(server, url, seconds=10):
    messages = server.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=seconds,
                                                    MessageAttributeNames=["All"]).get("Messages", [])
    return messages[0] if messages else None


def test_an_event_reaches_a_queue(server, name):
    events = server.client("events")
    url, arn = queue_for_events(server, name)
    events.create_event_bus(Name=name)
    events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps({"detail": {"n": [{"numeric": [">", 1]}]}}))
    events.put_targets(Rule=name, EventBusName=name, Targets=[
        {"Id": "t", "Arn": arn, "InputTransformer": {"InputPathsMap": {"n": "$.detail.n"},
                                                     "InputTemplate": '{"number": <n>}'}}])
    for number in (1, 2):
        entry = {"EventBusName": name, "Source": "test", "DetailType": "t", "Detail": json.dumps({"n": number})}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    assert json.loads(receive(server, url)["Body"]) == {"number": 2}
    assert receive(server, url, seconds=0) is None


def test_what_may_not_be_delivered_is_a_dead_letter(server, name):
    events, sqs = server.client("events"), server.client("sqs")
    dead_url, dead_arn = queue_for_events(server, name + "-dead")
    closed = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=closed, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn, "DeadLetterConfig": {"Arn": dead_arn}}])
    events.put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": "{}"}])
    letter = receive(server, dead_url)
    assert json.loads(letter["Body"])["source"] == name
    assert letter["MessageAttributes"]["TARGET_ARN"]["StringValue"] == arn
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"]


def test_a_pattern_that_is_none(server, name):
    events = server.client("events")
    with pytest.raises(events.exceptions.InvalidEventPatternException) as error:
        events.put_rule(Name=name, EventPattern='{"source":"aws.s3"}')
    assert error.value.response["Error"]["Message"] == (
        'Event pattern is not valid. Reason: "source" must be an object or an array\n'
        ' at [Source: (String)"{"source":"aws.s3"}"; line: 1, column: 12]')


def test_a_stack_has_a_rule(server, name):
    url, arn = queue_for_events(server, name)
    template = {"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": {
        "EventPattern": {"source": [name]}, "Targets": [{"Id": "q", "Arn": arn, "InputPath": "$.detail"}]}}}}
    cloudformation = server.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    server.client("events").put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": '{"a": 1}'}])
    assert json.loads(receive(server, url)["Body"]) == {"a": 1}
    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert server.client("events").list_rules(NamePrefix=name)["Rules"] == []
