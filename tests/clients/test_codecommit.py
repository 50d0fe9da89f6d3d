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
        # Later than what both have, so that git offers all of them first, however quickly the test runs.
        git("commit", "-q", "--allow-empty", "-m", f"own {number}", cwd=tmp_path / "b",
            GIT_COMMITTER_DATE=f"@{2_000_000_000 + number} +0000")
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


def test_commits_by_the_api_are_seen_by_git_and_the_other_way_round(server, repository, tmp_path):
    client = server.client("codecommit")
    first = client.put_file(repositoryName=repository, branchName="main", fileContent=b"one\n", filePath="src/a.txt",
                            commitMessage="first", name="Ada", email="ada@example.com")
    url = address(server, repository)
    git("clone", "-q", url, tmp_path / "a")
    here = tmp_path / "a"
    assert git("log", "--format=%H %an <%ae> %s", cwd=here).stdout == f"{first['commitId']} Ada <ada@example.com> first\n"
    assert git("rev-parse", "HEAD:src/a.txt", cwd=here).stdout.strip() == first["blobId"]
    second = commit(here, "src/b.txt", "two\n")
    git("push", "-q", "origin", "main", cwd=here)
    with pytest.raises(client.exceptions.ParentCommitIdOutdatedException):
        client.put_file(repositoryName=repository, branchName="main", fileContent=b"x", filePath="c",
                        parentCommitId=first["commitId"])
    with pytest.raises(client.exceptions.ParentCommitIdRequiredException):
        client.put_file(repositoryName=repository, branchName="main", fileContent=b"x", filePath="c")
    with pytest.raises(client.exceptions.SameFileContentException):
        client.put_file(repositoryName=repository, branchName="main", fileContent=b"one\n", filePath="src/a.txt",
                        parentCommitId=second)
    made = client.create_commit(
        repositoryName=repository, branchName="main", parentCommitId=second, authorName="Grace", email="g@example.com",
        commitMessage="many", putFiles=[{"filePath": "run.sh", "fileContent": b"#!/bin/sh\n", "fileMode": "EXECUTABLE"},
                                        {"filePath": "moved/b.txt", "sourceFile": {"filePath": "src/b.txt", "isMove": True}}],
        deleteFiles=[{"filePath": "src/a.txt"}])
    assert [entry["absolutePath"] for entry in made["filesAdded"]] == ["moved/b.txt", "run.sh"]
    assert [entry["absolutePath"] for entry in made["filesDeleted"]] == ["src/a.txt", "src/b.txt"]
    git("pull", "-q", cwd=here)
    assert git("ls-tree", "-r", "--format=%(objectmode) %(path)", "HEAD", cwd=here).stdout == (
        "100644 moved/b.txt\n100755 run.sh\n")
    assert git("fsck", "--full", "--strict", cwd=here).stderr == ""
    with pytest.raises(client.exceptions.NoChangeException):
        client.create_commit(repositoryName=repository, branchName="main", parentCommitId=made["commitId"],
                             setFileModes=[{"filePath": "run.sh", "fileMode": "EXECUTABLE"}])

    read = client.get_file(repositoryName=repository, filePath="/run.sh")
    assert (read["fileContent"], read["fileMode"], read["commitId"]) == (b"#!/bin/sh\n", "EXECUTABLE", made["commitId"])
    assert client.get_blob(repositoryName=repository, blobId=read["blobId"])["content"] == b"#!/bin/sh\n"
    folder = client.get_folder(repositoryName=repository, folderPath="/", commitSpecifier="main")
    assert [entry["relativePath"] for entry in folder["files"]] == ["run.sh"]
    assert [entry["absolutePath"] for entry in folder["subFolders"]] == ["moved"]
    shown = client.get_commit(repositoryName=repository, commitId=made["commitId"])["commit"]
    assert shown["parents"] == [second] and shown["author"]["name"] == "Grace" and shown["message"] == "many"
    batch = client.batch_get_commits(repositoryName=repository, commitIds=[second, "1" * 40])
    assert [entry["commitId"] for entry in batch["commits"]] == [second]
    assert [entry["errorCode"] for entry in batch["errors"]] == ["CommitIdDoesNotExistException"]
    differences = client.get_differences(repositoryName=repository, beforeCommitSpecifier=second,
                                         afterCommitSpecifier="main")["differences"]
    assert [(entry["changeType"], (entry.get("afterBlob") or entry["beforeBlob"])["path"]) for entry in differences] == [
        ("A", "moved/b.txt"), ("A", "run.sh"), ("D", "src/a.txt"), ("D", "src/b.txt")]
    history = client.list_file_commit_history(repositoryName=repository, filePath="src/b.txt")["revisionDag"]
    assert [entry["commit"]["commitId"] for entry in history] == [made["commitId"], second]
    with pytest.raises(client.exceptions.FileDoesNotExistException) as refused:
        client.get_file(repositoryName=repository, filePath="src/b.txt")
    assert refused.value.response["Error"]["Message"] == "Could not find path src/b.txt"
    gone = client.delete_file(repositoryName=repository, branchName="main", filePath="moved/b.txt",
                              parentCommitId=made["commitId"], keepEmptyFolders=True)
    assert [entry["absolutePath"] for entry in
            client.get_folder(repositoryName=repository, folderPath="moved", commitSpecifier=gone["commitId"])["files"]] == [
                "moved/.gitkeep"]


