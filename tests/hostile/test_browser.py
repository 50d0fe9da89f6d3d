"""A web page cannot use the server through its visitor's browser (reliability check 34)."""
import http.client
import json

import pytest

from support.server import ACCOUNT, REGION


def request(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


EVIL = "https://evil.example"
CREATE_TOPIC = "Action=CreateTopic&Name={}&Version=2010-03-31"
SIGNED = f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/SERVICE/aws4_request, SignedHeaders=host, Signature={'0' * 64}"


@pytest.mark.parametrize("how", ["form", "text", "json", "signed", "null origin", "file origin", "image", "rebound host",
                                 "rebound host with port", "address in disguise", "suffix of localhost", "websocket"])
def test_a_page_changes_nothing(server, name, how):
    form = CREATE_TOPIC.format(name)
    tries = {
        "form": ("POST", "/", form, {"Origin": EVIL, "Content_Type": "application/x-www-form-urlencoded"}),
        "text": ("POST", "/", json.dumps({"name": name}), {"Origin": EVIL, "Content_Type": "text/plain",
                                                           "X_Amz_Target": "AWSStepFunctions.CreateActivity"}),
        "json": ("POST", "/", json.dumps({"name": name}), {"Origin": EVIL, "Content_Type": "application/x-amz-json-1.0",
                                                           "X_Amz_Target": "AWSStepFunctions.CreateActivity"}),
        "signed": ("POST", "/", form, {"Origin": EVIL, "Content_Type": "application/x-www-form-urlencoded",
                                       "Authorization": SIGNED.replace("SERVICE", "sns")}),
        "null origin": ("POST", "/", form, {"Origin": "null", "Authorization": SIGNED.replace("SERVICE", "sns"),
                                            "Content_Type": "application/x-www-form-urlencoded"}),
        "file origin": ("POST", "/", form, {"Origin": "file://", "Authorization": SIGNED.replace("SERVICE", "sns"),
                                            "Content_Type": "application/x-www-form-urlencoded"}),
        "image": ("GET", f"/?{form}", None, {"Referer": EVIL, "Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}),
        "rebound host": ("POST", "/", form, {"Host": "evil.example", "Origin": "http://evil.example",
                                             "Content_Type": "application/x-www-form-urlencoded"}),
        "rebound host with port": ("POST", "/", form, {"Host": f"evil.example:{server.port}",
                                                       "Authorization": SIGNED.replace("SERVICE", "sns"),
                                                       "Content_Type": "application/x-www-form-urlencoded"}),
        "address in disguise": ("POST", "/", form, {"Host": "2130706433", "Authorization": SIGNED.replace("SERVICE", "sns"),
                                                    "Content_Type": "application/x-www-form-urlencoded"}),
        "suffix of localhost": ("POST", "/", form, {"Host": "evillocalhost", "Origin": "http://evillocalhost",
                                                    "Authorization": SIGNED.replace("SERVICE", "sns"),
                                                    "Content_Type": "application/x-www-form-urlencoded"}),
        "websocket": ("GET", f"/?{form}", None, {"Origin": EVIL, "Upgrade": "websocket", "Connection": "Upgrade",
                                                 "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec_WebSocket_Version": "13"}),
    }
    method, path, body, headers = tries[how]
    answer, text = request(server, method, path, body, **headers)
    assert 400 <= answer.status < 500, (answer.status, text)
    assert answer.getheader("Access-Control-Allow-Origin") is None
    topics = [topic["TopicArn"] for topic in server.client("sns").list_topics()["Topics"]]
    assert f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}" not in topics
    activities = [activity["name"] for activity in server.client("stepfunctions").list_activities()["activities"]]
    assert name not in activities


@pytest.mark.parametrize("path, target", [("/", "AWSStepFunctions.StartExecution"), ("/2015-03-31/functions/", None), ("/bucket/key", None)])
def test_a_preflight_is_not_granted(server, path, target):
    answer, _ = request(server, "OPTIONS", path, Origin=EVIL, Access_Control_Request_Method="POST",
                        Access_Control_Request_Headers="content-type,x-amz-target,authorization")
    assert answer.getheader("Access-Control-Allow-Origin") is None
    assert answer.getheader("Access-Control-Allow-Headers") is None
    assert answer.status >= 400


@pytest.mark.parametrize("path", ["/_thimble/health", "/metrics", "/_thimble/button/none"])
def test_our_own_pages_are_not_shown_to_others(server, path):
    answer, _ = request(server, "GET", path, Origin=EVIL)
    assert answer.getheader("Access-Control-Allow-Origin") is None
    answer, _ = request(server, "GET", path, Host="evil.example")
    assert 400 <= answer.status < 500


def test_it_listens_on_loopback_only(server):
    addresses = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in open(table).readlines()[1:]:
            fields = line.split()
            address, port = fields[1].split(":")
            if int(port, 16) == server.port and fields[3] == "0A":
                addresses.add(address)
    assert addresses <= {"0100007F", "00000000000000000000000001000000"} and addresses
