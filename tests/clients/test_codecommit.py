"""CodeCommit through git itself, the AWS CLI's credential helper and boto3."""
import json
import urllib.error
import urllib.parse
import urllib.request

import botocore.exceptions
import pytest

from support.git import address, commit, git, working_copy
from support.server import ACCOUNT, REGION, ROOT


@pytest.fixture
def repository(server, name):
    server.client("codecommit").create_repository(repositoryName=name)
    return name


@pytest.mark.parametrize("version", [0, 1, 2])
def test_clone_push_fetch(server, repository, tmp_path, version):
    option = ("-c", f"protocol.version={version}")
    url = address(server, repository)
    git(*option, "clone", "-q", url, tmp_path / "empty")
    here = working_copy(tmp_path / "a", url)
    git(*option, "push", "-q", "origin", "main", cwd=here)
    git(*option, "clone", "-q", url, tmp_path / "b")
    assert (tmp_path / "b" / "README.md").read_text() == "one\n"
    second = commit(here, "deep/er/file", "x" * 100_000)
    git(*option, "push", "-q", "origin", "main", "HEAD:refs/heads/feature/one", "HEAD:refs/tags/v1", cwd=here)
    git(*option, "fetch", "-q", "--tags", cwd=tmp_path / "b")
    assert git("rev-parse", "origin/main", "v1", cwd=tmp_path / "b").stdout.split() == [second, second]
    client = server.client("codecommit")
    assert client.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"] == second
    assert client.list_branches(repositoryName=repository)["branches"] == ["feature/one", "main"]
    assert client.get_repository(repositoryName=repository)["repositoryMetadata"]["defaultBranch"] == "main"
    git(*option, "push", "-q", "origin", ":feature/one", cwd=here)
    assert client.list_branches(repositoryName=repository)["branches"] == ["main"]


def test_a_shallow_and_a_partial_clone(server, repository, tmp_path):
    url = address(server, repository)
    here = working_copy(tmp_path / "a", url)
    for number in range(20):
        commit(here, f"f{number}", str(number))
    git("push", "-q", "origin", "main", cwd=here)
    git("clone", "-q", "--depth=2", url, tmp_path / "shallow")
    assert git("rev-list", "--count", "HEAD", cwd=tmp_path / "shallow").stdout.strip() == "2"
    git("fetch", "-q", "--unshallow", cwd=tmp_path / "shallow")
    assert git("rev-list", "--count", "HEAD", cwd=tmp_path / "shallow").stdout.strip() == "21"
    git("clone", "-q", "--filter=blob:none", url, tmp_path / "partial")
    assert (tmp_path / "partial" / "f7").read_text() == "7"


def test_a_long_negotiation_is_compressed(server, repository, tmp_path):
    """More than 1,024 bytes of haves: git sends them with gzip."""
    url = address(server, repository)
    here = working_copy(tmp_path / "a", url)
    git("push", "-q", "origin", "main", cwd=here)
    git("clone", "-q", url, tmp_path / "b")
    for number in range(60):
        git("commit", "-q", "--allow-empty", "-m", f"own {number}", cwd=tmp_path / "b")
    commit(here, "new", "new")
    git("push", "-q", "origin", "main", cwd=here)
    traced = git("fetch", "origin", cwd=tmp_path / "b", GIT_TRACE_CURL="1").stderr
    assert "Content-Encoding: gzip" in traced
    assert git("log", "-1", "--format=%s", "origin/main", cwd=tmp_path / "b").stdout == "change new\n"


def helper(server, **environment):
    """Options of git that make it use AWS's credential helper."""
    return ["-c", f"credential.helper=!{ROOT}/.venv/bin/aws codecommit credential-helper --ignore-host-check $@",
            "-c", "credential.UseHttpPath=true"], server.environment(**environment)


