"""Merges, their conflicts and approval rule templates: what the API says is held against what git itself does."""
import base64
import json
import random
import re

import pytest
from botocore.exceptions import ClientError

from support.git import address, git, working_copy
from support.server import ACCOUNT


@pytest.fixture
def repository(server, name):
    server.client("codecommit").create_repository(repositoryName=name)
    return name


def code_of(refused):
    return refused.value.response["Error"]["Code"]


def edited(lines, chance):
    """The lines with some of them changed, removed, or others put before them."""
    out = []
    for line in lines:
        kind = chance.random()
        if kind < 0.08:
            out.append(f"changed {chance.randrange(4)}\n")
        elif kind < 0.12:
            continue
        else:
            if kind < 0.16:
                out.append(f"new {chance.randrange(4)}\n")
            out.append(line)
    return out


def write_branches(folder, versions):
    """versions: {path: (base, main, feature)}, None: not there. Branches main and feature with a commit each."""
    def put(index):
        for path, texts in versions.items():
            file = folder / path
            if texts[index] is None:
                file.unlink(missing_ok=True)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(texts[index].encode())
        git("add", "-A", cwd=folder)
        git("commit", "-q", "--allow-empty", "-m", f"version {index}", cwd=folder)
    put(0)
    git("branch", "feature", cwd=folder)
    put(1)
    git("checkout", "-q", "feature", cwd=folder)
    put(2)
    git("checkout", "-q", "main", cwd=folder)
    git("push", "-q", "origin", "main", "feature", cwd=folder)


def merged_by_git(folder, texts, *options):
    """(the text that `git merge-file` makes of (base, main, feature), whether there are conflicts)"""
    for name, text in zip(("base", "main", "feature"), texts):
        (folder.parent / name).write_text(text or "")
    done = git("merge-file", "-p", *options, *(folder.parent / each for each in ("main", "base", "feature")), check=False)
    return done.stdout, done.returncode > 0


def conflicts_of(folder, texts):
    """[(main, base, feature)] of each conflict."""
    text, _ = merged_by_git(folder, texts, "--diff3")
    return re.findall(r"^<<<<<<< .*\n((?:.*\n)*?)^\|\|\|\|\|\|\| .*\n((?:.*\n)*?)^=======\n((?:.*\n)*?)^>>>>>>> .*$", text, re.M)


@pytest.fixture
def edits(server, repository, tmp_path):
    """A working copy of a repository whose branches changed the same files in many ways, and the versions."""
    chance = random.Random(7)
    versions = {}
    for i in range(24):
        base = [f"line {j % 9}\n" for j in range(chance.randrange(3, 40))]
        versions[f"folder {i % 3}/file{i}"] = tuple("".join(each) for each in (base, edited(base, chance), edited(base, chance)))
    versions["both.txt"] = (None, "a\nb\nc\n", "a\nB\nc\n")
    versions["gone.txt"] = ("1\n2\n", None, "1\n3\n")
    versions["same.txt"] = ("1\n2\n", "1\n5\n", "1\n5\n")
    folder = working_copy(tmp_path / "work", address(server, repository))
    write_branches(folder, versions)
    return folder, versions


ENDS = dict(sourceCommitSpecifier="feature", destinationCommitSpecifier="main")


def test_conflicts_are_those_of_git(server, repository, edits):
    folder, versions = edits
    client = server.client("codecommit")
    unmerged = sorted(path for path, texts in versions.items() if path == "gone.txt" or merged_by_git(folder, texts)[1])
    ends = dict(repositoryName=repository, mergeOption="THREE_WAY_MERGE", conflictDetailLevel="LINE_LEVEL", **ENDS)
    found, token = [], None
    while True:
        page = client.get_merge_conflicts(**ends, maxConflictFiles=5, **({"nextToken": token} if token else {}))
        found += page["conflictMetadataList"]
        token = page.get("nextToken")
        if not token:
            break
    assert page["mergeable"] is False and sorted(each["filePath"] for each in found) == unmerged and len(unmerged) > 8
    described = client.batch_describe_merge_conflicts(**ends)
    assert described["baseCommitId"] == git("merge-base", "main", "feature", cwd=folder).stdout.strip()
    hunks = {each["conflictMetadata"]["filePath"]: each["mergeHunks"] for each in described["conflicts"]}
    assert sorted(hunks) == unmerged and described.get("errors", []) == []

    def text(side):
        return base64.b64decode(side["hunkContent"]).decode()
    for path in unmerged:
        if path == "gone.txt":
            assert hunks[path] == []
            continue
        told = [(text(each["destination"]), text(each["base"]), text(each["source"])) for each in hunks[path] if each["isConflict"]]
        assert told == conflicts_of(folder, versions[path]), path
        for each in hunks[path]:
            for side, version in (("base", 0), ("destination", 1), ("source", 2)):
                lines = (versions[path][version] or "").splitlines(keepends=True)
                assert text(each[side]) == "".join(lines[each[side]["startLine"]:each[side]["endLine"]]), (path, side)
    one = client.describe_merge_conflicts(**ends, filePath=unmerged[0])
    assert one["mergeHunks"] == hunks[unmerged[0]]
    gone = next(each for each in found if each["filePath"] == "gone.txt")
    assert gone["mergeOperations"] == {"source": "M", "destination": "D"} and gone["contentConflict"]
    # A file without a conflict is an error of its own.
    partly = client.batch_describe_merge_conflicts(**ends, filePaths=["same.txt", unmerged[0]])
    assert [each["filePath"] for each in partly["errors"]] == ["same.txt"] and len(partly["conflicts"]) == 1
    with pytest.raises(ClientError) as absent:
        client.describe_merge_conflicts(**ends, filePath="same.txt")
    assert code_of(absent) == "FileDoesNotExistException"


