"""A task that is not to be retried is made at most once, however often the server is killed (reliability check 8).

Each task of each execution tells a receiver of this test that it ran. THIMBLE_LONG_CHECKS=1: the long form.
"""
import collections
import http.server
import json
import os
import random
import threading
import time

from support.history import TERMINAL, broken_laws
from support.raw import Raw
from support.server import ACCOUNT, REGION
from support.workload import make_function, make_role

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))
TASKS = 5
AT_A_TIME = 8
RETRIES = 20 if LONG else 3  # As many as kills, so that a task which each of them interrupts has an attempt left.

FUNCTION = """
import json, urllib.request
def handler(event, context):
    urllib.request.urlopen("http://127.0.0.1:PORT/", json.dumps(event).encode(), timeout=10).read()
    return event
"""


class Receiver:
    """Counts what arrives, by (execution, task)."""

    def __init__(self):
        self.counts = collections.Counter()
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with receiver.lock:
                    receiver.counts[event["execution"], event["task"]] += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def definition(function, retry):
    states = {}
    for number in range(1, TASKS + 1):
        states[f"T{number}"] = {
            "Type": "Task", "Resource": function, "ResultPath": None,
            "Parameters": {"execution.$": "$$.Execution.Name", "task": f"T{number}"},
            **({"Next": f"T{number + 1}"} if number < TASKS else {"End": True}),
            **({"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1,
                          "MaxAttempts": RETRIES}]} if retry else {})}
    return json.dumps({"StartAt": "T1", "States": states})


def execution_arn(machine, name):
    return f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{name}"


def history(raw, arn):
    events, token = [], {}
    while True:
        status, answer = raw.states("GetExecutionHistory", executionArn=arn, maxResults=1000, **token)
        assert status == 200, answer
        events += answer["events"]
        if "nextToken" not in answer:
            return events
        token = {"nextToken": answer["nextToken"]}


class Driver:
    """Keeps AT_A_TIME executions running; each thread starts one, awaits its end, and takes the next."""

    def __init__(self, server, machine, names):
        self.server = server
        self.machine = machine
        self.names = collections.deque(names)
        self.running = {}  # Thread's number to the execution that it awaits.
        self.done = []
        self.up = threading.Event()
        self.up.set()
        self.wrong = []
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(AT_A_TIME)]
        for thread in self.threads:
            thread.start()

    def work(self, number):
        while True:
            try:
                name = self.names.popleft()
            except IndexError:
                return
            while not self.once(number, name):
                pass
            self.done.append(name)

    def once(self, number, name):
        """Drives one execution to its end; False when the server went away meanwhile (the start is made again)."""
        try:
            self.up.wait()
            raw = Raw(self.server.port)
            machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{self.machine}"
            status, answer = raw.states("StartExecution", stateMachineArn=machine, name=name, input="{}")
            # After a kill the execution may have ended under its name already.
            if status != 200 and "ExecutionAlreadyExists" not in answer.get("__type", ""):
                self.wrong.append(answer)
                return True
            self.running[number] = name
            while True:
                status, answer = raw.states("DescribeExecution", executionArn=execution_arn(self.machine, name))
                if status == 200 and answer["status"] != "RUNNING":
                    self.running.pop(number, None)
                    raw.close()
                    return True
                time.sleep(0.01)
        except Exception as error:  # The server was killed: whatever the socket made of it.
            if not isinstance(error, OSError) and "http.client" not in type(error).__module__:
                raise
            time.sleep(0.01)
            return False


