"""Functions that take all they can get (reliability check 39): they end as on AWS, nothing of them stays, and a neighbour is
answered all the while."""
import concurrent.futures
import io
import json
import pathlib
import time
import uuid
import zipfile

import pytest

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                            "Principal": {"Service": "lambda.amazonaws.com"}}]})
EXITED = ("Runtime.ExitError", "Runtime exited with error: signal: killed")
TIMED_OUT = ("Sandbox.Timedout", "Task timed out after 2.00 seconds")
# Each bomb with the error that it ends in, or what it answers.
BOMBS = {
    "processes without end": ("""
    import os, time
    while True:
        try:
            if os.fork() == 0:
                while True: time.sleep(1000)
        except OSError: pass
""", TIMED_OUT),
    "8 GiB of memory": ("""
    kept = []
    while True: kept.append(b'x' * (64 << 20))
""", EXITED),
    "8 GiB in one piece": ("    return len(b'x' * (8 << 30))", EXITED),
    "descriptors": ("""
    import os
    count = 0
    try:
        while True: os.open('/dev/null', 0); count += 1
    except OSError as error: return error.errno == 24 and count <= 1024
""", True),
    "/tmp": ("""
    written = 0
    try:
        with open('/tmp/flood', 'wb', buffering=0) as file:
            while True: written += file.write(bytes(1 << 20))
    except OSError as error: return error.errno == 28 and written <= 512 << 20
""", True),
    "the log": ("""
    import os
    line = b'a line of a flood that does not end ' * 30000 + b'\\n'
    for _ in range(1000): os.write(1, line)
    return True
""", True),
    "the processor": ("    while True: pass", TIMED_OUT),
    "a deaf child": ("""
    import os, signal, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 65):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            while True: time.sleep(1000)
    while True: time.sleep(1000)
""", TIMED_OUT),
}


def create(server, name, body, timeout=60):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n" + body + "\n")
    iam, client = server.client("iam"), server.client("lambda")
    try:
        role = iam.create_role(RoleName="bombs", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName="bombs")["Role"]["Arn"]
    # The variable is how a process of the function is told from all others.
    client.create_function(FunctionName=name, Runtime="python3.11", Role=role, Handler="index.handler", MemorySize=256,
                           Timeout=timeout, Code={"ZipFile": data.getvalue()},
                           Environment={"Variables": {"MARKER": name}})
    client.get_waiter("function_active_v2").wait(FunctionName=name)


def invoke(server, name):
    answer = server.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def processes(marker):
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and b"MARKER=" + marker.encode() in (folder / "environ").read_bytes():
                found.append(folder.name)
        except OSError:
            pass
    return found


@pytest.mark.parametrize("title", BOMBS)
def test_a_bomb(server, title):
    body, expected = BOMBS[title]
    name = "bomb-" + uuid.uuid4().hex[:8]
    neighbour = "neighbour-" + uuid.uuid4().hex[:8]
    create(server, neighbour, "    return 'here'")
    create(server, name, body, 2 if expected is TIMED_OUT else 60)
    invoke(server, neighbour)
    with concurrent.futures.ThreadPoolExecutor() as threads:
        bomb = threads.submit(invoke, server, name)
        answered = 0
        while not bomb.done():
            assert invoke(server, neighbour) == (None, "here")
            answered += 1
        error, payload = bomb.result()
    assert answered > 0
    if expected is True:
        assert (error, payload) == (None, True)
    else:
        kind, message = expected
        assert error == "Unhandled" and payload["errorType"] == kind, payload
        assert message in payload["errorMessage"]
        # The answer does not wait until the last of them is gone.
        deadline = time.monotonic() + 10
        while processes(name) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert processes(name) == []
    server.client("lambda").delete_function(FunctionName=name)
    assert invoke(server, neighbour) == (None, "here")
    server.client("lambda").delete_function(FunctionName=neighbour)
