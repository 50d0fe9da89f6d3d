"""Tokens with which builds read git servers outside: kept sealed, and really used. The server is this one's own git."""
import json

import pytest
from botocore.exceptions import ClientError

from support.builds import context, ended, log_of, make_project, printed
from support.git import address, working_copy, git
from support.server import ACCOUNT, REGION

SPEC = "version: 0.2\nenv:\n  git-credential-helper: yes\nphases:\n  build:\n    commands:\n" \
       "      - cat README.md\n      - git fetch -q origin && echo fetched\n      - echo $GIT_CONFIG_VALUE_3\n"


def make_repository(server, name, tmp_path):
    """(user name, password): what a git server outside would have."""
    server.client("codecommit").create_repository(repositoryName=name)
    git("push", "-q", "origin", "main", cwd=working_copy(tmp_path / "a", address(server, name)))
    iam = server.client("iam")
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AWSCodeCommitReadOnly")
    made = iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"]
    return made["ServiceUserName"], made["ServicePassword"]


def build(server, name, **source):
    make_project(server, name, SPEC, source={"location": f"http://127.0.0.1:{server.port}/v1/repos/{source.pop('repository')}", **source})
    return ended(server, server.client("codebuild").start_build(projectName=name)["build"]["id"])


def test_a_build_reads_a_repository_by_an_imported_token(own_server, name, tmp_path):
    server = own_server.start()
    user, password = make_repository(server, name, tmp_path)
    builds = server.client("codebuild")
    refused = build(server, name + "-without", type="BITBUCKET", repository=name)
    assert refused["buildStatus"] == "FAILED" and "git clone failed" in context(refused, "DOWNLOAD_SOURCE")["message"]
    arn = builds.import_source_credentials(serverType="BITBUCKET", authType="BASIC_AUTH", username=user, token=password)["arn"]
    assert arn == f"arn:aws:codebuild:{REGION}:{ACCOUNT}:token/bitbucket"
    assert builds.list_source_credentials()["sourceCredentialsInfos"] == [
        {"arn": arn, "serverType": "BITBUCKET", "authType": "BASIC_AUTH"}]
    # What the store has is sealed, across a restart.
    builds.import_source_credentials(serverType="GITHUB", authType="PERSONAL_ACCESS_TOKEN", token="in-the-clear-71d0")
    server.kill()
    assert server.files_with("BITBUCKET") and not server.files_with("in-the-clear-71d0")
    server.start()
    done = build(server, name + "-with", type="BITBUCKET", repository=name)
    lines = printed(log_of(server, done))
    assert done["buildStatus"] == "SUCCEEDED", lines
    assert lines[0] == "one" and "fetched" in lines
    assert password not in "".join(lines) and any("***" in line for line in lines)
    # Another kind of server has none.
    assert build(server, name + "-other", type="GITHUB_ENTERPRISE", repository=name)["buildStatus"] == "FAILED"
    builds = server.client("codebuild")
    assert builds.delete_source_credentials(arn=arn)["arn"] == arn
    with pytest.raises(ClientError) as gone:
        builds.delete_source_credentials(arn=arn)
    assert gone.value.response["Error"]["Code"] == "ResourceNotFoundException"
    again = builds.start_build(projectName=name + "-with")["build"]["id"]
    assert ended(server, again)["buildStatus"] == "FAILED"


REFUSED = [({"authType": "OAUTH", "serverType": "GITHUB"}, "OAUTH"),
           ({"authType": "BASIC_AUTH", "serverType": "GITHUB"}, "not supported for server type GITHUB"),
           ({"authType": "BASIC_AUTH", "serverType": "BITBUCKET"}, "username"),
           ({"authType": "PERSONAL_ACCESS_TOKEN", "serverType": "GITHUB", "username": "u"}, "username"),
           ({"authType": "SECRETS_MANAGER", "serverType": "GITHUB"}, "ARN")]


@pytest.mark.parametrize("given,words", REFUSED)
def test_credentials_that_are_refused(server, given, words):
    with pytest.raises(ClientError) as refused:
        server.client("codebuild").import_source_credentials(token="t", **given)
    assert refused.value.response["Error"]["Code"] == "InvalidInputException" and words in str(refused.value)


def test_a_stack_imports_credentials_which_are_not_overwritten(server, name):
    formation, builds = server.client("cloudformation"), server.client("codebuild")
    formation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Token": {
        "Type": "AWS::CodeBuild::SourceCredential",
        "Properties": {"ServerType": "GITLAB", "AuthType": "PERSONAL_ACCESS_TOKEN", "Token": "secret"}}}}))
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})
    arn = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:token/gitlab"
    assert formation.describe_stack_resources(StackName=name)["StackResources"][0]["PhysicalResourceId"] == arn
    with pytest.raises(ClientError) as there:
        builds.import_source_credentials(serverType="GITLAB", authType="PERSONAL_ACCESS_TOKEN", token="x", shouldOverwrite=False)
    assert there.value.response["Error"]["Code"] == "ResourceAlreadyExistsException"
    formation.delete_stack(StackName=name)
    formation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})
    assert arn not in [each["arn"] for each in builds.list_source_credentials()["sourceCredentialsInfos"]]


def test_a_token_in_a_secret(server, name, tmp_path):
    _, password = make_repository(server, name, tmp_path)
    secret = server.client("secretsmanager").create_secret(
        Name=name, SecretString=json.dumps({"ServerType": "GITHUB", "AuthType": "PERSONAL_ACCESS_TOKEN", "Token": password}))["ARN"]
    # The name that goes with a token is the provider's, which this server does not know: it says so, having got them.
    refused = build(server, name, type="GITHUB", repository=name, auth={"type": "SECRETS_MANAGER", "resource": secret})
    message = context(refused, "DOWNLOAD_SOURCE")["message"]
    assert "403" in message and password not in message
    missing = build(server, name + "-none", type="GITHUB", repository=name,
                    auth={"type": "SECRETS_MANAGER", "resource": secret[:-3] + "xxx"})
    assert "credentials could not be read: ResourceNotFoundException" in context(missing, "DOWNLOAD_SOURCE")["message"]
