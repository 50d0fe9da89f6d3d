"""State machines to measure with."""
import json
import time

from support.raw import Raw
from support.server import ACCOUNT

LOOP, TASKS = 1000, 200
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": ["states.amazonaws.com", "lambda.amazonaws.com"]}}]})


def chain(count, state):
    """`count` such states one after another."""
    states = {f"S{i}": {**state, **({"Next": f"S{i + 1}"} if i + 1 < count else {"End": True})} for i in range(count)}
    return json.dumps({"StartAt": "S0", "States": states})


DEFINITIONS = {
    "pass": chain(1, {"Type": "Pass"}),
    "loop": chain(LOOP, {"Type": "Pass"}),
    "express": chain(LOOP, {"Type": "Pass"}),
    # Each task is scheduled by one commit and settled by another.
    "tasks": chain(TASKS, {"Type": "Task", "Parameters": {},
                             "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity"}),
}


def role(server):
    iam = server.client("iam")
    try:
        iam.create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    return f"arn:aws:iam::{ACCOUNT}:role/bench"


def make(server, names=tuple(DEFINITIONS)):
    """The machines' ARNs by name."""
    try:
        arn = role(server)
    except Exception:  # moto's account is another.
        arn = f"arn:aws:iam::{ACCOUNT}:role/bench"
    states = server.client("stepfunctions")
    return {name: states.create_state_machine(name=f"bench-{name}", definition=DEFINITIONS[name], roleArn=arn,
                                              type="EXPRESS" if name == "express" else "STANDARD")["stateMachineArn"]
            for name in names}


def execution(machine, name):
    return machine.replace(":stateMachine:", ":execution:") + ":" + name


def settle(server, machine):
    """Until what was started has ended."""
    raw = Raw(server.port)
    while raw.states("ListExecutions", stateMachineArn=machine, statusFilter="RUNNING", maxResults=1)[1].get("executions"):
        time.sleep(0.1)
    raw.close()


def transitions(server, machine, executions, states):
    """States a second that `executions` executions at once go through, from the first start to the last end."""
    raw = Raw(server.port)
    began = time.perf_counter()
    arns = [raw.states("StartExecution", stateMachineArn=machine, input="{}")[1]["executionArn"] for _ in range(executions)]
    for arn in arns:
        while (status := raw.states("DescribeExecution", executionArn=arn)[1]["status"]) == "RUNNING":
            time.sleep(0.001)
        if status != "SUCCEEDED":
            raise RuntimeError(f"{arn} is {status}")
    seconds = time.perf_counter() - began
    raw.close()
    return executions * states / seconds
