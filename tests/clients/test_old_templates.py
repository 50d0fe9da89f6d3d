"""A template as they were written from 2017 on works as it is."""
import pathlib
import urllib.request

import pytest
from botocore.exceptions import ClientError

from support import pipelines as p


def test_an_old_template_and_invoke_async(server, name):
    client = server.client("cloudformation")
    client.create_stack(StackName=name, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
                        TemplateBody=(pathlib.Path(__file__).parent / "old-template.yaml").read_text())
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    outputs = {each["OutputKey"]: each["OutputValue"] for each in client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}
    with urllib.request.urlopen(outputs["Url"] + "/restaurants", timeout=60) as answer:
        assert answer.read() == b"Beta /restaurants"
    functions = server.client("lambda")
    assert functions.invoke_async(FunctionName=outputs["Worker"], InvokeArgs=b'{"id": "one"}')["Status"] == 202
    table = server.client("dynamodb")
    p.wait_for(lambda: table.get_item(TableName=outputs["Table"], Key={"id": {"S": "one"}}).get("Item"), what="the item")
    for arguments, code in ((b"{broken", "InvalidRequestContentException"), (b'"' + b"x" * 262_144 + b'"', "RequestTooLargeException")):
        with pytest.raises(ClientError) as refused:
            functions.invoke_async(FunctionName=outputs["Worker"], InvokeArgs=arguments)
        assert refused.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError) as missing:
        functions.invoke_async(FunctionName="no-such-function", InvokeArgs=b"{}")
    assert missing.value.response["Error"]["Code"] == "ResourceNotFoundException"
    listed = [each["PolicyName"] for page in server.client("iam").get_paginator("list_policies").paginate(Scope="AWS") for each in page["Policies"]]
    assert "AWSLambda_FullAccess" in listed and "AWSLambdaFullAccess" not in listed
