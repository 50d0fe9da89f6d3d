"""What tests of Step Functions and Lambda need again and again: a role, functions from source text, waiting for ends."""
import io
import json
import time
import zipfile

from .history import broken_laws, whole_history
from .server import ACCOUNT

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": [
    "states.amazonaws.com", "lambda.amazonaws.com", "apigateway.amazonaws.com", "cloudformation.amazonaws.com"]}}]}


def make_role(server, name, *actions):
    """A role of the services that may do `actions` on everything; its ARN."""
    iam = server.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    if actions:
        iam.put_role_policy(RoleName=name, PolicyName="actions", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}))
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def zipped(files):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        for path, text in files.items():
            out.writestr(path, text)
    return archive.getvalue()


def make_function(server, name, role, source, **more):
    """A Python function whose index.handler is in `source`; its ARN."""
    settings = {"Runtime": "python3.11", "Handler": "index.handler", "Timeout": 20, **more}
    return server.client("lambda").create_function(
        FunctionName=name, Role=role, Code={"ZipFile": zipped({"index.py": source})}, **settings)["FunctionArn"]


def ended(states, execution_arn, seconds=60):
    """Waits for an execution's end and holds its history against the laws; what DescribeExecution says."""
    deadline = time.monotonic() + seconds
    while True:
        execution = states.describe_execution(executionArn=execution_arn)
        if execution["status"] != "RUNNING":
            assert broken_laws(whole_history(states, execution_arn)) == []
            return execution
        assert time.monotonic() < deadline, "the execution does not end"
        time.sleep(0.02)
