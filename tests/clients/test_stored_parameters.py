"""Template parameters of the types AWS::SSM::Parameter::Value<...>."""
import json

import pytest
from botocore.exceptions import ClientError

TEMPLATE = json.dumps({
    "Parameters": {
        "Title": {"Type": "AWS::SSM::Parameter::Value<String>"},
        "Words": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/stored/words"},
        "Named": {"Type": "AWS::SSM::Parameter::Name", "Default": "/stored/words"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Title"}}}},
    "Outputs": {"Title": {"Value": {"Ref": "Title"}}, "Second": {"Value": {"Fn::Select": [1, {"Ref": "Words"}]}},
                "Named": {"Value": {"Ref": "Named"}}}})


def outputs(client, stack):
    described = client.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def test_the_stored_value_is_used_and_shown_and_an_update_reads_it_anew(server, name):
    ssm, client = server.client("ssm"), server.client("cloudformation")
    wait = {"Delay": 0.2, "MaxAttempts": 100}
    ssm.put_parameter(Name=f"/{name}/title", Type="String", Value="first")
    ssm.put_parameter(Name="/stored/words", Type="StringList", Value="a,b", Overwrite=True)
    client.create_stack(StackName=name, TemplateBody=TEMPLATE,
                        Parameters=[{"ParameterKey": "Title", "ParameterValue": f"/{name}/title",
                                     "ResolvedValue": "forged"}])
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=wait)
    assert outputs(client, name) == {"Title": "first", "Second": "b", "Named": "/stored/words"}
    shown = client.describe_stacks(StackName=name)["Stacks"][0]["Parameters"]
    assert {"ParameterKey": "Title", "ParameterValue": f"/{name}/title", "ResolvedValue": "first"} in shown
    assert {"ParameterKey": "Words", "ParameterValue": "/stored/words", "ResolvedValue": "a,b"} in shown
    ssm.put_parameter(Name=f"/{name}/title", Value="second", Overwrite=True)
    client.update_stack(StackName=name, UsePreviousTemplate=True,
                        Parameters=[{"ParameterKey": "Title", "UsePreviousValue": True}])
    client.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=wait)
    assert outputs(client, name)["Title"] == "second"


@pytest.mark.parametrize("kind, message", [
    (None, "Unable to fetch parameters [/{0}/p] from parameter store for this account."),
    ("SecureString", "Parameters [/{0}/p] referenced by template have types not supported by CloudFormation.")])
def test_a_name_that_cannot_be_read_is_refused(server, name, kind, message):
    if kind:
        server.client("ssm").put_parameter(Name=f"/{name}/p", Type=kind, Value="x")
    with pytest.raises(ClientError) as refused:
        server.client("cloudformation").create_stack(
            StackName=name, TemplateBody=TEMPLATE,
            Parameters=[{"ParameterKey": "Title", "ParameterValue": f"/{name}/p"},
                        {"ParameterKey": "Words", "ParameterValue": f"/{name}/p"}])
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert refused.value.response["Error"]["Message"] == message.format(name)