def test_branches_by_the_api(server, repository, tmp_path):
    client = server.client("codecommit")
    tip = client.put_file(repositoryName=repository, branchName="main", fileContent=b"x", filePath="f")["commitId"]
    client.create_branch(repositoryName=repository, branchName="feature/x", commitId=tip)
    with pytest.raises(client.exceptions.BranchNameExistsException):
        client.create_branch(repositoryName=repository, branchName="feature/x", commitId=tip)
    for name in ("../x", "a..b", "-x", "a b", "refs/../x", "x.lock"):
        with pytest.raises(client.exceptions.InvalidBranchNameException):
            client.create_branch(repositoryName=repository, branchName=name, commitId=tip)
    with pytest.raises(client.exceptions.CommitDoesNotExistException):
        client.create_branch(repositoryName=repository, branchName="y", commitId="1" * 40)
    with pytest.raises(client.exceptions.DefaultBranchCannotBeDeletedException):
        client.delete_branch(repositoryName=repository, branchName="main")
    client.update_default_branch(repositoryName=repository, defaultBranchName="feature/x")
    git("clone", "-q", address(server, repository), tmp_path / "a")
    assert git("branch", "--show-current", cwd=tmp_path / "a").stdout == "feature/x\n"
    assert client.delete_branch(repositoryName=repository, branchName="main")["deletedBranch"]["commitId"] == tip
    assert client.list_branches(repositoryName=repository)["branches"] == ["feature/x"]
    assert "main" not in git("ls-remote", address(server, repository)).stdout


def test_paths_that_git_would_refuse(server, repository):
    client = server.client("codecommit")
    for path in ("../x", "a/../x", ".git/config", "a/.GIT/hooks/post-update", "./x", "a//b", "/"):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            client.put_file(repositoryName=repository, branchName="main", fileContent=b"x", filePath=path)
        assert refused.value.response["Error"]["Code"] == "InvalidPathException", path


def test_a_trigger_tells_a_topic(server, repository, tmp_path):
    client, sns = server.client("codecommit"), server.client("sns")
    topic = sns.create_topic(Name=repository)["TopicArn"]
    trigger = {"name": "tell", "destinationArn": topic, "customData": "hello", "branches": ["main"], "events": ["all"]}
    client.put_repository_triggers(repositoryName=repository, triggers=[trigger])
    assert client.get_repository_triggers(repositoryName=repository)["triggers"] == [trigger]
    tested = client.test_repository_triggers(repositoryName=repository, triggers=[
        trigger, dict(trigger, name="nobody", destinationArn=topic + "-not-there")])
    assert tested["successfulExecutions"] == ["tell"]
    assert [entry["trigger"] for entry in tested["failedExecutions"]] == ["nobody"]
    with pytest.raises(client.exceptions.InvalidRepositoryTriggerDestinationArnException):
        client.put_repository_triggers(repositoryName=repository, triggers=[dict(trigger, destinationArn="nothing")])


