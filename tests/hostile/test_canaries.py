"""Twenty secrets, which are found nowhere but where they were given to (reliability check 40)."""
import base64
import io
import json
import os
import zipfile

import pytest

from support.builds import ended, log_of, make_project
from support.server import ACCOUNT, Server

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"AWS": ACCOUNT, "Service": ["lambda.amazonaws.com", "states.amazonaws.com", "codebuild.amazonaws.com"]}}]})
# All that code in a sandbox can read of itself and of what is around it.
LOOK = """
import glob, json, os

def read(path):
    try:
        with open(path, 'rb') as file:
            return file.read(1 << 20).decode('latin-1')
    except OSError:
        return ''

def handler(event, context):
    if event.get('fail'):
        raise ValueError('as it was told')
    seen = json.dumps(dict(os.environ))
    for pattern in ('/proc/*/environ', '/proc/*/cmdline', '/proc/*/maps', '/proc/*/mountinfo', '/tmp/**', '/var/**', '/etc/*',
                    '/run/**', '/root/**', '/home/**'):
        for path in glob.glob(pattern, recursive=True)[:5000]:
            seen += path + read(path)
    return {'own': os.environ.get('OWN', ''), 'seen': [name for name in event['names'] if name in seen]}
"""


def canary(name):
    return "canary-" + name + "-7d1f"


ENVIRONMENT = [canary(f"environment-{i}") for i in range(5)]
PARAMETERS = [canary(f"parameter-{i}") for i in range(5)]
SECRETS = [canary(f"secret-{i}") for i in range(5)]
OTHERS = [canary(f"other-{i}") for i in range(5)]  # In other functions' environments and other projects'.
ALL = ENVIRONMENT + PARAMETERS + SECRETS + OTHERS


@pytest.fixture(scope="module")
def server():
    names = {f"CANARY_{i}": value for i, value in enumerate(ENVIRONMENT)}
    os.environ.update(names)
    server = Server(options=["--allow-address", "127.0.0.1"]).start()
    for name in names:
        del os.environ[name]
    iam = server.client("iam")
    for role in ("canary", "stranger"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="canary", PolicyName="all", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    for i, value in enumerate(PARAMETERS):
        server.client("ssm").put_parameter(Name=f"/canary/{i}", Type="SecureString", Value=value)
    for i, value in enumerate(SECRETS):
        server.client("secretsmanager").create_secret(Name=f"canary/{i}", SecretString=value)
    yield server
    server.remove()


def role(server, name="canary"):
    return server.client("iam").get_role(RoleName=name)["Role"]["Arn"]


def code(text=LOOK):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("index.py", text)
    return data.getvalue()


def function(server, name, **variables):
    client = server.client("lambda")
    client.create_function(FunctionName=name, Runtime="python3.11", Role=role(server), Handler="index.handler", Timeout=60,
                           Code={"ZipFile": code()}, Environment={"Variables": variables})
    client.get_waiter("function_active_v2").wait(FunctionName=name)


def invoke(server, name, payload, qualifier="$LATEST"):
    answer = server.client("lambda").invoke(FunctionName=name, Qualifier=qualifier, LogType="Tail",
                                            Payload=json.dumps(payload).encode())
    return json.loads(answer["Payload"].read()), base64.b64decode(answer["LogResult"]).decode(), answer


def test_a_function_sees_no_secret_but_its_own(server):
    for i, value in enumerate(OTHERS):
        function(server, f"other-{i}", OWN=value)
        assert invoke(server, f"other-{i}", {"names": ALL})[0] == {"own": value, "seen": [value]}
    function(server, "without")
    assert invoke(server, "without", {"names": ALL})[0] == {"own": "", "seen": []}


def test_versions_have_an_environment_each(server):
    client = server.client("lambda")
    first, second = canary("version-1"), canary("version-2")
    function(server, "versions", OWN=first)
    version = client.publish_version(FunctionName="versions")["Version"]
    assert invoke(server, "versions", {"names": []}, version)[0]["own"] == first
    client.update_function_configuration(FunctionName="versions", Environment={"Variables": {"OWN": second}})
    client.get_waiter("function_updated_v2").wait(FunctionName="versions")
    assert invoke(server, "versions", {"names": [first]})[0] == {"own": second, "seen": []}
    assert invoke(server, "versions", {"names": [second]}, version)[0] == {"own": first, "seen": []}


def test_errors_logs_and_histories_tell_none(server):
    function(server, "failing", OWN=OTHERS[0])
    payload, log, answer = invoke(server, "failing", {"fail": True})
    assert answer["FunctionError"] == "Unhandled"
    machine = server.client("stepfunctions").create_state_machine(name="failing", roleArn=role(server), definition=json.dumps({
        "StartAt": "A", "States": {"A": {"Type": "Task", "End": True, "Resource": "arn:aws:states:::lambda:invoke",
                                         "Parameters": {"FunctionName": "failing", "Payload": {"fail": True}}}}}))
    states = server.client("stepfunctions")
    execution = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        pass
    history = states.get_execution_history(executionArn=execution)["events"]
    logs = server.client("logs")
    lines = logs.filter_log_events(logGroupName="/aws/lambda/failing")["events"]
    told = json.dumps([payload, log, history, lines], default=str)
    assert "as it was told" in told
    assert not [value for value in ALL if value in told]


def test_a_stranger_is_refused_without_being_told(server):
    client = server.client("sts")
    given = client.assume_role(RoleArn=role(server, "stranger"), RoleSessionName="canary")["Credentials"]
    keys = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"]}
    for service, call, arguments in (
            ("ssm", "get_parameter", {"Name": "/canary/0", "WithDecryption": True}),
            ("ssm", "get_parameters_by_path", {"Path": "/canary", "WithDecryption": True}),
            ("secretsmanager", "get_secret_value", {"SecretId": "canary/0"}),
            ("lambda", "get_function_configuration", {"FunctionName": "other-0"})):
        stranger = server.client(service, **keys)
        with pytest.raises(stranger.exceptions.ClientError) as refused:
            getattr(stranger, call)(**arguments)
        assert "AccessDenied" in refused.value.response["Error"]["Code"]
        assert not [value for value in ALL if value in json.dumps(refused.value.response, default=str)]


def test_a_build_sees_its_own_and_its_log_hides_them(server):
    spec = json.dumps({
        "version": 0.2,
        "env": {"parameter-store": {"PARAMETER": "/canary/0"}, "secrets-manager": {"SECRET": "canary/0"}},
        "phases": {"build": {"commands": [
            "test \"$PARAMETER\" = " + PARAMETERS[0] + " && echo has the parameter",
            "test \"$SECRET\" = " + SECRETS[0] + " && echo has the secret",
            "echo \"$PARAMETER\" \"$SECRET\"; env", "cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'"]}}})
    make_project(server, "canary-build", spec)
    build = ended(server, server.client("codebuild").start_build(projectName="canary-build")["build"]["id"])
    lines = log_of(server, build)
    told = json.dumps([lines, build], default=str)
    assert "has the parameter" in told and "has the secret" in told
    # What the buildspec itself says is no secret.
    shown = "\n".join(line for line in lines if "Running command" not in line)
    assert not [value for value in ALL if value in shown]


def test_none_lies_in_the_data_folder(server):
    # Those of environments are configuration, which AWS too shows to whoever may read it.
    hidden = ENVIRONMENT + PARAMETERS[1:] + SECRETS[1:]
    assert not [value for value in hidden if server.files_with(value)]
    log = server.data.parent / (server.data.name + ".log")
    assert not [value for value in ALL if value in log.read_text(errors="replace")]
