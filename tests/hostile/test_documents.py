"""Documents made to hurt their reader: JSON, XML and YAML bombs (reliability check 28)."""
import http.client
import os
import pathlib
import re
import time

import pytest

from support.server import REGION

# An answer within this many seconds. The check's own threshold is 50 ms on a machine that does nothing else; the default tells what
# grows without bound from what shares its two cores with other tests and has no optimisation.
SECONDS = float(os.environ.get("THIMBLE_HOSTILE_SECONDS", "5"))
DEPTH = 200_000


def authorization(service):
    day = time.strftime("%Y%m%d", time.gmtime())
    return (f"AWS4-HMAC-SHA256 Credential=test/{day}/{REGION}/{service}/aws4_request, SignedHeaders=host;x-amz-date, "
            f"Signature={'0' * 64}")


def send(server, service, method, path, body, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    began = time.monotonic()
    connection.request(method, path, body, {
        "Authorization": authorization(service), "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        **{name.replace("_", "-"): value for name, value in headers.items()}})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text, time.monotonic() - began


def json_call(server, body, target="AWSStepFunctions.ListStateMachines"):
    return send(server, "states", "POST", "/", body, X_Amz_Target=target, Content_Type="application/x-amz-json-1.0")


def template_call(server, text, operation="ValidateTemplate"):
    import urllib.parse
    body = urllib.parse.urlencode({"Action": operation, "Version": "2010-05-15", "StackName": "bomb", "TemplateBody": text})
    return send(server, "cloudformation", "POST", "/", body, Content_Type="application/x-www-form-urlencoded; charset=utf-8")


JSON = {
    "arrays in arrays": b"[" * DEPTH,
    "closed arrays in arrays": b"[" * DEPTH + b"]" * DEPTH,
    "objects in objects": b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
    "string of 40 MiB": b'{"nextToken":"' + b"x" * (40 << 20) + b'"}',
    "number beyond every number": b'{"maxResults":1e999999999}',
    "long number": b'{"maxResults":' + b"9" * 100_000 + b"}",
    "broken UTF-8": b'{"nextToken":"\xff\xfe"}',
    "overlong UTF-8": b'{"nextToken":"\xc0\xaf"}',
    "lone surrogate": b'{"nextToken":"\\ud800"}',
    "surrogate in UTF-8": b'{"nextToken":"\xed\xa0\x80"}',
    "nothing": b"",
    "NUL": b'{"a":1}\0',
    "two values": b"{}{}",
    "comment": b"{/* */}",
    "list": b"[]",
    "text": b'"x"',
    "NaN": b'{"maxResults":NaN}',
    "trailing comma": b'{"a":1,}',
    "unclosed": b'{"a":',
    "byte order mark": b"\xef\xbb\xbf{",
}
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (c, *[c - 1] * 10) for c in range(ord("b"), ord("k"))) + b"]>"
XML = {
    "billion laughs": b'<?xml version="1.0"?>' + LAUGHS + b"<Tagging><TagSet><Tag><Key>&j;</Key><Value>&j;</Value></Tag></TagSet></Tagging>",
    "external entity": b'<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><Tagging><TagSet><Tag><Key>a</Key><Value>&x;</Value></Tag></TagSet></Tagging>',
    "external DTD": b'<!DOCTYPE t SYSTEM "http://127.0.0.1:1/x.dtd"><Tagging/>',
    "parameter entity": b'<!DOCTYPE t [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><Tagging/>',
    "elements in elements": b"<a>" * DEPTH + b"</a>" * DEPTH,
    "unclosed": b"<Tagging><TagSet>",
    "100,000 attributes": b"<Tags " + b"".join(b'a%d="b" ' % number for number in range(100_000)) + b"/>",
    "broken UTF-8": b"<Tagging><TagSet><Tag><Key>\xff</Key><Value>b</Value></Tag></TagSet></Tagging>",
    "NUL": b"<Tagging>\0</Tagging>",
    "nothing": b"",
    "text": b"hello",
}
YAML = {
    "alias bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(c)}: &{chr(c)} [{','.join(['*' + chr(c - 1)] * 9)}]\n" for c in range(ord("b"), ord("k"))) + "Resources: {A: {Type: \"AWS::SNS::Topic\", Properties: *j}}",
    "alias of itself": "a: &a [*a]\nResources: *a",
    "language tag": 'Resources: !!python/object/apply:os.system ["touch /tmp/thimble-was-here"]',
    "unknown tag": "Resources: !Include /etc/passwd",
    "depth": "[" * DEPTH,
    "depth by lines": "".join(" " * number + "a:\n" for number in range(1, 1200)),
    "not a template": "- 1\n- 2\n",
    "tab": "Resources:\n\tA: 1\n",
    "key twice": "Resources: {}\nResources: {}\n",
    "merge key": "a: &a {b: c}\nResources: {<<: *a}",
    "unclosed": 'Resources: {A: "',
    "nothing": "",
    "deep JSON": '{"a":' * 50_000,
    "nested functions": 'Resources: {A: {Type: "AWS::SNS::Topic", Properties: {TopicName: ' + '{"Fn::Join": ["", [' * 5_000 + "x" + "]]}" * 5_000 + "}}}",
    "intrinsic bomb": "Resources: {A: {Type: \"AWS::SNS::Topic\", Properties: {TopicName: !Join ['', [" + ",".join(
        ["!Ref 'AWS::StackName'"] * 2000) + "]]}}}",
}
ASL = {
    "deep definition": '{"StartAt":' * 50_000,
    "nested parallels": '{"StartAt":"A","States":{"A":{"Type":"Parallel","End":true,"Branches":[' * 2_000 + "{}" + "]}}}" * 2_000,
}


def resident(server):
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) / 1024