TEMPLATE = """
Resources:
  Repository:
    Type: AWS::CodeCommit::Repository
    Properties:
      RepositoryName: NAME
      RepositoryDescription: DESCRIPTION
      Code: {S3: {Bucket: NAME, Key: code.zip}}
      Tags: [{Key: a, Value: b}]
Outputs:
  Url: {Value: !GetAtt Repository.CloneUrlHttp}
  Arn: {Value: !GetAtt Repository.Arn}
  Id: {Value: !Ref Repository}
  Name: {Value: !GetAtt Repository.Name}
"""


def test_a_stack_makes_a_repository_with_code(server, name, tmp_path):
    import io
    import zipfile
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        zipped.writestr("src/hello.txt", "hello\n")
    s3, formation, client = server.client("s3"), server.client("cloudformation"), server.client("codecommit")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=name, Key="code.zip", Body=content.getvalue())
    template = TEMPLATE.replace("NAME", name)
    formation.create_stack(StackName=name, TemplateBody=template.replace("DESCRIPTION", "one"))
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})
    outputs = {output["OutputKey"]: output["OutputValue"]
               for output in formation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}
    shown = client.get_repository(repositoryName=name)["repositoryMetadata"]
    assert outputs == {"Url": f"http://localhost:{server.port}/v1/repos/{name}", "Arn": shown["Arn"],
                       "Id": shown["repositoryId"], "Name": name}
    git("clone", "-q", outputs["Url"].replace("http://", "http://test:test@"), tmp_path / "a")
    assert (tmp_path / "a" / "src" / "hello.txt").read_text() == "hello\n"
    assert shown["defaultBranch"] == "main"
    assert client.list_tags_for_resource(resourceArn=shown["Arn"])["tags"]["a"] == "b"
    formation.update_stack(StackName=name, TemplateBody=template.replace("DESCRIPTION", "two"))
    formation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})
    assert client.get_repository(repositoryName=name)["repositoryMetadata"]["repositoryDescription"] == "two"
    formation.delete_stack(StackName=name)
    formation.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 200})
    with pytest.raises(client.exceptions.RepositoryDoesNotExistException):
        client.get_repository(repositoryName=name)


def two_branches(client, repository):
    """main and feature, each with a change of its own; the commits."""
    base = client.put_file(repositoryName=repository, branchName="main", fileContent=b"1\n2\n3\n4\n5\n6\n7\n",
                           filePath="shared")["commitId"]
    client.create_branch(repositoryName=repository, branchName="feature", commitId=base)
    feature = client.put_file(repositoryName=repository, branchName="feature", fileContent=b"one\n2\n3\n4\n5\n6\n7\n",
                              filePath="shared", parentCommitId=base)["commitId"]
    main = client.put_file(repositoryName=repository, branchName="main", fileContent=b"new\n", filePath="other",
                           parentCommitId=base)["commitId"]
    return base, main, feature


