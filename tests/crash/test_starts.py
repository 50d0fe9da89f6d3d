"""One execution a name, however many start it at once and whatever happens meanwhile (reliability check 10)."""
import concurrent.futures
import json

import pytest

from support.raw import Raw
from support.server import ACCOUNT, REGION
from support.workload import ended, make_role

STARTERS = 100
WAIT = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$.seconds", "End": True}}})


def start_all(server, machine, name, text):
    def start(_):
        raw = Raw(server.port)
        try:
            return raw.states("StartExecution", stateMachineArn=machine, name=name, input=text)
        finally:
            raw.close()

    with concurrent.futures.ThreadPoolExecutor(STARTERS) as pool:
        return list(pool.map(start, range(STARTERS)))


def test_a_hundred_starts_of_one_name(own_server):
    own_server.start()
    states = own_server.client("stepfunctions")
    role = make_role(own_server, "wait")
    machine = states.create_state_machine(name="wait", definition=WAIT, roleArn=role)["stateMachineArn"]
    text = '{"seconds":5}'
    answers = start_all(own_server, machine, "one", text)
    assert {status for status, _ in answers} == {200}
    first = answers[0][1]
    assert [answer for _, answer in answers if answer != first] == []
    assert len(states.list_executions(stateMachineArn=machine)["executions"]) == 1

    other = start_all(own_server, machine, "one", '{"seconds":6}')
    assert {(status, answer["__type"].split("#")[-1]) for status, answer in other} == {(400, "ExecutionAlreadyExists")}

    own_server.kill()
    own_server.start()
    again = start_all(own_server, machine, "one", text)
    assert {status for status, _ in again} == {200}
    assert [answer for _, answer in again if answer != first] == []
    states = own_server.client("stepfunctions")
    assert len(states.list_executions(stateMachineArn=machine)["executions"]) == 1

    assert ended(states, first["executionArn"])["status"] == "SUCCEEDED"
    late = start_all(own_server, machine, "one", text)
    assert {(status, answer["__type"].split("#")[-1]) for status, answer in late} == {(400, "ExecutionAlreadyExists")}
    print(f"{4 * STARTERS} starts, 1 execution (threshold 1)")


@pytest.mark.parametrize("killed", [False, True])
def test_a_stack_is_created_once_a_token(own_server, killed):
    """The same request again, by its client token, changes nothing."""
    own_server.start()
    template = 'Resources: {T: {Type: "AWS::SNS::Topic"}, U: {Type: "AWS::SNS::Topic", DependsOn: T}}'
    stacks = own_server.client("cloudformation")
    first = stacks.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=template)
    if killed:
        own_server.kill()
        own_server.start()
        stacks = own_server.client("cloudformation")
    for _ in range(2):
        try:
            stacks.execute_change_set(StackName="s", ChangeSetName="c", ClientRequestToken="once")
        except stacks.exceptions.InvalidChangeSetStatusException:
            pass
    stacks.get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    assert len(own_server.client("sns").list_topics()["Topics"]) == 2
    assert stacks.describe_stacks(StackName="s")["Stacks"][0]["StackId"] == first["StackId"]
    assert ACCOUNT in first["StackId"] and REGION in first["StackId"]
