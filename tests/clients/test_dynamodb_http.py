"""DynamoDB's own ways with HTTP: contents in gzip, answers without a body, bodies that are too long."""
import gzip
import json
import zlib
from http.client import HTTPConnection

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.server import REGION

TABLE = "http"


@pytest.fixture(scope="module")
def call(server):
    """Calls as a user whose signature is checked: of the body as it is sent. Gives status, headers and body."""
    client = server.client("dynamodb")
    client.create_table(TableName=TABLE, BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}])
    client.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
    iam = server.client("iam")
    iam.create_user(UserName=TABLE)
    iam.put_user_policy(UserName=TABLE, PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}]}))
    key = iam.create_access_key(UserName=TABLE)["AccessKey"]
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def call(operation, body, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = AWSRequest("POST", f"http://127.0.0.1:{server.port}/", data=body, headers={
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}", **headers})
        SigV4Auth(credentials, "dynamodb", REGION).add_auth(request)
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("POST", "/", request.data, dict(request.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, answer.headers, content

    yield call
    client.delete_table(TableName=TABLE)


def put(value):
    return json.dumps({"TableName": TABLE, "Item": {"p": {"S": "a"}, "v": {"S": value}}}).encode()


def test_requests_in_gzip_are_read(call):
    value = "x" * 100_000
    assert call("PutItem", gzip.compress(put(value)), Content_Encoding="gzip")[0] == 200
    status, headers, body = call("GetItem", json.dumps({"TableName": TABLE, "Key": {"p": {"S": "a"}}}))
    assert status == 200 and json.loads(body)["Item"]["v"]["S"] == value
    assert "Content-Encoding" not in headers and headers["Server"] == "Server"


@pytest.mark.parametrize("coding, body", [
    ("gzip", put("y")), ("gzip", gzip.compress(put("y"))[:-1]), ("gzip", b""), ("unknown", put("y"))])
def test_requests_that_cannot_be_unpacked_fail(call, coding, body):
    status, _, answer = call("PutItem", body, Content_Encoding=coding)
    assert status == 500 and json.loads(answer)["__type"].endswith("#InternalServerError")


def test_requests_have_16_mebibytes_also_unpacked(call):
    spaces = b" " * (17 << 20)
    assert call("PutItem", gzip.compress(put("y")[:-1] + spaces + b"}"), Content_Encoding="gzip")[0] == 413
    assert call("PutItem", put("y")[:-1] + spaces[:15 << 20] + b"}")[0] == 200


@pytest.mark.parametrize("coding, unpack", [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
def test_long_answers_are_packed_for_who_accepts_it(call, coding, unpack):
    value = "x" * 5000
    call("PutItem", put(value))
    get = json.dumps({"TableName": TABLE, "Key": {"p": {"S": "a"}}})
    status, headers, body = call("GetItem", get, Accept_Encoding=coding)
    assert status == 200 and headers["Content-Encoding"] == coding and len(body) < 500
    assert json.loads(unpack(body))["Item"]["v"]["S"] == value
    assert headers["x-amz-crc32"] == str(zlib.crc32(body))
    status, headers, body = call("DescribeTable", json.dumps({"TableName": TABLE}), Accept_Encoding=coding)
    assert "Content-Encoding" not in headers and json.loads(body)["Table"]["TableName"] == TABLE


def test_tags_are_answered_by_nothing(call):
    arn = f"arn:aws:dynamodb:{REGION}:000000000000:table/{TABLE}"
    for operation, more in (("TagResource", {"Tags": [{"Key": "k", "Value": "v"}]}), ("UntagResource", {"TagKeys": ["k"]})):
        status, headers, body = call(operation, json.dumps({"ResourceArn": arn, **more}))
        assert (status, headers["Content-Length"], body) == (200, "0", b"")
        assert headers["x-amz-crc32"] == "0"
