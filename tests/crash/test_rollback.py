"""Stacks whose resource k fails, or whose server is killed at resource k (reliability check 16).

They end in a COMPLETE state, nothing is orphaned or doubled, and after an update's rollback everything is as it was.
"""
import json
import os
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from support.server import ACCOUNT, REGION

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
COUNT = 10
STEPS = range(1, COUNT + 1)
KILLS = COUNT * (5 if LONG else 1)  # Each step as often as the others.
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                                                 "Action": "sts:AssumeRole"}]}


def template(stack, version, broken=None):
    """Ten resources, one after the other, changed by `version`: some in place, some replaced. `broken`: number that fails."""
    resources = {
        "R1": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "Description": f"v{version}"}},
        "R2": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{stack}-v{version}"}},
        "R3": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": f"/{stack}/a", "Type": "String", "Value": f"v{version}"}},
        "R4": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"{stack}-logs", "RetentionInDays": [1, 3, 5][version]}},
        "R5": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{stack}-bucket",
                                                        "Tags": [{"Key": "v", "Value": str(version)}]}},
        "R6": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": f"{stack}-v{version}", "PolicyDocument": {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}}},
        "R7": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
            "StateMachineName": f"{stack}-machine", "RoleArn": {"Fn::GetAtt": ["R1", "Arn"]},
            "DefinitionString": json.dumps({"Comment": f"v{version}", "StartAt": "A", "States": {"A": {"Type": "Succeed"}}})}},
        "R8": {"Type": "AWS::Lambda::Function", "Properties": {
            "FunctionName": f"{stack}-function", "Runtime": "python3.11", "Handler": "index.handler", "Description": f"v{version}",
            "Role": {"Fn::GetAtt": ["R1", "Arn"]}, "Code": {"ZipFile": f"# v{version}\ndef handler(e, c):\n    return e\n"}}},
        "R9": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": f"/{stack}/b-v{version}", "Type": "String", "Value": "b"}},
        "R10": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{stack}-last", "DisplayName": f"v{version}"}},
    }
    for number in range(2, COUNT + 1):
        resources[f"R{number}"]["DependsOn"] = f"R{number - 1}"
    if broken:
        # A new resource in the middle that is refused.
        resources["Broken"] = {"Type": "AWS::SSM::Parameter", "DependsOn": f"R{broken - 1}" if broken > 1 else [],
                               "Properties": {"Name": "/aws/not-allowed", "Type": "String", "Value": "x"}}
        resources[f"R{broken}"]["DependsOn"] = "Broken"
    return json.dumps({"Resources": resources})