@pytest.mark.parametrize("strategy,favour", [("ACCEPT_SOURCE", "theirs"), ("ACCEPT_DESTINATION", "ours")])
@pytest.mark.parametrize("option", ["squash", "three_way"])
def test_a_strategy_makes_the_tree_that_git_makes(server, repository, edits, strategy, favour, option):
    folder, versions = edits
    client = server.client("codecommit")
    merge = getattr(client, f"merge_branches_by_{option}")
    made = merge(repositoryName=repository, conflictDetailLevel="LINE_LEVEL", conflictResolutionStrategy=strategy, **ENDS)
    for path, texts in versions.items():
        (folder / path).write_text(merged_by_git(folder, texts, f"--{favour}")[0])
    if favour == "ours":
        (folder / "gone.txt").unlink()
    else:
        (folder / "gone.txt").write_text(versions["gone.txt"][2])
    git("add", "-A", cwd=folder)
    assert made["treeId"] == git("write-tree", cwd=folder).stdout.strip()
    parents = client.get_commit(repositoryName=repository, commitId=made["commitId"])["commit"]["parents"]
    tips = [git("rev-parse", f"origin/{each}", cwd=folder).stdout.strip() for each in ("main", "feature")]
    assert parents == (tips if option == "three_way" else tips[:1])
    git("fetch", "-q", "origin", cwd=folder)
    assert git("rev-parse", "origin/main", cwd=folder).stdout.strip() == made["commitId"]
    assert "error" not in git("fsck", "--full", "--strict", cwd=folder).stderr


def test_each_conflict_is_resolved_as_asked(server, repository, tmp_path):
    folder = working_copy(tmp_path / "work", address(server, repository))
    names = ["base", "source", "destination", "new", "delete", "mode"]
    write_branches(folder, {each: ("0\n", f"main {each}\n", f"feature {each}\n") for each in names})
    client = server.client("codecommit")
    resolution = {
        "replaceContents": [{"filePath": "base", "replacementType": "KEEP_BASE"},
                            {"filePath": "source", "replacementType": "KEEP_SOURCE"},
                            {"filePath": "destination", "replacementType": "KEEP_DESTINATION"},
                            {"filePath": "new", "replacementType": "USE_NEW_CONTENT", "content": b"both\n"},
                            {"filePath": "mode", "replacementType": "KEEP_SOURCE", "fileMode": "EXECUTABLE"}],
        "deleteFiles": [{"filePath": "delete"}]}
    ends = dict(repositoryName=repository, **ENDS)
    partly = {"replaceContents": resolution["replaceContents"][:2]}
    with pytest.raises(ClientError) as open_ones:
        client.merge_branches_by_squash(**ends, conflictResolutionStrategy="NONE", conflictResolution=partly)
    assert code_of(open_ones) == "ManualMergeRequiredException"
    refused = [({"replaceContents": [resolution["replaceContents"][0]] * 2}, "MultipleConflictResolutionEntriesException"),
               ({"replaceContents": [{"filePath": "new", "replacementType": "USE_NEW_CONTENT"}]}, "ReplacementContentRequiredException")]
    for each, code in refused:
        with pytest.raises(ClientError) as wrong:
            client.merge_branches_by_squash(**ends, conflictResolutionStrategy="NONE", conflictResolution=each)
        assert code_of(wrong) == code
    made = client.merge_branches_by_three_way(**ends, conflictResolutionStrategy="NONE", conflictResolution=resolution,
                                              authorName="Ada", email="ada@example.com", commitMessage="settled")
    git("pull", "-q", "origin", "main", cwd=folder)
    assert git("rev-parse", "HEAD", cwd=folder).stdout.strip() == made["commitId"]
    assert git("log", "-1", "--format=%s %an", cwd=folder).stdout.strip() == "settled Ada"
    contents = {each: (folder / each).read_text() for each in names if (folder / each).exists()}
    assert contents == {"base": "0\n", "source": "feature source\n", "destination": "main destination\n", "new": "both\n",
                        "mode": "feature mode\n"}
    assert git("ls-files", "-s", "mode", cwd=folder).stdout.startswith("100755 ")


def content(needed, members, branches=None):
    statement = {"Type": "Approvers", "NumberOfApprovalsNeeded": needed, "ApprovalPoolMembers": members}
    return json.dumps({"Version": "2018-11-08", **({"DestinationReferences": branches} if branches else {}), "Statements": [statement]})