@pytest.mark.parametrize("case", JSON)
def test_json(server, case):
    answer, text, seconds = json_call(server, JSON[case])
    # As AWS: an empty body counts as an empty object; a number out of range or a text that is no token is refused by name.
    assert 400 <= answer.status < 500 or (case == "nothing" and answer.status == 200), (answer.status, text[:200])
    if answer.status != 200:
        assert b"__type" in text or answer.getheader("x-amzn-ErrorType"), text[:200]
    assert seconds < SECONDS, f"{seconds:.3f} s"


@pytest.mark.parametrize("case", XML)
def test_xml(server, case, name):
    server.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    answer, text, seconds = send(server, "s3", "PUT", f"/{name}?tagging", XML[case], x_amz_content_sha256="UNSIGNED-PAYLOAD")
    assert 400 <= answer.status < 500, (answer.status, text[:200])
    assert b"<Code>" in text and b"root:" not in text
    assert seconds < SECONDS, f"{seconds:.3f} s"


@pytest.mark.parametrize("case", YAML)
def test_yaml(server, case):
    answer, text, seconds = template_call(server, YAML[case])
    # Some of them are templates; then nothing was expanded, opened or run.
    assert answer.status < 500, (answer.status, text[:200])
    assert answer.status == 200 or b"<Code>ValidationError</Code>" in text, text[:200]
    assert seconds < 2 * SECONDS, f"{seconds:.3f} s"
    assert not pathlib.Path("/tmp/thimble-was-here").exists() and b"root:" not in text


@pytest.mark.parametrize("case", ASL)
def test_definitions(server, case):
    import json
    answer, text, seconds = json_call(server, json.dumps({"name": "bomb", "definition": ASL[case], "roleArn": "arn:aws:iam::000000000000:role/x"}),
                                      "AWSStepFunctions.CreateStateMachine")
    assert answer.status == 400 and b"InvalidDefinition" in text, text[:200]
    assert seconds < SECONDS, f"{seconds:.3f} s"


def test_memory_stays_bounded(own_server):
    own_server.start()
    before = resident(own_server)
    largest = max(len(body) for body in JSON.values()) / (1 << 20)
    for body in JSON.values():
        json_call(own_server, body)
    for text in YAML.values():
        template_call(own_server, text)
    grown = resident(own_server) - before
    print(f"peak grew by {grown:.0f} MiB, largest document {largest:.0f} MiB (threshold twice that and 32 MiB)")
    assert grown <= 2 * largest + 32
