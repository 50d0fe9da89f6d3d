"""Presses whose end is told: the example's own functions, in C++, against receivers of this test.

The receivers answer as Slack's chat.postMessage and Twilio's Messages API do.
"""
import base64
import http.server
import json
import threading
import urllib.parse

import pytest

from support.example import deploy_button, deploy_pipeline, post, press
from support.history import whole_history
from support.server import Server
from support.workload import ended

SLACK_TOKEN = "xoxb-canary-of-slack"
TWILIO_TOKEN = "canary-of-twilio"


class Receiver:
    """Keeps the requests that come (path, headers, text) and answers them as the service would."""

    def __init__(self):
        self.requests = []
        self.answers = {}  # Path's end: (status, JSON) in place of the usual one.
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.requests.append((self.path, dict(self.headers), text))
                status, body = receiver.answer(self.path, text)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, text):
        if path in self.answers:
            return self.answers[path]
        if path.endswith("/chat.postMessage"):
            message = json.loads(text)
            return 200, {"ok": True, "channel": "C024BE91L", "ts": "1503435956.000247", "message": {"text": message["text"]}}
        if path.endswith("/Messages.json"):
            return 201, {"sid": "SM00000000000000000000000000000000", "status": "queued"}
        return 200, {}

    def take(self):
        taken, self.requests = self.requests, []
        return taken


@pytest.fixture(scope="module")
def receiver():
    return Receiver()