def test_the_credential_helper_of_the_cli(server, repository, tmp_path):
    iam = server.client("iam")
    iam.create_user(UserName=repository)
    key = iam.create_access_key(UserName=repository)["AccessKey"]
    iam.put_user_policy(UserName=repository, PolicyName="pull", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "codecommit:GitPull",
                                               "Resource": f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{repository}"}}))
    url = f"http://127.0.0.1:{server.port}/v1/repos/{repository}"
    good, environment = helper(server, AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"])
    git(*good, "clone", "-q", url, tmp_path / "a", **environment)
    here = working_copy(tmp_path / "b", url)
    refused = git(*good, "push", "origin", "main", cwd=here, check=False, **environment)
    assert refused.returncode != 0 and "403" in refused.stderr
    bad, environment = helper(server, AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY="x" * 40)
    refused = git(*bad, "clone", "-q", url, tmp_path / "c", check=False, **environment)
    assert refused.returncode != 0 and "403" in refused.stderr
    # A session's token goes along in the user name.
    root, environment = helper(server)
    git(*root, "push", "-q", "origin", "main", cwd=here, **environment)
    session = server.client("sts", aws_access_key_id=key["AccessKeyId"],
                            aws_secret_access_key=key["SecretAccessKey"]).get_session_token()["Credentials"]
    good, environment = helper(server, AWS_ACCESS_KEY_ID=session["AccessKeyId"],
                               AWS_SECRET_ACCESS_KEY=session["SecretAccessKey"], AWS_SESSION_TOKEN=session["SessionToken"])
    git(*good, "clone", "-q", url, tmp_path / "d", **environment)
    assert (tmp_path / "d" / "README.md").exists()


def test_a_users_git_credentials(server, repository, tmp_path):
    iam = server.client("iam")
    iam.create_user(UserName=repository)
    iam.attach_user_policy(UserName=repository, PolicyArn="arn:aws:iam::aws:policy/AWSCodeCommitPowerUser")
    credential = iam.create_service_specific_credential(
        UserName=repository, ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"]
    user, password = credential["ServiceUserName"], urllib.parse.quote(credential["ServicePassword"], safe="")
    here = working_copy(tmp_path / "a", address(server, repository, user, password))
    git("push", "-q", "origin", "main", cwd=here)
    assert server.client("codecommit").list_branches(repositoryName=repository)["branches"] == ["main"]
    refused = git("ls-remote", address(server, repository, user, "wrong"), check=False)
    assert refused.returncode != 0 and "403" in refused.stderr
    iam.update_service_specific_credential(
        UserName=repository, Status="Inactive", ServiceSpecificCredentialId=credential["ServiceSpecificCredentialId"])
    assert git("ls-remote", address(server, repository, user, password), check=False).returncode != 0


def test_who_does_not_say_who_they_are_is_asked(server, repository):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.url}/v1/repos/{repository}/info/refs?service=git-upload-pack")
    assert refused.value.code == 401
    assert refused.value.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_protected_branch(server, repository, tmp_path):
    """AWS's own example of a policy that limits pushes to a branch."""
    iam = server.client("iam")
    iam.create_user(UserName=repository)
    iam.attach_user_policy(UserName=repository, PolicyArn="arn:aws:iam::aws:policy/AWSCodeCommitPowerUser")
    iam.put_user_policy(UserName=repository, PolicyName="protect", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Resource": f"arn:aws:codecommit:{REGION}:{ACCOUNT}:{repository}",
            "Action": ["codecommit:GitPush", "codecommit:DeleteBranch", "codecommit:PutFile"],
            "Condition": {"StringEqualsIfExists": {"codecommit:References": ["refs/heads/main"]},
                          "Null": {"codecommit:References": "false"}}}]}))
    credential = iam.create_service_specific_credential(
        UserName=repository, ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"]
    url = address(server, repository, credential["ServiceUserName"],
                  urllib.parse.quote(credential["ServicePassword"], safe=""))
    here = working_copy(tmp_path / "a", url)
    for references in (["main"], ["main", "main:refs/heads/other"]):
        refused = git("push", "origin", *references, cwd=here, check=False)
        assert refused.returncode != 0 and "403" in refused.stderr
    assert server.client("codecommit").list_branches(repositoryName=repository)["branches"] == []
    git("push", "-q", "origin", "main:feature", cwd=here)
    assert server.client("codecommit").list_branches(repositoryName=repository)["branches"] == ["feature"]


def test_what_is_not_there(server, repository):
    client = server.client("codecommit")
    with pytest.raises(client.exceptions.RepositoryDoesNotExistException) as refused:
        client.get_repository(repositoryName="nothing-here")
    assert refused.value.response["Error"]["Message"] == "nothing-here does not exist"
    with pytest.raises(client.exceptions.RepositoryNameExistsException) as refused:
        client.create_repository(repositoryName=repository)
    assert refused.value.response["Error"]["Message"] == f"Repository named {repository} already exists"
    for name in ("a b", "x.git", "..", "a/b", "é", "a" * 101):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            client.create_repository(repositoryName=name)
        assert refused.value.response["Error"]["Code"] == "InvalidRepositoryNameException"
    gone = git("ls-remote", address(server, "nothing-here"), check=False)
    assert "not found" in gone.stderr


def test_a_deleted_repository_is_gone(server, repository, tmp_path):
    client = server.client("codecommit")
    here = working_copy(tmp_path / "a", address(server, repository))
    git("push", "-q", "origin", "main", cwd=here)
    first = client.delete_repository(repositoryName=repository)["repositoryId"]
    assert "repositoryId" not in client.delete_repository(repositoryName=repository)
    assert git("ls-remote", "origin", cwd=here, check=False).returncode != 0
    again = client.create_repository(repositoryName=repository)["repositoryMetadata"]["repositoryId"]
    assert again != first
    assert git("ls-remote", "origin", cwd=here).stdout == ""
