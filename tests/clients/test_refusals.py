"""What AWS refuses on the way from the press to the pipeline, with AWS's words."""
import io
import json
import urllib.error
import urllib.request
import zipfile

import pytest
from botocore.exceptions import ClientError

from support.example import BUTTON, post
from support.server import ACCOUNT, REGION
from support.workload import ended, make_function, make_role

PASS = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}'


def start_pipeline_function(server, name, role):
    """The example's own function in C++."""
    build = BUTTON / "code" / "start_pipeline" / "build"
    if not build.exists():
        pytest.fail("the example's functions are not built: ./dev functions")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for path in build.rglob("*"):
            if path.is_file():
                out.write(path, path.relative_to(build))
    return server.client("lambda").create_function(
        FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=role, Timeout=10,
        Code={"ZipFile": archive.getvalue()})["FunctionArn"]


def catching(function):
    """A machine that tells the errors of a start apart."""
    return json.dumps({"StartAt": "Start", "States": {
        "Start": {"Type": "Task", "Resource": function, "End": True, "Catch": [
            {"ErrorEquals": ["PipelineNotFoundException"], "Next": "NoPipeline", "ResultPath": "$.error"},
            {"ErrorEquals": ["States.ALL"], "Next": "Other"}]},
        "NoPipeline": {"Type": "Fail", "Error": "NoSuchPipeline", "CausePath": "$.error.Cause"},
        "Other": {"Type": "Fail", "Error": "Other", "Cause": "something else"}}})


def test_a_missing_pipelines_own_error_reaches_catch(server, name):
    role = make_role(server, name, "lambda:InvokeFunction", "codepipeline:StartPipelineExecution")
    function = start_pipeline_function(server, name, role)
    states = server.client("stepfunctions")
    machine = states.create_state_machine(name=name, definition=catching(function), roleArn=role)["stateMachineArn"]
    execution = ended(states, states.start_execution(
        stateMachineArn=machine, input='{"pipeline_name":"no-such-pipeline"}')["executionArn"])
    assert (execution["status"], execution["error"]) == ("FAILED", "NoSuchPipeline")
    cause = json.loads(execution["cause"])
    assert cause["errorType"] == "PipelineNotFoundException"
    assert "no-such-pipeline" in cause["errorMessage"]


def test_a_fail_states_cause(server, name):
    states = server.client("stepfunctions")
    fail = json.dumps({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "My.Error", "Cause": "a cause, “quoted”"}}})
    machine = states.create_state_machine(name=name, definition=fail, roleArn=make_role(server, name))["stateMachineArn"]
    execution = ended(states, states.start_execution(stateMachineArn=machine)["executionArn"])
    assert (execution["status"], execution["error"], execution["cause"]) == ("FAILED", "My.Error", "a cause, “quoted”")


def test_a_machines_role_without_the_permission(server, name):
    states = server.client("stepfunctions")
    role = make_role(server, name, "s3:GetObject")
    function = make_function(server, name, role, "def handler(event, context):\n    return 1\n")
    task = json.dumps({"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": function, "End": True}}})
    machine = states.create_state_machine(name=name, definition=task, roleArn=role)["stateMachineArn"]
    execution = ended(states, states.start_execution(stateMachineArn=machine)["executionArn"])
    assert execution["status"] == "FAILED"
    assert "is not authorized to perform: lambda:InvokeFunction on resource: " + function in execution["cause"]


def test_a_users_denied_call_names_action_and_resource(server, name):
    iam = server.client("iam")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    theirs = dict(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
    with pytest.raises(ClientError) as refused:
        server.client("stepfunctions", **theirs).start_execution(stateMachineArn=machine)
    assert refused.value.response["Error"] == {"Code": "AccessDeniedException", "Message": (
        f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: states:StartExecution on resource: {machine} "
        "because no identity-based policy allows the states:StartExecution action")}
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(ClientError) as refused:
        server.client("sts", **theirs).get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"


def api_template(machine_name, authorization="NONE"):
    return json.dumps({"Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
                "Service": ["apigateway.amazonaws.com", "states.amazonaws.com"]}}]},
            "Policies": [{"PolicyName": "start", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "states:StartExecution", "Resource": {"Ref": "Machine"}}]}}]}},
        "MachineRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "states.amazonaws.com"}}]}}},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
            "StateMachineName": machine_name, "DefinitionString": PASS, "RoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]}}},
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": machine_name}},
        "Start": {"Type": "AWS::ApiGateway::Resource", "Properties": {"RestApiId": {"Ref": "Api"}, "PathPart": "start", "ParentId": {
            "Fn::GetAtt": ["Api", "RootResourceId"]}}},
        "Post": {"Type": "AWS::ApiGateway::Method", "Properties": {
            "RestApiId": {"Ref": "Api"}, "ResourceId": {"Ref": "Start"}, "HttpMethod": "POST", "AuthorizationType": authorization,
            "MethodResponses": [{"StatusCode": "200"}, {"StatusCode": "400"}, {"StatusCode": "500"}],
            "Integration": {"Type": "AWS", "IntegrationHttpMethod": "POST", "Credentials": {"Fn::GetAtt": ["Role", "Arn"]},
                            "Uri": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:states:action/StartExecution"},
                            "IntegrationResponses": [{"StatusCode": "200"}, {"StatusCode": "400", "SelectionPattern": "4\\d{2}"},
                                                     {"StatusCode": "500", "SelectionPattern": "5\\d{2}"}]}}},
        "Deployment": {"Type": "AWS::ApiGateway::Deployment", "DependsOn": "Post", "Properties": {
            "RestApiId": {"Ref": "Api"}, "StageName": "prod"}}},
        "Outputs": {"Url": {"Value": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod/start"}},
                    "Machine": {"Value": {"Ref": "Machine"}}}})