def everything(server, stack):
    """All that the services hold of the stack, without the times."""
    found = {}

    def look(key, call):
        try:
            answer = call()
        except ClientError as error:
            assert error.response["Error"]["Code"], error
            return
        answer.pop("ResponseMetadata", None)
        found[key] = json.loads(json.dumps(answer, default=str))

    iam, sns, ssm, s3 = (server.client(service) for service in ("iam", "sns", "ssm", "s3"))
    for role in iam.list_roles()["Roles"]:
        if role["RoleName"].startswith(stack + "-"):
            found["role " + role["RoleName"]] = {key: role.get(key) for key in ("Arn", "Description", "AssumeRolePolicyDocument")}
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        if policy["PolicyName"].startswith(stack + "-"):
            found["policy " + policy["PolicyName"]] = policy["Arn"]
    for topic in sns.list_topics()["Topics"]:
        if f":{stack}-" in topic["TopicArn"]:
            look(topic["TopicArn"], lambda: sns.get_topic_attributes(TopicArn=topic["TopicArn"]))
    for parameter in ssm.get_parameters_by_path(Path=f"/{stack}", Recursive=True)["Parameters"]:
        found[parameter["Name"]] = parameter["Value"]
    look("logs", lambda: {"g": [(g["logGroupName"], g.get("retentionInDays")) for g in server.client("logs").describe_log_groups(
        logGroupNamePrefix=f"{stack}-")["logGroups"]]})
    look("bucket", lambda: {"tags": s3.get_bucket_tagging(Bucket=f"{stack}-bucket")["TagSet"]})
    look("machine", lambda: {"d": server.client("stepfunctions").describe_state_machine(
        stateMachineArn=f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{stack}-machine")["definition"]})
    look("function", lambda: {key: value for key, value in server.client("lambda").get_function_configuration(
        FunctionName=f"{stack}-function").items() if key in ("Description", "CodeSha256", "Role")})
    if found.get("logs") == {"g": []}:
        del found["logs"]
    return found


def settled(server, stack, seconds=60):
    client = server.client("cloudformation")
    deadline = time.monotonic() + seconds
    while True:
        try:
            status = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        except ClientError:
            return "DELETE_COMPLETE"
        if not status.endswith("_IN_PROGRESS"):
            return status
        assert time.monotonic() < deadline, status
        time.sleep(0.02)


def begin(server, operation, **arguments):
    """Sends the request from a thread of its own, since its answer waits for the stack. Returns once it was sent."""
    client = server.client("cloudformation")

    def send():
        try:
            getattr(client, operation)(**arguments)
        except (BotoCoreError, ClientError):
            pass  # The server was killed.

    threading.Thread(target=send, daemon=True).start()


def wait_for_work(server, stack, seen, deleted):
    """Until the stack has more events than `seen`, or is gone when it is being `deleted`; else there may be none yet."""
    client = server.client("cloudformation")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if len(client.describe_stack_events(StackName=stack)["StackEvents"]) > seen:
                return
        except ClientError:
            if deleted:
                return


def physical(server, stack):
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in
            server.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]}


def test_resource_k_fails(server, name):
    stacks = server.client("cloudformation")
    for k in STEPS:
        stack = f"{name[-8:]}f{k}"
        stacks.create_stack(StackName=stack, TemplateBody=template(stack, 1, broken=k), Capabilities=["CAPABILITY_NAMED_IAM"])
        assert settled(server, stack) == "ROLLBACK_COMPLETE"
        assert everything(server, stack) == {}
        stacks.delete_stack(StackName=stack)

        stacks.create_stack(StackName=stack, TemplateBody=template(stack, 1), Capabilities=["CAPABILITY_NAMED_IAM"])
        assert settled(server, stack) == "CREATE_COMPLETE"
        before, resources = everything(server, stack), physical(server, stack)
        assert len(resources) == COUNT
        stacks.update_stack(StackName=stack, TemplateBody=template(stack, 2, broken=k), Capabilities=["CAPABILITY_NAMED_IAM"])
        assert settled(server, stack) == "UPDATE_ROLLBACK_COMPLETE"
        assert everything(server, stack) == before
        assert physical(server, stack) == resources

        stacks.delete_stack(StackName=stack)
        assert settled(server, stack) == "DELETE_COMPLETE"
        assert everything(server, stack) == {}
    print(f"{len(STEPS)} failing creates and updates: 0 orphaned, 0 changed (threshold 0)")


@pytest.mark.parametrize("operation", ["create", "update", "delete"])
def test_a_kill_at_resource_k(own_server, name, operation):
    own_server.start()
    for number in range(KILLS):
        k = number % COUNT + 1
        stacks = own_server.client("cloudformation")
        stack = f"{name[-8:]}k{number}"
        others = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
        seen = 0
        if operation == "create":
            begin(own_server, "create_stack", StackName=stack, TemplateBody=template(stack, 2), **others)
        else:
            stacks.create_stack(StackName=stack, TemplateBody=template(stack, 1), **others)
            assert settled(own_server, stack) == "CREATE_COMPLETE"
            seen = len(stacks.describe_stack_events(StackName=stack)["StackEvents"])
            if operation == "update":
                begin(own_server, "update_stack", StackName=stack, TemplateBody=template(stack, 2), **others)
            else:
                begin(own_server, "delete_stack", StackName=stack)
        # Each resource has three events or fewer.
        wait_for_work(own_server, stack, seen + 2 * (k - 1), operation == "delete")
        own_server.kill()
        own_server.start()
        expected = {"create": "CREATE_COMPLETE", "update": "UPDATE_COMPLETE", "delete": "DELETE_COMPLETE"}[operation]
        status = settled(own_server, stack)
        assert status == expected
        if operation == "delete":
            assert everything(own_server, stack) == {}
            continue
        after, resources = everything(own_server, stack), physical(own_server, stack)
        # The same stack made without a kill has as many of everything.
        assert len(resources) == COUNT
        assert f"/{stack}/b-v1" not in after and after[f"/{stack}/b-v2"] == "b"
        assert sum(1 for key in after if key.startswith("arn:")) == 2, after.keys()
        assert sum(1 for key in after if key.startswith("role ")) == 1
        assert sum(1 for key in after if key.startswith("policy ")) == 1
    print(f"{KILLS} kills of a {operation}: 0 orphaned, 0 doubled (threshold 0)")
