"""EventBridge calls HTTP addresses: connections, API destinations, and the events of Step Functions that it delivers."""
import base64
import http.server
import json
import threading
import time
import urllib.parse

import pytest
from botocore.exceptions import ClientError

from support import pipelines as p
from support.server import ACCOUNT, REGION


class Receiver:
    """An HTTP server that keeps what it gets; `answers` are the next statuses, else 200."""

    def __init__(self):
        self.requests, self.answers = [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_all(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.requests.append((self.command, self.path, dict(self.headers), body, time.monotonic()))
                if self.path.startswith("/token"):
                    answer = json.dumps({"access_token": f"t{len(receiver.tokens())}", "expires_in": 3600}).encode()
                    status = 200
                else:
                    status, answer = (receiver.answers.pop(0) if receiver.answers else 200), b"{}"
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_all

            def log_message(self, *arguments):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def tokens(self):
        return [each for each in self.requests if each[1].startswith("/token")]

    def calls(self):
        return [each for each in self.requests if not each[1].startswith("/token")]

    def wait(self, count):
        return p.wait_for(lambda: self.calls() if len(self.calls()) >= count else None, what=f"{count} requests")


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()


def connect(server, name, kind, **parameters):
    return server.client("events").create_connection(Name=name, AuthorizationType=kind, AuthParameters=parameters)["ConnectionArn"]


def route(server, name, connection, endpoint, method="POST", rate=300, role_actions=("events:InvokeApiDestination",), target=None):
    """A rule for events of the source `name` and an API destination as its target. Its ARN."""
    events = server.client("events")
    arn = events.create_api_destination(Name=name, ConnectionArn=connection, InvocationEndpoint=endpoint, HttpMethod=method,
                                        InvocationRateLimitPerSecond=rate)["ApiDestinationArn"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn, "RoleArn": p.role(server, name, "events", list(role_actions)),
                                            **(target or {})}])
    return arn


def send(server, name, count=1, detail=None):
    server.client("events").put_events(Entries=[{"Source": name, "DetailType": "t", "Detail": json.dumps(detail or {"n": i})}
                                                for i in range(count)])


BASIC = {"BasicAuthParameters": {"Username": "user", "Password": "pass"}}


def test_basic_authorization_and_parameters(server, name, receiver):
    connection = connect(server, name, "BASIC", **BASIC, InvocationHttpParameters={
        "HeaderParameters": [{"Key": "X-Own", "Value": "h", "IsValueSecret": False}],
        "QueryStringParameters": [{"Key": "q", "Value": "a b", "IsValueSecret": True}],
        "BodyParameters": [{"Key": "added", "Value": "yes", "IsValueSecret": False}]})
    route(server, name, connection, receiver.url + "/things/*?x=1", method="PUT", target={
        "InputPath": "$.detail", "HttpParameters": {"PathParameterValues": ["a/b"], "HeaderParameters": {"X-Target": "t"},
                                                    "QueryStringParameters": {"z": "2"}}})
    send(server, name, detail={"n": 7})
    method, path, headers, body, _ = receiver.wait(1)[0]
    parsed = urllib.parse.urlsplit(path)
    assert (method, parsed.path) == ("PUT", "/things/a%2Fb")
    assert urllib.parse.parse_qs(parsed.query) == {"x": ["1"], "q": ["a b"], "z": ["2"]}
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"user:pass").decode()
    assert (headers["X-Own"], headers["X-Target"]) == ("h", "t")
    assert headers["Content-Type"].startswith("application/json") and headers["User-Agent"] == "Amazon/EventBridge/ApiDestinations"
    assert json.loads(body) == {"n": 7, "added": "yes"}
    shown = server.client("events").describe_connection(Name=name)
    assert shown["AuthParameters"]["BasicAuthParameters"] == {"Username": "user"}
    assert "Value" not in shown["AuthParameters"]["InvocationHttpParameters"]["QueryStringParameters"][0]
    assert shown["ConnectionState"] == "AUTHORIZED"


def test_an_api_key_and_a_call_that_is_tried_again(server, name, receiver):
    receiver.answers = [503, 429]
    route(server, name, connect(server, name, "API_KEY", ApiKeyAuthParameters={"ApiKeyName": "X-Key", "ApiKeyValue": "k"}), receiver.url)
    send(server, name)
    calls = receiver.wait(3)
    assert all(each[2]["X-Key"] == "k" for each in calls)
    assert json.loads(calls[2][3])["source"] == name