def test_merging_branches(server, repository, tmp_path):
    client = server.client("codecommit")
    base, main, feature = two_branches(client, repository)
    ends = dict(repositoryName=repository, sourceCommitSpecifier="feature", destinationCommitSpecifier="main")
    options = client.get_merge_options(**ends)
    assert (options["mergeOptions"], options["baseCommitId"]) == (["SQUASH_MERGE", "THREE_WAY_MERGE"], base)
    with pytest.raises(client.exceptions.ManualMergeRequiredException):
        client.merge_branches_by_fast_forward(**ends)
    merged = client.merge_branches_by_three_way(**ends, authorName="Ada", email="ada@example.com")["commitId"]
    assert client.get_commit(repositoryName=repository, commitId=merged)["commit"]["parents"] == [main, feature]
    assert client.get_file(repositoryName=repository, filePath="shared")["fileContent"].startswith(b"one\n")
    # The same file changed on both sides: a conflict by file, none by line, until the lines are the same.
    mine = client.put_file(repositoryName=repository, branchName="main", fileContent=b"one\n2\n3\n4\n5\n6\nseven\n",
                           filePath="shared", parentCommitId=merged)["commitId"]
    theirs = client.put_file(repositoryName=repository, branchName="feature", fileContent=b"ONE\n2\n3\n4\n5\n6\n7\n",
                             filePath="shared", parentCommitId=feature)["commitId"]
    found = client.get_merge_conflicts(**ends, mergeOption="THREE_WAY_MERGE")
    assert found["mergeable"] is False
    assert [entry["filePath"] for entry in found["conflictMetadataList"]] == ["shared"]
    assert client.get_merge_conflicts(**ends, mergeOption="THREE_WAY_MERGE",
                                      conflictDetailLevel="LINE_LEVEL")["mergeable"] is True
    with pytest.raises(client.exceptions.ManualMergeRequiredException):
        client.merge_branches_by_squash(**ends)
    squashed = client.merge_branches_by_squash(**ends, conflictDetailLevel="LINE_LEVEL")["commitId"]
    assert client.get_commit(repositoryName=repository, commitId=squashed)["commit"]["parents"] == [mine]
    assert client.get_file(repositoryName=repository, filePath="shared")["fileContent"] == b"ONE\n2\n3\n4\n5\n6\nseven\n"
    client.put_file(repositoryName=repository, branchName="main", fileContent=b"a\n", filePath="shared",
                    parentCommitId=squashed)
    client.put_file(repositoryName=repository, branchName="feature", fileContent=b"b\n", filePath="shared",
                    parentCommitId=theirs)
    with pytest.raises(client.exceptions.ManualMergeRequiredException):
        client.merge_branches_by_three_way(**ends, conflictDetailLevel="LINE_LEVEL")
    client.merge_branches_by_three_way(
        **ends, conflictResolutionStrategy="AUTOMERGE",
        conflictResolution={"replaceContents": [{"filePath": "shared", "replacementType": "USE_NEW_CONTENT",
                                                 "content": b"both\n"}]})
    assert client.get_file(repositoryName=repository, filePath="shared")["fileContent"] == b"both\n"
    git("clone", "-q", address(server, repository), tmp_path / "a")
    assert git("fsck", "--full", "--strict", cwd=tmp_path / "a").stderr == ""


