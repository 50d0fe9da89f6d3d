"""The main job through AWS's own clients: the example's stacks deployed by the AWS CLI, the button pressed, the history read."""
import json
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from support.example import EXAMPLES, deploy_button, deploy_pipeline, outputs, post, press
from support.history import broken_laws, whole_history
from support.server import PROGRAM, REGION, ROOT
from support.workload import ended, make_function, make_role


@pytest.fixture(scope="module")
def button(server, tmp_path_factory):
    """All stacks, deployed as the README says; the outputs of the button's."""
    folder = tmp_path_factory.mktemp("button")
    deploy_pipeline(server, folder)
    deploy_button(server, folder, "start-pipeline-simple", "start-simple")
    return deploy_button(server, folder)


def test_a_press_starts_the_pipeline(server, button, name):
    states = server.client("stepfunctions")
    status, answer = press(button, name)
    assert status == 200, answer
    execution = ended(states, answer["executionArn"])
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    events = whole_history(states, answer["executionArn"])
    assert broken_laws(events) == []
    assert [event["type"] for event in events] == [
        "ExecutionStarted", "TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded",
        "TaskStateExited", "ChoiceStateEntered", "ChoiceStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    pipeline = server.client("codepipeline")
    deadline = time.monotonic() + 60
    while True:
        stages = {stage["stageName"]: stage.get("latestExecution", {}).get("status") for stage in
                  pipeline.get_pipeline_state(name="RestaurantService_pipeline")["stageStates"]}
        if stages["Production"] == "InProgress" or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    assert stages == {"Source": "Succeeded", "Check": "Succeeded", "Production": "InProgress"}


def test_the_python_sample_and_the_program_press_too(server, button):
    run = subprocess.run(["python3", EXAMPLES / "api_call_sample.py"], capture_output=True, text=True, timeout=60,
                         env=server.environment(PATH=f"{ROOT}/.venv/bin:/usr/bin:/bin"))
    assert run.stdout.startswith("200 "), run.stdout + run.stderr
    run = subprocess.run([PROGRAM, "press", "--port", str(server.port), "--region", REGION],
                         capture_output=True, text=True, timeout=60)
    assert run.stdout.splitlines()[-1] == "SUCCEEDED", run.stdout + run.stderr


def test_the_simple_form_answers_by_a_function(server, button):
    status, answer = post(outputs(server, "start-simple")["StartPipelineUrl"], {})
    assert status == 200, answer


def test_the_same_name_again(server, button, name):
    states = server.client("stepfunctions")
    wait = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}})
    role = states.describe_state_machine(stateMachineArn=button["StepFunctionsStateMachine"])["roleArn"]
    machine = states.create_state_machine(name=name, definition=wait, roleArn=role)["stateMachineArn"]
    first = states.start_execution(stateMachineArn=machine, name="once", input='{"a":1}')
    again = states.start_execution(stateMachineArn=machine, name="once", input='{"a":1}')
    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=machine, name="once", input='{"a":2}')
    states.stop_execution(executionArn=first["executionArn"])
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=machine, name="once", input='{"a":1}')


def test_a_task_that_returns_true(server, button, name):
    """The Choice after it finds no $.notifier."""
    states = server.client("stepfunctions")
    role = make_role(server, name, "lambda:InvokeFunction")
    function = make_function(server, name, role, "def handler(event, context):\n    return True\n")
    definition = json.loads(states.describe_state_machine(stateMachineArn=button["StepFunctionsStateMachine"])["definition"])
    definition["States"]["StartPipeline"]["Resource"] = function
    machine = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)["stateMachineArn"]
    execution = ended(states, states.start_execution(stateMachineArn=machine)["executionArn"])
    assert execution["status"] == "FAILED"
    assert execution["error"] == "States.Runtime"
    assert execution["cause"] == (
        "An error occurred while executing the state 'NotifierState' (entered at the event id #7). Invalid path "
        "'$.notifier': The choice state's condition path references an invalid value.")


def test_a_pipeline_that_does_not_exist(server, button, name):
    states = server.client("stepfunctions")
    status, answer = press(button, name, pipeline_name="RestaurantService_pipelinX")
    assert status == 200
    execution = ended(states, answer["executionArn"])
    assert execution["status"] == "FAILED"
    # The function's role may start only the one pipeline, so it is refused before the pipeline is looked for.
    assert "AccessDenied" in execution["error"]
    assert "codepipeline:StartPipelineExecution" in execution["cause"]


@pytest.mark.parametrize("what, status, message", [
    ("an unknown stage", 403, "Forbidden"),
    ("an unknown path", 403, "Missing Authentication Token"),
    ("a wrong method", 403, "Missing Authentication Token"),
])
def test_requests_that_no_method_takes(server, button, what, status, message):
    url = {"an unknown stage": button["StartPipelineUrl"].replace("/prod/", "/none/"),
           "an unknown path": button["StartPipelineUrl"] + "x", "a wrong method": button["StartPipelineUrl"]}[what]
    request = urllib.request.Request(url, method="GET" if what == "a wrong method" else "POST", data=None if what == "a wrong method" else b"{}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == status
    assert json.loads(refused.value.read())["message"] == message


def test_malformed_and_oversized_input_is_awss_400(server, button, name):
    assert post(button["StartPipelineUrl"], b"{")[0] == 400
    assert post(button["StartPipelineUrl"], {"name": name})[0] == 400
    status, _ = press(button, name, padding="x" * 300_000)
    assert status == 400


def test_a_replaced_state_machine(server, button, name):
    states = server.client("stepfunctions")
    with pytest.raises(states.exceptions.StateMachineDoesNotExist):
        states.start_execution(stateMachineArn=button["StepFunctionsStateMachine"] + "x")
    # The API's role names the one machine, so another is denied.
    status, answer = post(button["StartPipelineUrl"], {"name": name, "input": "{}", "stateMachineArn":
                                                       button["StepFunctionsStateMachine"] + "x"})
    assert status == 400
    assert "is not authorized to perform: states:StartExecution" in answer["message"] + answer.get("Message", "")


def test_the_button_page_names_the_stack(server, button):
    with urllib.request.urlopen(f"{server.url}/_thimble/button/start-button") as answer:
        page = answer.read().decode()
    assert "<button" in page and "/startpipeline" in page
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.url}/_thimble/button/no-such-stack")
    assert refused.value.code == 404
