"""A full disk is a clear error; reads go on, and writing goes on when there is room (reliability check 5)."""
import json
import os
import pathlib
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest

from support.raw import Raw
from support.server import ACCOUNT, REGION, Server
from support.workload import make_role

PASS = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:load"


def open_address(server):
    """Where a wait condition's signals are put."""
    client = server.client("cloudformation")
    client.create_stack(StackName="waiting", TemplateBody=json.dumps(
        {"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}))
    client.get_waiter("stack_create_complete").wait(StackName="waiting", WaiterConfig={"Delay": 0.2, "MaxAttempts": 150})
    handle = client.describe_stack_resource(StackName="waiting", LogicalResourceId="Handle")
    return f"{server.url}/" + handle["StackResourceDetail"]["PhysicalResourceId"].split("/", 3)[3]


def put(address):
    signal = json.dumps({"Status": "SUCCESS", "UniqueId": "a", "Data": "one"}).encode()
    try:
        return urllib.request.urlopen(urllib.request.Request(address, signal, method="PUT"), timeout=30).status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def small_disk():
    """A file system of 64 MiB in memory."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="thimble-small-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)
    folder.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount")
@pytest.mark.parametrize("filler", ["objects", "another program"])
def test_a_full_disk(small_disk, filler):
    server = Server(data=small_disk / "data").start()
    try:
        role = make_role(server, "load")
        server.client("stepfunctions").create_state_machine(name="load", definition=PASS, roleArn=role)
        s3 = server.client("s3")
        s3.create_bucket(Bucket="load", CreateBucketConfiguration={"LocationConstraint": REGION})
        address = open_address(server)
        raw = Raw(server.port)
        acknowledged = {}
        ballast = small_disk / "ballast"
        if filler == "another program":
            with open(ballast, "wb") as file:
                try:
                    while True:
                        file.write(bytes(1 << 16))
                        file.flush()
                except OSError:
                    pass

        # 1. Writes until they are refused, and then some more.
        refused = []
        for number in range(400):
            body = (b"%06d" % number) * 50_000
            status = raw.put_object("load", f"o{number}", body)
            if status == 200:
                acknowledged[f"o{number}"] = body
            else:
                refused.append(status)
            if len(refused) >= 5:
                break
        assert refused and set(refused) <= {500, 503, 507}, refused
        started, starts_refused = [], []
        for number in range(3000):
            status, answer = raw.states("StartExecution", stateMachineArn=MACHINE, name=f"e{number}", input='{"a":"%s"}' % ("x" * 20_000))
            if status == 200:
                started.append(f"e{number}")
            else:
                starts_refused.append((status, answer))
                if len(starts_refused) >= 5:
                    break
        assert all(status >= 500 for status, _ in starts_refused), starts_refused
        assert put(address) in {200, 500, 503, 507}

        # 2. Reads go on.
        assert server.process.poll() is None
        for key, body in list(acknowledged.items())[:20]:
            assert raw.get_object("load", key) == (200, body)
        for name in started[:20]:
            assert raw.states("DescribeExecution", executionArn=MACHINE.replace(":stateMachine:", ":execution:") + ":" + name)[0] == 200

        assert server.process.poll() is None

        # 3. With room again, writing goes on without a restart.
        if filler == "another program":
            ballast.unlink()
        else:
            subprocess.run(["mount", "-o", "remount,size=256m", small_disk], check=True)
        deadline = time.monotonic() + 30
        raw.close()
        raw = Raw(server.port)
        while raw.put_object("load", "after", b"after") != 200:
            assert time.monotonic() < deadline, "no write succeeds after there is room again"
            time.sleep(0.2)
        acknowledged["after"] = b"after"
        while raw.states("StartExecution", stateMachineArn=MACHINE, name="after", input="{}")[0] != 200:
            assert time.monotonic() < deadline, "no execution starts after there is room again"
            time.sleep(0.2)
        started.append("after")
        assert put(address) == 200

        # 4. Nothing acknowledged is lost, over a kill too.
        for _ in range(2):
            for key, body in acknowledged.items():
                assert raw.get_object("load", key) == (200, body), key
            for name in started:
                status, answer = raw.states("DescribeExecution", executionArn=MACHINE.replace(":stateMachine:", ":execution:") + ":" + name)
                assert status == 200, (name, answer)
            raw.close()
            server.kill()
            server.start()
            raw = Raw(server.port)
        print(f"full by {filler}: {len(acknowledged)} objects and {len(started)} executions acknowledged, {len(refused)} and "
              f"{len(starts_refused)} refused with 5xx, 0 lost (threshold 0)")
    finally:
        server.stop()