@pytest.fixture(scope="module")
def told(receiver):
    server = Server(options=["--allow-address", "127.0.0.1", "--function-port", str(receiver.port)]).start()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def button(told, receiver, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notifiers")
    deploy_pipeline(told, folder)
    return deploy_button(told, folder, SlackApiBase=f"http://127.0.0.1:{receiver.port}/api",
                         TwilioApiBase=f"http://127.0.0.1:{receiver.port}")


@pytest.fixture(scope="module")
def simple(told, button, tmp_path_factory):
    return deploy_button(told, tmp_path_factory.mktemp("simple"), "start-pipeline-simple", "start-simple")


@pytest.fixture(autouse=True)
def fresh(receiver):
    receiver.requests, receiver.answers = [], {}


def pressed(told, button, name, **event):
    status, answer = press(button, name, **event)
    assert status == 200, answer
    return ended(told.client("stepfunctions"), answer["executionArn"])


def logs(told):
    client = told.client("logs")
    text = ""
    for group in client.describe_log_groups()["logGroups"]:
        for event in client.filter_log_events(logGroupName=group["logGroupName"])["events"]:
            text += event["message"]
    return text


def test_slack(told, button, receiver, name):
    execution = pressed(told, button, name, notifier="Slack", channel="#builds", slack_token=SLACK_TOKEN,
                        message="Gebaut: 100 % — “gut” ✓")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    [(path, headers, text)] = receiver.take()
    assert path == "/api/chat.postMessage"
    assert headers["Authorization"] == f"Bearer {SLACK_TOKEN}"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(text) == {"channel": "#builds", "text": "Gebaut: 100 % — “gut” ✓"}
    output = json.loads(execution["output"])
    assert output["slack"] == {"channel": "C024BE91L", "ts": "1503435956.000247"}
    assert output["pipelineExecutionId"] and "slack_token" not in output
    # Secrets are never logged.
    assert SLACK_TOKEN not in logs(told)


def test_slack_refuses(told, button, receiver, name):
    receiver.answers["/api/chat.postMessage"] = (200, {"ok": False, "error": "channel_not_found"})
    execution = pressed(told, button, name, notifier="Slack", channel="#none", slack_token=SLACK_TOKEN, message="hello")
    assert (execution["status"], execution["error"]) == ("FAILED", "SlackError")
    assert "channel_not_found" in execution["cause"] and SLACK_TOKEN not in execution["cause"]
    receiver.answers["/api/chat.postMessage"] = (503, {})
    execution = pressed(told, button, name + "2", notifier="Slack", channel="#none", slack_token=SLACK_TOKEN, message="hello")
    assert (execution["status"], execution["error"]) == ("FAILED", "SlackError")
    execution = pressed(told, button, name + "3", notifier="Slack", slack_token=SLACK_TOKEN, message="hello")
    assert execution["status"] == "FAILED" and "channel" in execution["cause"]
    assert SLACK_TOKEN not in logs(told)


def test_twilio(told, button, receiver, name):
    execution = pressed(told, button, name, notifier="Twilio", twilio_account_sid="AC123", twilio_auth_token=TWILIO_TOKEN,
                        twilio_from="+15005550006", twilio_to="+4917012345678", message="built & shipped = ü")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    [(path, headers, text)] = receiver.take()
    assert path == "/2010-04-01/Accounts/AC123/Messages.json"
    assert headers["Authorization"] == "Basic " + base64.b64encode(f"AC123:{TWILIO_TOKEN}".encode()).decode()
    assert dict(urllib.parse.parse_qsl(text, strict_parsing=True)) == {
        "From": "+15005550006", "To": "+4917012345678", "Body": "built & shipped = ü"}
    output = json.loads(execution["output"])
    assert output["twilio"] == {"sid": "SM00000000000000000000000000000000", "status": "queued"}
    assert "twilio_auth_token" not in output
    assert TWILIO_TOKEN not in logs(told)


def test_twilio_refuses(told, button, receiver, name):
    receiver.answers["/2010-04-01/Accounts/AC123/Messages.json"] = (400, {
        "code": 21211, "message": "The 'To' number is not a valid phone number.", "status": 400})
    execution = pressed(told, button, name, notifier="Twilio", twilio_account_sid="AC123", twilio_auth_token=TWILIO_TOKEN,
                        twilio_from="+1", twilio_to="nobody", message="hello")
    assert (execution["status"], execution["error"]) == ("FAILED", "TwilioError")
    assert "not a valid phone number" in execution["cause"]


def test_sns(told, button, receiver, name):
    sns = told.client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{receiver.port}/sns")

    def arrived(kind):
        import time
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for path, _, text in list(receiver.requests):
                if path == "/sns" and json.loads(text)["Type"] == kind:
                    return json.loads(text)
            time.sleep(0.02)
        raise AssertionError(f"no {kind} arrives")

    confirmation = arrived("SubscriptionConfirmation")
    sns.confirm_subscription(TopicArn=topic, Token=confirmation["Token"])
    execution = pressed(told, button, name, notifier="SNS", topic_arn=topic, subject="Pipeline", message="It was started.")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    notification = arrived("Notification")
    assert (notification["Subject"], notification["Message"]) == ("Pipeline", "It was started.")
    assert notification["MessageId"] == json.loads(execution["output"])["sns"]["MessageId"]


def test_no_notifier(told, button, receiver, name):
    execution = pressed(told, button, name, notifier="Pigeon")
    assert execution["status"] == "SUCCEEDED" and receiver.take() == []
    types = [event["type"] for event in whole_history(told.client("stepfunctions"), execution["executionArn"])]
    assert "PassStateEntered" in types


# docs/webhooks.md tells how these are set up; the payloads here are those of that page.

def test_ifttt_makes_a_web_request(told, button, receiver, name):
    """IFTTT's "Make a web request": the applet's body, after IFTTT has put its ingredients in. It sends no name."""
    body = {"stateMachineArn": button["StepFunctionsStateMachine"], "input": json.dumps({
        "pipeline_name": "RestaurantService_pipeline", "notifier": "Slack", "channel": "#builds", "slack_token": SLACK_TOKEN,
        "message": "Started by IFTTT, November 28, 2026 at 09:02PM"})}
    status, answer = post(button["StartPipelineUrl"], json.dumps(body).encode(), {"User-Agent": "IFTTT-Protocol/v1"})
    assert status == 200, answer
    execution = ended(told.client("stepfunctions"), answer["executionArn"])
    assert execution["status"] == "SUCCEEDED"
    assert "Started by IFTTT" in receiver.take()[0][2]


@pytest.mark.parametrize("payload", [
    {"value1": "", "value2": "", "value3": ""},                                                          # IFTTT's own three values
    {"serialNumber": "G030JF053216F1BS", "batteryVoltage": "1560mV", "clickType": "SINGLE"},             # AWS IoT button
    {"deviceInfo": {"deviceId": "G030MD0371271BB2", "type": "button", "remainingLife": 98.7, "attributes": {
        "projectName": "Start", "placementName": "desk"}}, "deviceEvent": {"buttonClicked": {"clickType": "SINGLE",
                                                                                           "reportedTime": "2026-11-28T20:25:50.000Z"}},
     "placementInfo": {"projectName": "Start", "placementName": "desk", "attributes": {}, "devices": {"button": "G030MD0371271BB2"}}},
    "not JSON at all",
])
def test_any_webhook_presses_the_simple_form(told, simple, payload):
    body = payload.encode() if isinstance(payload, str) else payload
    status, answer = post(simple["StartPipelineUrl"], body)
    assert (status, answer.get("pipeline_name")) == (200, "RestaurantService_pipeline"), answer
    executions = told.client("codepipeline").list_pipeline_executions(pipelineName="RestaurantService_pipeline")
    assert answer["pipelineExecutionId"] in [e["pipelineExecutionId"] for e in executions["pipelineExecutionSummaries"]]


def test_an_iot_button_invokes_the_function(told, simple):
    """On AWS an IoT button calls its function without an API."""
    function = next(f["FunctionName"] for f in told.client("lambda").list_functions()["Functions"]
                    if f["FunctionName"].startswith("start-simple-"))
    answer = told.client("lambda").invoke(FunctionName=function, Payload=json.dumps(
        {"serialNumber": "G030JF053216F1BS", "batteryVoltage": "1560mV", "clickType": "LONG"}))
    answer = json.loads(answer["Payload"].read())
    assert answer["statusCode"] == 200 and json.loads(answer["body"])["pipelineExecutionId"]