def run_with_kills(server, machine, names, kills, rng):
    """Runs all the executions under kills. Histories seen before a kill are held against those after it."""
    driver = Driver(server, machine, names)
    made = 0
    while any(thread.is_alive() for thread in driver.threads):
        step = len(names) // (kills + 1)
        goal = min(step * (made + 1), len(names))
        while len(driver.done) < goal and any(thread.is_alive() for thread in driver.threads):
            time.sleep(0.005)
        if made >= kills:
            for thread in driver.threads:
                thread.join()
            break
        time.sleep(rng.uniform(0, 0.03))
        before = {}
        raw = Raw(server.port)
        for name in list(driver.running.values()):
            before[name] = history(raw, execution_arn(machine, name))
        driver.up.clear()
        server.kill()
        made += 1
        server.start()
        driver.up.set()
        raw = Raw(server.port)
        for name, events in before.items():
            after = history(raw, execution_arn(machine, name))
            assert after[:len(events)] == events, f"{name}: what was shown before the kill is no prefix of what is after"
    assert driver.wrong == []
    assert len(driver.done) == len(names)
    return made


def judge(server, machine, names, counts, retry):
    """Counts of what went wrong, and of executions by status."""
    raw = Raw(server.port)
    statuses, doubled, unexplained, laws = collections.Counter(), [], [], []
    for name in names:
        events = history(raw, execution_arn(machine, name))
        laws += [(name, law) for law in broken_laws(events)]
        last = next(event for event in events if event["type"] in TERMINAL)
        end = last["type"]
        statuses[end] += 1
        if end == "ExecutionFailed":
            print(f"{name} failed: {last.get('executionFailedEventDetails')}")
        started, succeeded, current = collections.Counter(), collections.Counter(), None
        for event in events:
            if event["type"] == "TaskStateEntered":
                current = event["stateEnteredEventDetails"]["name"]
            elif event["type"] == "LambdaFunctionScheduled":
                started[current] += 1
            elif event["type"] == "LambdaFunctionSucceeded":
                succeeded[current] += 1
        for number in range(1, TASKS + 1):
            task = f"T{number}"
            effects = counts[name, task]
            if effects > (started[task] if retry else 1) or started[task] > (RETRIES + 1 if retry else 1):
                doubled.append((name, task, effects, started[task]))
            # What the history calls done was done; what it never began was not.
            if effects < succeeded[task] or (effects and not started[task]):
                unexplained.append((name, task, effects, started[task], succeeded[task]))
            if end == "ExecutionSucceeded" and not succeeded[task]:
                unexplained.append((name, task, "succeeded without it"))
    return statuses, doubled, unexplained, laws


def check(own_server, retry, executions, kills):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    receiver = Receiver()
    own_server.options += ["--function-port", str(receiver.port)]
    own_server.start()
    role = make_role(own_server, "once", "lambda:InvokeFunction")
    function = make_function(own_server, "effect", role, FUNCTION.replace("PORT", str(receiver.port)))
    own_server.client("stepfunctions").create_state_machine(name="once", definition=definition(function, retry), roleArn=role)
    names = [f"e{number}" for number in range(executions)]
    began = time.monotonic()
    made = run_with_kills(own_server, "once", names, kills, rng)
    statuses, doubled, unexplained, laws = judge(own_server, "once", names, receiver.counts, retry)
    print(f"{executions} executions of {TASKS} tasks, retry {retry}, {made} kills, {dict(statuses)}: {len(doubled)} doubled, "
          f"{len(unexplained)} unexplained, {len(laws)} broken laws (threshold 0 each), {time.monotonic() - began:.0f} s")
    assert (doubled, unexplained, laws) == ([], [], [])
    assert made == kills
    assert statuses["ExecutionSucceeded"] > executions // 2
    return statuses


def test_tasks_without_retry_are_made_once(own_server):
    statuses = check(own_server, retry=False, executions=10_000 if LONG else 300, kills=50 if LONG else 6)
    # An interrupted task ends its execution visibly. At most those in hand at a kill can fail.
    assert statuses["ExecutionFailed"] <= (50 if LONG else 6) * AT_A_TIME


def test_tasks_with_retry_are_made_as_often_as_the_history_says(own_server):
    statuses = check(own_server, retry=True, executions=2_000 if LONG else 100, kills=20 if LONG else 3)
    assert statuses["ExecutionFailed"] == 0