def test_oauth_asks_for_a_token_and_again_when_it_is_refused(server, name, receiver):
    connection = connect(server, name, "OAUTH_CLIENT_CREDENTIALS", OAuthParameters={
        "ClientParameters": {"ClientID": "id", "ClientSecret": "s&cret"}, "AuthorizationEndpoint": receiver.url + "/token",
        "HttpMethod": "POST", "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "all", "IsValueSecret": False}]}})
    events = server.client("events")
    assert events.describe_connection(Name=name)["ConnectionState"] == "AUTHORIZING"
    route(server, name, connection, receiver.url)
    send(server, name)
    receiver.wait(1)
    assert urllib.parse.parse_qs(receiver.tokens()[0][3].decode()) == {
        "grant_type": ["client_credentials"], "client_id": ["id"], "client_secret": ["s&cret"], "scope": ["all"]}
    p.wait_for(lambda: events.describe_connection(Name=name)["ConnectionState"] == "AUTHORIZED")
    send(server, name)
    assert receiver.wait(2)[1][2]["Authorization"] == "Bearer t1" and len(receiver.tokens()) == 1
    receiver.answers = [401]
    send(server, name)
    assert receiver.wait(4)[3][2]["Authorization"] == "Bearer t2" and len(receiver.tokens()) == 2


def test_no_more_calls_than_the_rate(server, name, receiver):
    route(server, name, connect(server, name, "BASIC", **BASIC), receiver.url, rate=5)
    send(server, name, count=8)
    times = sorted(each[4] for each in receiver.wait(8))
    assert times[-1] - times[0] >= 7 / 5 * 0.9


DEAD = [("refused-by-role", ("sqs:*",), None), ("gone", ("events:*",), "delete"), ("forbidden-address", ("events:*",), "http://169.254.169.254/"),
        ("status-400", ("events:*",), None)]


@pytest.mark.parametrize("case,actions,what", DEAD, ids=[each[0] for each in DEAD])
def test_what_cannot_be_delivered_goes_to_the_dead_letters(server, name, receiver, case, actions, what):
    sqs = server.client("sqs")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]})})
    receiver.answers = [400] if case == "status-400" else []
    endpoint = what if what and what.startswith("http") else receiver.url
    route(server, name, connect(server, name, "BASIC", **BASIC), endpoint, role_actions=actions,
          target={"DeadLetterConfig": {"Arn": arn}})
    if what == "delete":
        server.client("events").delete_api_destination(Name=name)
    send(server, name)
    message = p.wait_for(lambda: sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages"), what="the dead letter")[0]
    assert json.loads(message["Body"])["source"] == name
    assert message["MessageAttributes"]["TARGET_ARN"]["StringValue"].startswith(f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/")
    assert len(receiver.calls()) == (1 if case == "status-400" else 0)


def test_a_connection_is_shown_by_a_secret(server, name):
    events, secrets = server.client("events"), server.client("secretsmanager")
    connect(server, name, "API_KEY", ApiKeyAuthParameters={"ApiKeyName": "key", "ApiKeyValue": "one"})
    arn = events.describe_connection(Name=name)["SecretArn"]
    assert f":secret:events!connection/{name}/" in arn
    for value in ("one", "two"):
        kept = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
        assert kept == {"api_key_name": "key", "api_key_value": value}
        events.update_connection(Name=name, AuthParameters={"ApiKeyAuthParameters": {"ApiKeyValue": "two"}})
    events.delete_connection(Name=name)
    with pytest.raises(ClientError) as gone:
        secrets.describe_secret(SecretId=arn)
    assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_connections_and_destinations_through_the_api(server, name):
    events = server.client("events")
    connection = connect(server, name, "BASIC", **BASIC)
    made = events.create_api_destination(Name=name, ConnectionArn=connection, InvocationEndpoint="https://example.com/a", HttpMethod="POST")
    assert made["ApiDestinationState"] == "ACTIVE"
    with pytest.raises(ClientError) as again:
        connect(server, name, "BASIC", **BASIC)
    assert again.value.response["Error"]["Code"] == "ResourceAlreadyExistsException"
    events.update_connection(Name=name, AuthParameters={"BasicAuthParameters": {"Username": "other"}})
    assert events.describe_connection(Name=name)["AuthParameters"]["BasicAuthParameters"] == {"Username": "other"}
    events.update_api_destination(Name=name, HttpMethod="GET", InvocationRateLimitPerSecond=7)
    shown = events.describe_api_destination(Name=name)
    assert (shown["HttpMethod"], shown["InvocationRateLimitPerSecond"], shown["ConnectionArn"]) == ("GET", 7, connection)
    assert [each["Name"] for each in events.list_api_destinations(ConnectionArn=connection)["ApiDestinations"]] == [name]
    assert [each["Name"] for each in events.list_connections(NamePrefix=name)["Connections"]] == [name]
    assert events.deauthorize_connection(Name=name)["ConnectionState"] == "DEAUTHORIZED"
    assert events.describe_api_destination(Name=name)["ApiDestinationState"] == "INACTIVE"
    events.delete_api_destination(Name=name)
    events.delete_connection(Name=name)
    for operation in (events.describe_connection, events.describe_api_destination):
        with pytest.raises(ClientError) as gone:
            operation(Name=name)
        assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"


REFUSED = [
    ("create_connection", {"AuthorizationType": "BASIC", "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "a", "ApiKeyValue": "b"}}},
     "ValidationException"),
    ("create_connection", {"AuthorizationType": "BASIC", "AuthParameters": {**BASIC, "ApiKeyAuthParameters": {
        "ApiKeyName": "a", "ApiKeyValue": "b"}}}, "ValidationException"),
    ("create_api_destination", {"ConnectionArn": f"arn:aws:events:{REGION}:{ACCOUNT}:connection/x/0c0c0c0c-0c0c-0c0c-0c0c-0c0c0c0c0c0c",
                                "InvocationEndpoint": "https://example.com", "HttpMethod": "POST"}, "ResourceNotFoundException"),
    ("create_api_destination", {"ConnectionArn": f"arn:aws:events:{REGION}:{ACCOUNT}:connection/x/0c0c0c0c-0c0c-0c0c-0c0c-0c0c0c0c0c0c",
                                "InvocationEndpoint": "ftp://example.com", "HttpMethod": "POST"}, "ValidationException"),
]


@pytest.mark.parametrize("operation,members,code", REFUSED)
def test_requests_that_are_refused(server, name, operation, members, code):
    with pytest.raises(ClientError) as refused:
        getattr(server.client("events"), operation)(Name=name, **members)
    assert refused.value.response["Error"]["Code"] == code


def test_a_stack_makes_a_destination(server, name, receiver):
    template = {"Resources": {
        "Connection": {"Type": "AWS::Events::Connection", "Properties": {"AuthorizationType": "BASIC", "AuthParameters": BASIC}},
        "Destination": {"Type": "AWS::Events::ApiDestination", "Properties": {
            "ConnectionArn": {"Fn::GetAtt": ["Connection", "Arn"]}, "InvocationEndpoint": receiver.url, "HttpMethod": "POST"}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                                                 "Principal": {"Service": "events.amazonaws.com"}}]},
            "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": {"Fn::GetAtt": ["Destination", "Arn"]}}]}}]}},
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": [name]}, "Targets": [
            {"Id": "1", "Arn": {"Fn::GetAtt": ["Destination", "Arn"]}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}]}}}}
    client = server.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    send(server, name)
    assert json.loads(receiver.wait(1)[0][3])["source"] == name
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def test_executions_of_state_machines_are_told_of(server, name, receiver):
    events, states = server.client("events"), server.client("stepfunctions")
    machine = states.create_state_machine(
        name=name, roleArn=p.role(server, name + "-m", "states"),
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Choice", "Default": "Good", "Choices": [
            {"Variable": "$.bad", "IsPresent": True, "Next": "Bad"}]}, "Good": {"Type": "Succeed"},
            "Bad": {"Type": "Fail", "Error": "E", "Cause": "C"}}}))["stateMachineArn"]
    route(server, name, connect(server, name, "BASIC", **BASIC), receiver.url)
    events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}}))
    good = states.start_execution(stateMachineArn=machine, name="good", input='{"a": 1}')["executionArn"]
    states.start_execution(stateMachineArn=machine, name="bad", input='{"bad": 1}')
    told = {(d["detail"]["name"], d["detail"]["status"]): d for d in (json.loads(each[3]) for each in receiver.wait(4))}
    assert set(told) == {("good", "RUNNING"), ("good", "SUCCEEDED"), ("bad", "RUNNING"), ("bad", "FAILED")}
    done = told["good", "SUCCEEDED"]
    assert done["detail-type"] == "Step Functions Execution Status Change" and done["resources"] == [good]
    assert json.loads(done["detail"]["output"]) == {"a": 1} and done["detail"]["stopDate"] >= done["detail"]["startDate"]
    assert told["good", "RUNNING"]["detail"]["stopDate"] is None and told["good", "RUNNING"]["detail"]["output"] is None
    assert (told["bad", "FAILED"]["detail"]["error"], told["bad", "FAILED"]["detail"]["cause"]) == ("E", "C")
