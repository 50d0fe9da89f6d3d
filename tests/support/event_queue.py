"""A queue that EventBridge sends to, for tests that look at events."""
import json


class EventQueue:
    """Gets every event of the default bus that the pattern wants."""

    def __init__(self, server, name, pattern):
        self.sqs = server.client("sqs")
        self.url, arn = queue_for_events(server, name)
        events = server.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn}])
        self.seen = []

    def wait(self, count):
        """The first `count` events, as they came."""
        while len(self.seen) < count:
            got = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=15).get("Messages", [])
            assert got, f"{count - len(self.seen)} of {count} events did not come, but {[e['detail'] for e in self.seen]}"
            for each in got:
                self.seen.append(json.loads(each["Body"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=each["ReceiptHandle"])
        return self.seen


def queue_for_events(server, name):
    """A queue that EventBridge may send to: its URL and ARN."""
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
                 "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn
