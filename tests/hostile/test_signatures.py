"""Changed requests are refused, whatever was changed (reliability check 35). AWS's own suite: src/wire/sigv4."""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import random
import urllib.parse

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support.server import REGION

SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))
MUTATIONS = 1_000


@pytest.fixture(scope="module")
def key(server):
    """A user who may do everything, and whose key Thimble issued: so its signatures are checked."""
    iam = server.client("iam")
    iam.create_user(UserName="signer")
    iam.put_user_policy(UserName="signer", PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    made = iam.create_access_key(UserName="signer")["AccessKey"]
    server.client("s3").create_bucket(Bucket="signed", CreateBucketConfiguration={"LocationConstraint": REGION})
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"])


def send(server, method, target, headers, body):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    if not any(name.lower() == "content-length" for name, _ in headers):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text


def host(server):
    return f"127.0.0.1:{server.port}"


def signed_call(server, key, moment=None):
    """A call of Step Functions: method, target, headers, body."""
    body = b'{"maxResults": 10}'
    request = AWSRequest("POST", f"http://{host(server)}/", data=body, headers={
        "Host": host(server), "X-Amz-Target": "AWSStepFunctions.ListStateMachines", "Content-Type": "application/x-amz-json-1.0"})
    sign(SigV4Auth(key, "states", REGION), request, moment)
    return "POST", "/", list(request.headers.items()), body


def signed_object(server, key, name="object"):
    body = b"the object's content"
    request = AWSRequest("PUT", f"http://{host(server)}/signed/{name}", data=body, headers={
        "Host": host(server), "X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest()})
    sign(S3SigV4Auth(key, "s3", REGION), request)
    return "PUT", f"/signed/{name}", list(request.headers.items()), body


def sign(signer, request, moment=None):
    if moment is None:
        signer.add_auth(request)
        return
    # botocore signs with the time of now; the shifted one is put in its place.
    import botocore.auth
    original = botocore.auth.get_current_datetime if hasattr(botocore.auth, "get_current_datetime") else None
    if original is not None:
        botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moment.replace(tzinfo=None) if remove_tzinfo else moment
        try:
            signer.add_auth(request)
        finally:
            botocore.auth.get_current_datetime = original
        return
    real = botocore.auth.datetime

    class Shifted(real.datetime):
        @classmethod
        def utcnow(cls):
            return moment.replace(tzinfo=None)

    class Module:
        datetime = Shifted
        timedelta = real.timedelta

    botocore.auth.datetime = Module
    try:
        signer.add_auth(request)
    finally:
        botocore.auth.datetime = real


def flipped(text, rng, alphabet=None):
    """One character of the text exchanged for another that a header may hold."""
    place = rng.randrange(len(text))
    others = [c for c in (alphabet or "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") if c != text[place]]
    return text[:place] + rng.choice(others) + text[place + 1:]


def mutate(rng, call, ours, other):
    """A changed copy of a request signed with the key `ours`, with a word that says what was changed."""
    method, target, headers, body = call
    headers = list(headers)
    index = {name.lower(): number for number, (name, _) in enumerate(headers)}

    def change(name, how):
        number = index[name]
        headers[number] = (headers[number][0], how(headers[number][1]))

    def signature(value):
        head, tail = value.rsplit("Signature=", 1)
        return head + "Signature=" + flipped(tail, rng, "0123456789abcdef")

    def scope(value):
        head, rest = value.split("Credential=", 1)
        credential, tail = rest.split(",", 1)
        parts = credential.split("/")
        place = rng.randrange(1, 5)
        parts[place] = flipped(parts[place], rng)
        return head + "Credential=" + "/".join(parts) + "," + tail

    def unsigned(value):
        # One header fewer is said to be signed.
        head, rest = value.split("SignedHeaders=", 1)
        names, tail = rest.split(",", 1)
        names = names.split(";")
        names.pop(rng.randrange(len(names)))
        return head + "SignedHeaders=" + ";".join(names) + "," + tail

    what = rng.choice(["signature", "scope", "signed headers", "key", "date", "body", "header", "path", "method", "query", "empty signature"])
    if what == "signature":
        change("authorization", signature)
    elif what == "scope":
        change("authorization", scope)
    elif what == "signed headers":
        change("authorization", unsigned)
    elif what == "key":
        # Another key that Thimble issued. (On loopback a key id that nobody knows is the root's: the door is open.)
        change("authorization", lambda value: value.replace(ours, other, 1))
    elif what == "date":
        change("x-amz-date", lambda value: flipped(value, rng, "0123456789"))
    elif what == "body":
        place = rng.randrange(len(body))
        body = body[:place] + bytes([body[place] ^ (1 << rng.randrange(7))]) + body[place + 1:]
    elif what == "header":
        name = rng.choice([name for name in index if name in ("x-amz-target", "x-amz-content-sha256", "host")])
        if name == "host":
            change(name, lambda value: f"localhost:{value.rsplit(':', 1)[1]}")
        else:
            change(name, lambda value: flipped(value, rng, "0123456789abcdef" if "sha256" in name else None))
    elif what == "path":
        target = target + rng.choice(["x", "%20", "?x=y"])
    elif what == "method":
        method = {"PUT": "DELETE", "POST": "PUT"}[method]
    elif what == "query":
        target = target + ("&" if "?" in target else "?") + "versionId=null"
    else:
        change("authorization", lambda value: value.rsplit("Signature=", 1)[0] + "Signature=")
    return what, (method, target, headers, body)


def test_the_unchanged_requests_are_good(server, key):
    assert send(server, *signed_call(server, key))[0] == 200
    assert send(server, *signed_object(server, key))[0] == 200


def test_a_thousand_mutations(server, key):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    accepted = []
    other = server.client("iam").create_access_key(UserName="signer")["AccessKey"]["AccessKeyId"]
    for number in range(MUTATIONS):
        call = signed_object(server, key, f"mutated{number}") if number % 2 else signed_call(server, key)
        what, changed = mutate(rng, call, key.access_key, other)
        status, text = send(server, *changed)
        if not 400 <= status < 500:
            accepted.append((what, status, text[:100], changed))
    kept = server.client("s3").list_objects_v2(Bucket="signed", Prefix="mutated").get("Contents", [])
    print(f"{MUTATIONS} mutations: {len(accepted)} accepted (threshold 0)")
    assert accepted == [] and kept == []


@pytest.mark.parametrize("minutes, good", [(-20, False), (-16, False), (-14, True), (0, True), (14, True), (16, False), (60 * 24, False)])
def test_the_time_of_a_signature(server, key, minutes, good):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    status, text = send(server, *signed_call(server, key, moment))
    assert (status == 200) == good, text


def test_a_missing_signature(server):
    status, text = send(server, "POST", "/", [("Host", host(server)), ("X-Amz-Target", "AWSStepFunctions.ListStateMachines"),
                                              ("Content-Type", "application/x-amz-json-1.0")], b"{}")
    assert status in (400, 403) and b"MissingAuthenticationToken" in text
    status, text = send(server, "GET", "/signed/object", [("Host", host(server))], b"")
    assert status == 403 and b"AccessDenied" in text


def presigned(server, key, seconds):
    request = AWSRequest("GET", f"http://{host(server)}/signed/object")
    S3SigV4QueryAuth(key, "s3", REGION, expires=seconds).add_auth(request)
    return request.url.split(host(server), 1)[1]


def test_presigned_addresses(server, key):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    send(server, *signed_object(server, key))
    good = presigned(server, key, 60)
    headers = [("Host", host(server))]
    assert send(server, "GET", good, headers, b"")[0] == 200
    accepted = []
    parts = urllib.parse.urlsplit(good)
    fields = urllib.parse.parse_qsl(parts.query)
    for _ in range(100):
        changed = list(fields)
        place = rng.randrange(len(changed))
        head, slash, tail = changed[place][1].partition("/")  # The key's id stays: an unknown one is the open door's.
        changed[place] = (changed[place][0], head + slash + flipped(tail, rng, "0123456789") if slash else
                          flipped(head, rng, "0123456789"))
        status, _ = send(server, "GET", parts.path + "?" + urllib.parse.urlencode(changed), headers, b"")
        if status < 400:
            accepted.append(changed)
    assert accepted == []
    for address in (presigned(server, key, 604_801), presigned(server, key, -5),
                    good + "&response-content-type=text/html", good.replace("/object", "/other")):
        assert send(server, "GET", address, headers, b"")[0] in (400, 403), address
    assert send(server, "PUT", good, headers, b"x")[0] == 403


def test_an_address_of_the_open_door(server):
    """A page can make a browser load it; so it counts only with a header that such a load does not have."""
    fields = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"test/{day()}/{REGION}/dynamodb/aws4_request",
              "X-Amz-Date": day() + "T000000Z", "X-Amz-Expires": "86400", "X-Amz-SignedHeaders": "host", "X-Amz-Signature": "0" * 64}
    address = "/?" + urllib.parse.urlencode(fields)
    headers = [("Host", host(server)), ("Content-Type", "application/x-amz-json-1.0")]
    target = ("X-Amz-Target", "DynamoDB_20120810.ListTables")
    assert send(server, "POST", address, headers + [target], b"{}")[0] == 200
    action = "/?Action=ListUsers&Version=2010-05-08&" + urllib.parse.urlencode(fields).replace("dynamodb", "iam")
    status, text = send(server, "GET", action, [("Host", host(server))], b"")
    assert status == 403 and b"InvalidClientTokenId" in text


def day():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d")


def chunked(server, key, spoil=None, content=b"abcdefgh" * 9000, name="chunked"):
    """An aws-chunked upload with signed chunks; `spoil` changes the framed body."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{now[:8]}/{REGION}/s3/aws4_request"
    length, size = len(content), 65536

    def framed_length():
        total, left = 0, length
        while True:
            part = min(size, left)
            total += len(f"{part:x}") + len(";chunk-signature=") + 64 + 2 + part + 2
            left -= part
            if part == 0:
                return total

    headers = {"content-encoding": "aws-chunked", "content-length": str(framed_length()), "host": host(server), "x-amz-content-sha256":
               "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "x-amz-date": now, "x-amz-decoded-content-length": str(length)}
    names = ";".join(sorted(headers))
    canonical = f"PUT\n/signed/{name}\n\n" + "".join(f"{n}:{headers[n]}\n" for n in sorted(headers)) + f"\n{names}\n" + headers["x-amz-content-sha256"]
    secret = ("AWS4" + key.secret_key).encode()
    for part in scope.split("/"):
        secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()

    def signature(text):
        return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()

    previous = signature(f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}")
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={key.access_key}/{scope}, SignedHeaders={names}, Signature={previous}"
    body, position = b"", 0
    while True:
        part = content[position:position + size]
        previous = signature(f"AWS4-HMAC-SHA256-PAYLOAD\n{now}\n{scope}\n{previous}\n{hashlib.sha256(b'').hexdigest()}\n{hashlib.sha256(part).hexdigest()}")
        body += f"{len(part):x};chunk-signature={previous}\r\n".encode() + part + b"\r\n"
        position += size
        if not part:
            break
    return send(server, "PUT", f"/signed/{name}", list(headers.items()), spoil(body) if spoil else body)


def test_chunk_signatures(server, key):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    assert chunked(server, key)[0] == 200
    s3 = server.client("s3")
    assert s3.get_object(Bucket="signed", Key="chunked")["Body"].read() == b"abcdefgh" * 9000

    def flip(body):
        place = rng.randrange(len(body))
        return body[:place] + bytes([body[place] ^ 1]) + body[place + 1:]

    accepted = []
    for number in range(100):
        name = f"spoilt{number}"
        status, text = chunked(server, key, flip, name=name)
        if not 400 <= status < 500:
            accepted.append((number, status, text))
    assert accepted == []
    assert s3.list_objects_v2(Bucket="signed", Prefix="spoilt").get("Contents", []) == []