def test_approval_rule_templates(server, repository, name, tmp_path):
    client, iam = server.client("codecommit"), server.client("iam")
    anybody = [f"arn:aws:iam::{ACCOUNT}:user/*"]
    made = client.create_approval_rule_template(approvalRuleTemplateName=name, approvalRuleTemplateDescription="two of us",
                                                approvalRuleTemplateContent=content(2, anybody, ["refs/heads/main"]))["approvalRuleTemplate"]
    with pytest.raises(ClientError) as twice:
        client.create_approval_rule_template(approvalRuleTemplateName=name, approvalRuleTemplateContent=content(1, anybody))
    assert code_of(twice) == "ApprovalRuleTemplateNameAlreadyExistsException"
    with pytest.raises(ClientError) as wrong:
        client.create_approval_rule_template(approvalRuleTemplateName=name + "x", approvalRuleTemplateContent="{}")
    assert code_of(wrong) == "InvalidApprovalRuleTemplateContentException"
    client.associate_approval_rule_template_with_repository(approvalRuleTemplateName=name, repositoryName=repository)
    batch = client.batch_associate_approval_rule_template_with_repositories(approvalRuleTemplateName=name,
                                                                            repositoryNames=[repository, "absent"])
    assert batch["associatedRepositoryNames"] == [repository]
    assert batch["errors"][0]["errorCode"] == "RepositoryDoesNotExistException"
    assert client.list_repositories_for_approval_rule_template(approvalRuleTemplateName=name)["repositoryNames"] == [repository]
    assert client.list_associated_approval_rule_templates_for_repository(repositoryName=repository)["approvalRuleTemplateNames"] == [name]
    with pytest.raises(ClientError) as stale:
        client.update_approval_rule_template_content(approvalRuleTemplateName=name, newRuleContent=content(1, anybody),
                                                     existingRuleContentSha256="0" * 64)
    assert code_of(stale) == "InvalidRuleContentSha256Exception"
    client.update_approval_rule_template_content(approvalRuleTemplateName=name, existingRuleContentSha256=made["ruleContentSha256"],
                                                 newRuleContent=content(1, anybody, ["refs/heads/main"]))

    folder = working_copy(tmp_path / "work", address(server, repository))
    write_branches(folder, {"a": ("0\n", "0\n", "1\n")})
    git("push", "-q", "origin", "main:other", cwd=folder)

    def request(destination):
        return client.create_pull_request(title="t", targets=[{"repositoryName": repository, "sourceReference": "feature",
                                                               "destinationReference": destination}])["pullRequest"]
    assert request("other")["approvalRules"] == []
    asked = request("main")
    rule = asked["approvalRules"][0]
    assert rule["approvalRuleName"] == name
    assert rule["originApprovalRuleTemplate"] == {"approvalRuleTemplateId": made["approvalRuleTemplateId"], "approvalRuleTemplateName": name}
    number, revision = asked["pullRequestId"], asked["revisionId"]
    with pytest.raises(ClientError) as unapproved:
        client.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName=repository)
    assert code_of(unapproved) == "PullRequestApprovalRulesNotSatisfiedException"
    with pytest.raises(ClientError) as fixed:
        client.update_pull_request_approval_rule_content(pullRequestId=number, approvalRuleName=name, newRuleContent=content(1, anybody))
    assert code_of(fixed) == "CannotModifyApprovalRuleFromTemplateException"
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AWSCodeCommitPowerUser")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    other = server.client("codecommit", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    other.update_pull_request_approval_state(pullRequestId=number, revisionId=revision, approvalState="APPROVE")
    evaluation = client.evaluate_pull_request_approval_rules(pullRequestId=number, revisionId=revision)["evaluation"]
    assert evaluation["approved"] and evaluation["approvalRulesSatisfied"] == [name]
    merged = client.merge_pull_request_by_three_way(pullRequestId=number, repositoryName=repository)["pullRequest"]
    assert merged["pullRequestStatus"] == "CLOSED"

    with pytest.raises(ClientError) as in_use:
        client.delete_approval_rule_template(approvalRuleTemplateName=name)
    assert code_of(in_use) == "ApprovalRuleTemplateInUseException"
    client.update_approval_rule_template_name(oldApprovalRuleTemplateName=name, newApprovalRuleTemplateName=name + "-b")
    client.update_approval_rule_template_description(approvalRuleTemplateName=name + "-b", approvalRuleTemplateDescription="one")
    shown = client.get_approval_rule_template(approvalRuleTemplateName=name + "-b")["approvalRuleTemplate"]
    assert (shown["approvalRuleTemplateId"], shown["approvalRuleTemplateDescription"]) == (made["approvalRuleTemplateId"], "one")
    gone = client.batch_disassociate_approval_rule_template_from_repositories(approvalRuleTemplateName=name + "-b",
                                                                              repositoryNames=[repository])
    assert gone["disassociatedRepositoryNames"] == [repository]
    client.delete_approval_rule_template(approvalRuleTemplateName=name + "-b")
    assert name + "-b" not in client.list_approval_rule_templates()["approvalRuleTemplateNames"]
