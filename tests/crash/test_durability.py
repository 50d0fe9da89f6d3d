"""What was acknowledged is there after a kill -9, a power cut, a failed sync.

The numbers printed are runs, faults and violations. THIMBLE_LONG_CHECKS=1 runs the long forms; THIMBLE_SEED repeats a run.
"""
import os
import random
import signal
import threading
import time

import pytest

from support import disk as disks
from support.raw import Raw
from support.server import ACCOUNT, REGION, Server

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:load"
PASS = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'
WRITERS = 8


def prepare(server):
    states = server.client("stepfunctions")
    iam = server.client("iam")
    iam.create_role(RoleName="load", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
                    '"Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}]}')
    states.create_state_machine(name="load", definition=PASS, roleArn=f"arn:aws:iam::{ACCOUNT}:role/load")
    server.client("s3").create_bucket(Bucket="load", CreateBucketConfiguration={"LocationConstraint": REGION})


class Load:
    """Writers that note what was acknowledged, and what was only tried."""

    def __init__(self, port, round_number):
        self.round = round_number
        self.acknowledged = []  # (kind, name)
        self.tried = set()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(port, n)) for n in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def write(self, port, writer):
        try:
            raw = Raw(port)
            number = 0
            while not self.stopping.is_set():
                name = f"r{self.round}w{writer}n{number}"
                number += 1
                if writer % 2:
                    self.tried.add(("object", name))
                    if raw.put_object("load", name, content(name)) == 200:
                        self.acknowledged.append(("object", name))
                else:
                    self.tried.add(("execution", name))
                    if raw.states("StartExecution", stateMachineArn=MACHINE, name=name, input=f'{{"n":"{name}"}}')[0] == 200:
                        self.acknowledged.append(("execution", name))
        except OSError:
            pass  # The server was killed.
        except Exception as error:  # http.client's own, when an answer was cut
            if "http.client" not in type(error).__module__:
                raise

    def join(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def content(name):
    return (name * 40).encode()


def missing(server, acknowledged):
    """What was acknowledged and is not there, or is there wrongly."""
    raw = Raw(server.port)
    lost = []
    for kind, name in acknowledged:
        if kind == "object":
            if raw.get_object("load", name) != (200, content(name)):
                lost.append((kind, name))
        else:
            status, answer = raw.states("DescribeExecution", executionArn=MACHINE.replace(
                ":stateMachine:", ":execution:") + ":" + name)
            if status != 200 or answer["input"] != f'{{"n":"{name}"}}':
                lost.append((kind, name))
    raw.close()
    return lost


def invented(server, tried):
    keys = set()
    for page in server.client("s3").get_paginator("list_objects_v2").paginate(Bucket="load"):
        keys |= {entry["Key"] for entry in page.get("Contents", [])}
    return keys - {name for kind, name in tried if kind == "object"}


def test_kill_under_load(own_server):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    kills = 200 if LONG else 20
    own_server.start()
    prepare(own_server)
    acknowledged, tried = [], set()
    for number in range(kills):
        load = Load(own_server.port, number)
        time.sleep(rng.uniform(0.05, 0.5))
        own_server.kill()
        load.join()
        acknowledged += load.acknowledged
        tried |= load.tried
        own_server.start()
        assert missing(own_server, load.acknowledged) == []
    assert missing(own_server, acknowledged) == []
    assert invented(own_server, tried) == set()
    print(f"{kills} kills, {len(acknowledged)} acknowledged, 0 lost, 0 invented")
    assert len(acknowledged) > kills


@pytest.mark.skipif(not disks.available(), reason="needs root and loop devices")
def test_power_cut():
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    cuts = 100 if LONG else 5
    total = 0
    for number in range(cuts):
        disk = disks.Disk()
        server = Server(data=disk.mount_point / "data")
        try:
            server.start()
            prepare(server)
            load = Load(server.port, number)
            time.sleep(rng.uniform(0.3, 1.0))
            acknowledged = list(load.acknowledged)
            server.process.send_signal(signal.SIGSTOP)
            after = Server(data=disk.as_after_a_power_cut() / "data")
            server.kill()
            load.join()
            try:
                after.start()
                assert missing(after, acknowledged) == []
                total += len(acknowledged)
            finally:
                after.stop()
                disk.drop_after()
        finally:
            server.stop()
            disk.remove()
    print(f"{cuts} power cuts, {total} acknowledged, 0 lost")
    assert total > cuts


@pytest.mark.parametrize("call", [1, 5, 50])
def test_a_failing_sync(tmp_path, call):
    """After a failed fdatasync nothing is acknowledged any more, and a restart loses nothing."""
    data = tmp_path / "data"
    plain = Server(data=data).start()
    prepare(plain)
    plain.stop()
    # The injected fault counts from the program's start, so the first syncs are those of opening the store.
    opened = Server(data=data, wrap=["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=fdatasync",
                                     "-e", f"inject=fdatasync:error=EIO:when={call + 20}+"]).start()
    acknowledged, failed_at = [], None
    try:
        raw = Raw(opened.port)
        for number in range(400):
            try:
                status, _ = raw.states("StartExecution", stateMachineArn=MACHINE, name=f"s{call}n{number}", input=f'{{"n":"s{call}n{number}"}}')
            except Exception:
                failed_at = failed_at if failed_at is not None else number
                break
            if status == 200:
                assert failed_at is None, "an answer was given after the failed sync"
                acknowledged.append(("execution", f"s{call}n{number}"))
            elif failed_at is None:
                failed_at = number
        assert failed_at is not None, "the fault was not met"
    finally:
        opened.kill()
    again = Server(data=data).start()
    try:
        assert missing(again, acknowledged) == []
        print(f"sync {call}: {len(acknowledged)} acknowledged before the fault, 0 lost")
    finally:
        again.stop()
