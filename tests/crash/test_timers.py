"""Waits end on time, once, across restarts (reliability check 11). Clock shifts: src/dispatch/kernel_test.cpp."""
import collections
import datetime
import json
import os
import random
import threading
import time

from support.history import broken_laws
from support.raw import Raw
from support.server import ACCOUNT, REGION
from support.workload import make_role

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))
UNTIL = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "TimestampPath": "$.at", "End": True}}})
# How late a Wait may end (seconds): while the server runs, and after a restart.
LATE_RUNNING, LATE_AFTER_RESTART = 0.1, 1.0
# Several test programs may share the machine: one in a hundred may be later.
SHARE_LATER = 0.01


def test_waits_across_restarts(own_server):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    count = 10_000 if LONG else 2_000
    restarts = 5
    span = 30 if LONG else 12
    own_server.start()
    role = make_role(own_server, "wait")
    machine = own_server.client("stepfunctions").create_state_machine(
        name="until", definition=UNTIL, roleArn=role)["stateMachineArn"]

    begin = time.time() + (15 if LONG else 6)
    due = {f"w{number}": round(begin + rng.uniform(0, span), 3) for number in range(count)}

    def start(names):
        raw = Raw(own_server.port)
        for name in names:
            at = datetime.datetime.fromtimestamp(due[name], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            assert raw.states("StartExecution", stateMachineArn=machine, name=name, input=json.dumps({"at": at}))[0] == 200
        raw.close()

    names = list(due)
    starters = [threading.Thread(target=start, args=(names[number::4],)) for number in range(4)]
    for thread in starters:
        thread.start()
    for thread in starters:
        thread.join()
    started_by = time.time()

    down = []  # (from, until) of each time that the server was away.
    for number in range(restarts):
        time.sleep(max(0.0, begin + span * (number + rng.uniform(0.2, 0.8)) / restarts - time.time()))
        gone = time.time()
        own_server.kill()
        own_server.start()
        down.append((gone, time.time()))
    time.sleep(max(0.0, begin + span + 1.5 - time.time()))

    raw = Raw(own_server.port)
    early, wrong, late = [], [], collections.Counter()
    latest = {"running": 0.0, "restart": 0.0}
    for name, at in due.items():
        status, answer = raw.states("GetExecutionHistory", executionArn=(
            f"arn:aws:states:{REGION}:{ACCOUNT}:execution:until:{name}"))
        events = answer["events"]
        if status != 200 or broken_laws(events) or [event["type"] for event in events] != [
                "ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]:
            wrong.append((name, events))
            continue
        end = events[2]["timestamp"]
        if end < at - 0.0005:
            early.append((name, at, end))
        # A due time within, or just before, an absence counts from the restart on.
        restart = next((until for gone, until in down if gone - LATE_RUNNING <= at <= until + LATE_RUNNING), None)
        kind = "running" if restart is None else "restart"
        lateness = end - max(at, restart or 0, min(started_by, events[1]["timestamp"]))
        latest[kind] = max(latest[kind], lateness)
        if lateness > (LATE_RUNNING if restart is None else LATE_AFTER_RESTART):
            late[kind] += 1
    print(f"{count} waits, {restarts} kills: {len(early)} early, {len(wrong)} lost or doubled (threshold 0); latest "
          f"{latest['running'] * 1000:.0f} ms (threshold {LATE_RUNNING * 1000:.0f}), after a restart "
          f"{latest['restart'] * 1000:.0f} ms (threshold {LATE_AFTER_RESTART * 1000:.0f}); later {dict(late)}")
    assert (early, wrong) == ([], [])
    assert late["running"] <= count * SHARE_LATER
    assert late["restart"] <= count * SHARE_LATER