def deploy(server, operation, stack, template):
    stacks = server.client("cloudformation")
    getattr(stacks, operation + "_stack")(StackName=stack, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    stacks.get_waiter(f"stack_{operation}_complete").wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    described = stacks.describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def test_a_replaced_state_machine(server, name):
    """The old ARN is gone. A role that still names the old one is denied the new one, until the stack is updated."""
    first = deploy(server, "create", name, api_template(name))
    assert post(first["Url"], {"stateMachineArn": first["Machine"]})[0] == 200
    states = server.client("stepfunctions")
    replacement = states.create_state_machine(name=name + "-new", definition=PASS, roleArn=make_role(server, name))["stateMachineArn"]
    states.delete_state_machine(stateMachineArn=first["Machine"])
    with pytest.raises(states.exceptions.StateMachineDoesNotExist) as refused:
        states.start_execution(stateMachineArn=first["Machine"])
    assert refused.value.response["Error"]["Message"] == f"State Machine Does Not Exist: '{first['Machine']}'"
    status, answer = post(first["Url"], {"stateMachineArn": first["Machine"]})
    assert status == 400 and answer["__type"].split("#")[-1] == "StateMachineDoesNotExist", answer
    status, answer = post(first["Url"], {"stateMachineArn": replacement})
    assert status == 400 and answer["__type"].split("#")[-1] == "AccessDeniedException", answer
    text = answer.get("Message", answer.get("message"))
    assert "is not authorized to perform: states:StartExecution on resource: " + replacement in text
    # The update replaces the stack's machine and mends the role.
    second = deploy(server, "update", name, api_template(name + "-replaced"))
    assert second["Machine"] != first["Machine"]
    status, answer = post(second["Url"], {"stateMachineArn": second["Machine"]})
    assert status == 200 and answer["executionArn"].startswith(second["Machine"].replace(":stateMachine:", ":execution:"))


def refused(url, data=b"{}", method="POST", **headers):
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json", **headers})
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(request, timeout=20)
    return answer.value.code, answer.value.headers.get("x-amzn-ErrorType"), json.loads(answer.value.read())


def test_requests_that_the_api_refuses(server, name):
    url = deploy(server, "create", name, api_template(name))["Url"]
    assert refused(url.replace("/prod/", "/none/")) == (403, "ForbiddenException", {"message": "Forbidden"})
    assert refused(url + "/x") == (403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})
    assert refused(url, None, "GET") == (403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})
    status, _, answer = refused(url, b'{"a":')
    assert status == 400 and answer["__type"].split("#")[-1] == "SerializationException"
    status, _, answer = refused(url, b"{}")
    assert status == 400 and "'stateMachineArn' failed to satisfy constraint: Member must not be null" in answer["message"]
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
    status, _, answer = refused(url, json.dumps({"stateMachineArn": machine, "input": json.dumps("x" * 300_000)}).encode())
    assert status == 400 and "262144" in answer["message"]
    status, _, answer = refused(url, json.dumps({"stateMachineArn": machine, "input": "{"}).encode())
    assert status == 400 and answer["__type"].split("#")[-1] == "InvalidExecutionInput"


def test_a_method_that_wants_a_signature(server, name):
    outputs = deploy(server, "create", name, api_template(name, "AWS_IAM"))
    assert refused(outputs["Url"], json.dumps({"stateMachineArn": outputs["Machine"]}).encode()) == (
        403, "MissingAuthenticationTokenException", {"message": "Missing Authentication Token"})
    # Signed by a user without the permission, then by one with it.
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
    iam = server.client("iam")
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    body = json.dumps({"stateMachineArn": outputs["Machine"]}).encode()

    def signed():
        request = AWSRequest("POST", outputs["Url"], data=body, headers={"Content-Type": "application/json"})
        SigV4Auth(Credentials(made["AccessKeyId"], made["SecretAccessKey"]), "execute-api", REGION).add_auth(request)
        return dict(request.headers.items())

    status, kind, answer = refused(outputs["Url"], body, **signed())
    assert (status, kind) == (403, "AccessDeniedException")
    assert f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: execute-api:Invoke" in answer.get("Message", "") + answer.get("message", "")
    iam.put_user_policy(UserName=name, PolicyName="invoke", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]}))
    assert post(outputs["Url"], body, signed())[0] == 200
