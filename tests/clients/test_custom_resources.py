"""Custom resources and wait conditions: what a template's own code answers becomes the stack's."""
import json
import textwrap
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import WaiterError

ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]},
}

# Answers with the properties it was given; the physical id is made of Name, so that another Name replaces.
PYTHON = textwrap.dedent("""
    import json
    import cfnresponse
    def handler(event, context):
        print("REQUEST " + json.dumps(event))
        properties = event["ResourceProperties"]
        if properties.get("Fail") == event["RequestType"]:
            return cfnresponse.send(event, context, cfnresponse.FAILED, {}, "thing-" + properties["Name"],
                                    reason="told to")
        cfnresponse.send(event, context, cfnresponse.SUCCESS,
                         {"Count": properties["Count"], "Type": event["ResourceType"]}, "thing-" + properties["Name"])
    """)
NODE = textwrap.dedent("""
    const response = require("cfn-response");
    exports.handler = (event, context) => {
      console.log("REQUEST " + JSON.stringify(event));
      response.send(event, context, response.SUCCESS,
                    { Count: event.ResourceProperties.Count, Type: event.ResourceType },
                    "thing-" + event.ResourceProperties.Name);
    };
    """)


def template(code, runtime, **properties):
    return {"Resources": {
        "Role": ROLE,
        "Provider": {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": runtime, "Handler": "index.handler", "Timeout": 10, "Code": {"ZipFile": code},
            "Role": {"Fn::GetAtt": "Role.Arn"}}},
        "Thing": {"Type": "Custom::Thing", "Properties": {
            "ServiceToken": {"Fn::GetAtt": "Provider.Arn"}, "Name": "one", "Count": 3, "Flag": True, **properties}},
    }, "Outputs": {"Id": {"Value": {"Ref": "Thing"}}, "Count": {"Value": {"Fn::GetAtt": "Thing.Count"}},
                   "Type": {"Value": {"Fn::GetAtt": "Thing.Type"}}}}


def deploy(server, name, document, operation="create", **more):
    client = server.client("cloudformation")
    getattr(client, f"{operation}_stack")(StackName=name, TemplateBody=json.dumps(document),
                                          Capabilities=["CAPABILITY_IAM"], **more)
    client.get_waiter(f"stack_{operation}_complete").wait(
        StackName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 150})
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def requests_of(server, function):
    logs = server.client("logs")
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", filterPattern="REQUEST")["events"]
    return [json.loads(event["message"].split("REQUEST ", 1)[1]) for event in events]


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("code, runtime", [(PYTHON, "python3.12"), (NODE, "nodejs20.x")])
def test_a_function_makes_replaces_and_removes_the_resource(server, name, code, runtime):
    client = server.client("cloudformation")
    assert deploy(server, name, template(code, runtime)) == {"Id": "thing-one", "Count": "3", "Type": "Custom::Thing"}
    function = client.describe_stack_resource(StackName=name, LogicalResourceId="Provider")[
        "StackResourceDetail"]["PhysicalResourceId"]
    assert deploy(server, name, template(code, runtime, Count=4), "update")["Count"] == "4"
    assert deploy(server, name, template(code, runtime, Name="two"), "update")["Id"] == "thing-two"
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 150})
    wait_until(lambda: len(requests_of(server, function)) >= 5)
    requests = requests_of(server, function)
    assert [(r["RequestType"], r.get("PhysicalResourceId")) for r in requests] == [
        ("Create", None), ("Update", "thing-one"), ("Update", "thing-one"), ("Delete", "thing-one"),
        ("Delete", "thing-two")]
    # Every scalar arrives as text.
    assert requests[0]["ResourceProperties"] == {
        "ServiceToken": requests[0]["ServiceToken"], "Name": "one", "Count": "3", "Flag": "true"}
    assert requests[1]["OldResourceProperties"]["Count"] == "3"
    assert len({r["RequestId"] for r in requests}) == 5


def test_a_refusal_fails_the_stack_and_its_reason_is_shown(server, name):
    client = server.client("cloudformation")
    with pytest.raises(WaiterError):
        deploy(server, name, template(PYTHON, "python3.12", Fail="Create"))
    wait_until(lambda: status_of(client, name) == "ROLLBACK_COMPLETE")
    reasons = [event.get("ResourceStatusReason", "") for event in
               client.describe_stack_events(StackName=name)["StackEvents"]
               if event["LogicalResourceId"] == "Thing" and event["ResourceStatus"] == "CREATE_FAILED"]
    assert len(reasons) == 1
    assert reasons[0].startswith(
        "Received response status [FAILED] from custom resource. Message returned: told to (RequestId: ")


def test_a_provider_that_never_answers_times_out(server, name):
    client = server.client("cloudformation")
    silent = "def handler(event, context):\n    pass\n"
    with pytest.raises(WaiterError):
        deploy(server, name, template(silent, "python3.12", ServiceTimeout=1))
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    reason = next(event["ResourceStatusReason"] for event in events
                  if event["LogicalResourceId"] == "Thing" and event["ResourceStatus"] == "CREATE_FAILED")
    assert reason.startswith("CloudFormation did not receive a response from your Custom Resource.")


def status_of(client, stack):
    return client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]


def put(url, document):
    request = urllib.request.Request(url, json.dumps(document).encode(), method="PUT")
    return urllib.request.urlopen(request, timeout=10).status


def handle_of(client, stack):
    resources = client.describe_stack_resources(StackName=stack)["StackResources"]
    return {each["LogicalResourceId"]: each.get("PhysicalResourceId") for each in resources}.get("Handle")


CONDITION = {"Resources": {
    "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    "Condition": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": {
        "Handle": {"Ref": "Handle"}, "Timeout": "600", "Count": 2}}},
    "Outputs": {"Data": {"Value": {"Fn::GetAtt": "Condition.Data"}}}}


def test_a_wait_condition_waits_for_its_signals_over_a_crash(own_server, name):
    own_server.start()
    client = own_server.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(CONDITION))
    wait_until(lambda: handle_of(client, name))
    path = handle_of(client, name).split("/", 3)[3]
    assert put(f"{own_server.url}/{path}", {"Status": "SUCCESS", "UniqueId": "a", "Data": "one"}) == 200
    own_server.kill()
    own_server.start()
    client = own_server.client("cloudformation")
    assert status_of(client, name) == "CREATE_IN_PROGRESS"
    put(f"{own_server.url}/{path}", {"Status": "SUCCESS", "UniqueId": "b", "Data": "two"})
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.2, "MaxAttempts": 150})
    output = client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"]
    assert json.loads(output) == {"a": "one", "b": "two"}


def test_a_failing_signal_fails_the_stack_and_a_wrong_address_takes_nothing(server, name):
    client = server.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(CONDITION))
    wait_until(lambda: handle_of(client, name))
    with pytest.raises(urllib.error.HTTPError) as refused:
        put(handle_of(client, name) + "x", {"Status": "SUCCESS", "UniqueId": "a"})
    assert refused.value.code == 403
    put(handle_of(client, name), {"Status": "FAILURE", "UniqueId": "a", "Reason": "no disk"})
    wait_until(lambda: status_of(client, name) == "ROLLBACK_COMPLETE")
    reasons = [event.get("ResourceStatusReason") for event in
               client.describe_stack_events(StackName=name)["StackEvents"]]
    assert "WaitCondition received failed message: 'no disk' for uniqueId: a" in reasons