def test_a_pull_request_from_its_creation_to_its_merge(server, repository, tmp_path):
    client, iam = server.client("codecommit"), server.client("iam")
    base, main, feature = two_branches(client, repository)
    made = client.create_pull_request(title="Better", description="Much", targets=[
        {"repositoryName": repository, "sourceReference": "feature", "destinationReference": "main"}])["pullRequest"]
    number, revision = made["pullRequestId"], made["revisionId"]
    target = made["pullRequestTargets"][0]
    assert (target["sourceCommit"], target["destinationCommit"], target["mergeBase"]) == (feature, main, base)
    assert client.list_pull_requests(repositoryName=repository, pullRequestStatus="OPEN")["pullRequestIds"] == [number]
    client.update_pull_request_title(pullRequestId=number, title="Best")
    client.create_pull_request_approval_rule(
        pullRequestId=number, approvalRuleName="one", approvalRuleContent=json.dumps({
            "Version": "2018-11-08", "Statements": [{"Type": "Approvers", "NumberOfApprovalsNeeded": 1,
                                                     "ApprovalPoolMembers": [f"arn:aws:iam::{ACCOUNT}:user/*"]}]}))
    with pytest.raises(client.exceptions.PullRequestApprovalRulesNotSatisfiedException):
        client.merge_pull_request_by_three_way(pullRequestId=number, repositoryName=repository)
    with pytest.raises(client.exceptions.PullRequestCannotBeApprovedByAuthorException):
        client.update_pull_request_approval_state(pullRequestId=number, revisionId=revision, approvalState="APPROVE")
    iam.create_user(UserName=repository)
    iam.attach_user_policy(UserName=repository, PolicyArn="arn:aws:iam::aws:policy/AWSCodeCommitPowerUser")
    key = iam.create_access_key(UserName=repository)["AccessKey"]
    other = server.client("codecommit", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    other.update_pull_request_approval_state(pullRequestId=number, revisionId=revision, approvalState="APPROVE")
    assert client.evaluate_pull_request_approval_rules(pullRequestId=number, revisionId=revision)["evaluation"]["approved"]
    # A push to the source makes a new revision, and takes the approvals away.
    git("clone", "-q", "-b", "feature", address(server, repository), tmp_path / "a")
    tip = commit(tmp_path / "a", "more", "more")
    git("push", "-q", "origin", "feature", cwd=tmp_path / "a")
    now = client.get_pull_request(pullRequestId=number)["pullRequest"]
    assert now["revisionId"] != revision and now["pullRequestTargets"][0]["sourceCommit"] == tip
    with pytest.raises(client.exceptions.RevisionNotCurrentException):
        other.update_pull_request_approval_state(pullRequestId=number, revisionId=revision, approvalState="APPROVE")
    with pytest.raises(client.exceptions.TipOfSourceReferenceIsDifferentException):
        client.merge_pull_request_by_three_way(pullRequestId=number, repositoryName=repository, sourceCommitId=feature)
    client.override_pull_request_approval_rules(pullRequestId=number, revisionId=now["revisionId"], overrideStatus="OVERRIDE")
    merged = client.merge_pull_request_by_squash(pullRequestId=number, repositoryName=repository,
                                                 sourceCommitId=tip)["pullRequest"]
    metadata = merged["pullRequestTargets"][0]["mergeMetadata"]
    assert merged["pullRequestStatus"] == "CLOSED" and metadata["isMerged"] and metadata["mergeOption"] == "SQUASH_MERGE"
    shown = client.get_pull_request(pullRequestId=number)["pullRequest"]
    assert shown["pullRequestTargets"] == merged["pullRequestTargets"] and shown["title"] == "Best"
    assert client.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"] == metadata["mergeCommitId"]
    assert [event["pullRequestEventType"] for event in
            client.describe_pull_request_events(pullRequestId=number)["pullRequestEvents"]] == [
        "PULL_REQUEST_MERGE_STATE_CHANGED", "PULL_REQUEST_APPROVAL_RULE_OVERRIDDEN",
        "PULL_REQUEST_SOURCE_REFERENCE_UPDATED", "PULL_REQUEST_APPROVAL_STATE_CHANGED",
        "PULL_REQUEST_APPROVAL_RULE_CREATED", "PULL_REQUEST_CREATED"]
    with pytest.raises(client.exceptions.PullRequestAlreadyClosedException):
        client.merge_pull_request_by_squash(pullRequestId=number, repositoryName=repository)
    with pytest.raises(client.exceptions.PullRequestDoesNotExistException):
        client.get_pull_request(pullRequestId="999999")


def test_comments_and_reactions(server, repository):
    client = server.client("codecommit")
    base, main, feature = two_branches(client, repository)
    number = client.create_pull_request(title="Talk", targets=[
        {"repositoryName": repository, "sourceReference": "feature"}])["pullRequest"]["pullRequestId"]
    place = dict(pullRequestId=number, repositoryName=repository, beforeCommitId=main, afterCommitId=feature)
    first = client.post_comment_for_pull_request(
        **place, content="Why?", clientRequestToken="once",
        location={"filePath": "shared", "filePosition": 1, "relativeFileVersion": "AFTER"})
    assert first["afterBlobId"] and first["comment"]["content"] == "Why?"
    again = client.post_comment_for_pull_request(**place, content="Why?", clientRequestToken="once")
    comment = first["comment"]["commentId"]
    assert again["comment"]["commentId"] == comment
    reply = client.post_comment_reply(inReplyTo=comment, content="Because")["comment"]
    assert reply["inReplyTo"] == comment
    client.put_comment_reaction(commentId=comment, reactionValue=":thumbsup:")
    threads = client.get_comments_for_pull_request(pullRequestId=number)["commentsForPullRequestData"]
    assert [[entry["content"] for entry in thread["comments"]] for thread in threads] == [["Why?", "Because"]]
    assert threads[0]["comments"][0]["reactionCounts"] == {"👍": 1}
    assert threads[0]["location"]["filePath"] == "shared"
    reaction = client.get_comment_reactions(commentId=comment)["reactionsForComment"][0]
    assert reaction["reaction"]["shortCode"] == ":thumbsup:" and reaction["reactionUsers"] == [
        f"arn:aws:iam::{ACCOUNT}:root"]
    assert client.update_comment(commentId=comment, content="How?")["comment"]["content"] == "How?"
    client.delete_comment_content(commentId=comment)
    with pytest.raises(client.exceptions.CommentDeletedException):
        client.get_comment(commentId=comment)
    client.post_comment_for_compared_commit(repositoryName=repository, afterCommitId=feature, content="Good")
    assert client.get_comments_for_compared_commit(repositoryName=repository, afterCommitId=feature)[
        "commentsForComparedCommitData"][0]["comments"][0]["content"] == "Good"
