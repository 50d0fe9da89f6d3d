"""Builds through AWS's own clients: they really run, in boxes, and end as AWS tells it."""
import io
import json
import os
import subprocess
import time
import zipfile

import pytest

from support.builds import POLICY, TRUST, context, ended, log_of, make_project, printed, put_zip, run, spec, statuses
from support.git import address, commit, git, working_copy
from support.server import ACCOUNT, REGION

ALL_PHASES = ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD",
              "UPLOAD_ARTIFACTS", "FINALIZING"]


def test_a_build_runs_its_commands_and_goes_through_all_phases(server, name):
    build, lines = run(server, name, spec("echo hello", "echo $CODEBUILD_BUILD_ID", "id -u"))
    assert build["buildStatus"] == "SUCCEEDED"
    assert statuses(build) == [(phase, "SUCCEEDED") for phase in ALL_PHASES] + [("COMPLETED", None)]
    assert build["currentPhase"] == "COMPLETED" and build["endTime"] >= build["startTime"]
    assert printed(lines) == ["hello", build["id"], "0"]
    assert build["logs"]["groupName"] == f"/aws/codebuild/{name}"
    assert any(line.endswith("Running command echo hello") for line in lines)
    assert any(line.endswith("Phase complete: BUILD State: SUCCEEDED") for line in lines)
    assert lines.index("hello") > next(i for i, l in enumerate(lines) if l.endswith("Running command echo hello"))


def test_commands_share_a_shell_by_version(server, name):
    commands = ["export A=1", "B=2", "cd /tmp", "echo $A $B $(pwd)"]
    _, lines = run(server, name, spec(*commands))
    assert printed(lines) == ["1 2 /tmp"]
    build, lines = run(server, name + "-1", spec(*commands, version="0.1"))
    assert printed(lines)[0].split()[0].startswith("/codebuild/output/src")


def test_a_failed_command_fails_the_build_and_post_build_still_runs(server, name):
    build, lines = run(server, name, """version: 0.2
phases:
  build:
    commands: [echo before, exit 3, echo after]
    finally: [echo finally]
  post_build:
    commands: ["echo succeeding=$CODEBUILD_BUILD_SUCCEEDING"]
""")
    assert build["buildStatus"] == "FAILED"
    assert dict(statuses(build))["BUILD"] == "FAILED" and dict(statuses(build))["POST_BUILD"] == "SUCCEEDED"
    assert context(build, "BUILD") == {"statusCode": "COMMAND_EXECUTION_ERROR",
                                       "message": "Error while executing command: exit 3. Reason: exit status 3"}
    assert printed(lines) == ["before", "finally", "succeeding=0"]


def test_a_failed_install_ends_the_build(server, name):
    build, lines = run(server, name, "version: 0.2\nphases:\n  install:\n    commands: ['false']\n"
                                     "  build:\n    commands: [echo built]\n")
    assert [phase for phase, _ in statuses(build)][4:] == ["INSTALL", "FINALIZING", "COMPLETED"]
    assert printed(lines) == []


@pytest.mark.parametrize("text,message", [
    ("version: 0.2\nphases:\n  build:\n    commands:\n      - echo \"Hello: world\"\n",
     "Expected Commands[0] to be of string type: found subkeys instead at line 5, value of the key tag on line 4 might be "
     "empty"),
    ("version: 0.2\nphases:\n  compile:\n    commands: [x]\n",
     "Invalid buildspec phase name: compile. Expecting: build,install,post_build,pre_build at line 3, column 3"),
    ("version: 0.2\nphases:\n  build:\n    commands: [x\n", None),
    ("version: 0.2\nphase:\n  build: {}\n", "Unknown key \"phase\" in the buildspec at line 2, column 1"),
])
def test_a_wrong_buildspec_is_told_with_its_place(server, name, text, message):
    build, _ = run(server, name, text)
    assert build["buildStatus"] == "FAILED"
    told = context(build, "DOWNLOAD_SOURCE")
    assert told["statusCode"] == "YAML_FILE_ERROR"
    assert "at line" in told["message"]
    if message:
        assert told["message"] == message


def test_a_source_in_s3_and_artifacts_as_a_zip(server, name):
    put_zip(server, name, "source.zip", {"buildspec.yml": """version: 0.2
phases:
  build:
    commands: [mkdir -p out/deep, cp hello.txt out/deep/, echo built > out/b.txt, ln -s b.txt out/link]
artifacts:
  files: ['**/*']
  exclude-paths: ['**/*.skip']
  base-directory: out
""", "hello.txt": "hello"})
    make_project(server, name, source={"type": "S3", "location": f"{name}/source.zip"},
                 artifacts={"type": "S3", "location": name, "path": "built", "name": "a.zip", "packaging": "ZIP"})
    build = ended(server, server.client("codebuild").start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "SUCCEEDED", build["phases"]
    assert build["artifacts"]["location"] == f"arn:aws:s3:::{name}/built/a.zip"
    body = server.client("s3").get_object(Bucket=name, Key="built/a.zip")["Body"].read()
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert sorted(archive.namelist()) == ["b.txt", "deep/hello.txt", "link"]
    assert archive.read("link") == b"built\n"


def test_a_source_in_codecommit_at_a_branch_tag_or_commit(server, name, tmp_path):
    server.client("codecommit").create_repository(repositoryName=name)
    here = working_copy(tmp_path / "a", address(server, name))
    first = commit(here, "a", "first\n")
    git("tag", "v1", cwd=here)
    git("push", "-q", "origin", "main", "v1", cwd=here)
    git("checkout", "-q", "-b", "next", cwd=here)
    second = commit(here, "a", "second\n")
    git("push", "-q", "origin", "next", cwd=here)
    make_project(server, name, spec("cat a", "pwd", "echo $CODEBUILD_SRC_DIR", "echo $CODEBUILD_RESOLVED_SOURCE_VERSION"), source={
        "type": "CODECOMMIT", "location": f"https://git-codecommit.{REGION}.amazonaws.com/v1/repos/{name}"})
    for version, text, resolved in ((None, "first", first), ("refs/heads/next", "second", second), ("v1", "first", first),
                                    (second, "second", second)):
        build = ended(server, server.client("codebuild").start_build(
            projectName=name, **({"sourceVersion": version} if version else {}))["build"]["id"])
        lines = printed(log_of(server, build))
        assert (lines[0], lines[3]) == (text, resolved) and lines[1] == lines[2], (version, lines)
        assert build["resolvedSourceVersion"] == resolved


def test_as_codepipeline_starts_it(server, name):
    put_zip(server, name, "p/in/one", {"buildspec.yml": spec(
        "cat $CODEBUILD_SRC_DIR/a $CODEBUILD_SRC_DIR_Other/b > both", "echo $CODEBUILD_RESOLVED_SOURCE_VERSION",
        extra="artifacts:\n  files: [both]\n"), "a": "A"})
    put_zip(server, name, "p/in/two", {"b": "B"})
    make_project(server, name, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
    codebuild = server.client("codebuild")
    with pytest.raises(codebuild.exceptions.InvalidInputException):
        codebuild.start_build(projectName=name)
    build = codebuild.start_build(
        projectName=name, sourceTypeOverride="CODEPIPELINE", sourceLocationOverride=f"{name}/p/in/one",
        sourceVersion="0123abc",
        secondarySourcesOverride=[{"type": "S3", "location": f"{name}/p/in/two", "sourceIdentifier": "Other"}],
        artifactsOverride={"type": "CODEPIPELINE", "location": name, "name": "p/out/x"})["build"]
    build = ended(server, build["id"])
    assert build["buildStatus"] == "SUCCEEDED", build["phases"]
    assert build["resolvedSourceVersion"] == "0123abc"
    body = server.client("s3").get_object(Bucket=name, Key="p/out/x")["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(body)).read("both") == b"AB"


def test_variables_secrets_and_exports(server, name):
    server.client("ssm").put_parameter(Name=f"/{name}/token", Value="parameter-canary", Type="String")
    build, lines = run(server, name, f"""version: 0.2
env:
  variables:
    PLAIN: from the buildspec
    BOTH: from the buildspec
  parameter-store:
    TOKEN: /{name}/token
  exported-variables: [RESULT]
phases:
  build:
    commands:
      - echo "$PLAIN, $BOTH, $TOKEN"
      - RESULT="the result"
""", environment={"environmentVariables": [{"name": "BOTH", "value": "from the project"}]})
    assert printed(lines) == ["from the buildspec, from the project, ***"]
    assert build["exportedEnvironmentVariables"] == [{"name": "RESULT", "value": "the result"}]
    assert "parameter-canary" not in json.dumps(lines)


def test_credentials_in_the_box_are_the_roles(server, name):
    build, lines = run(server, name, spec("aws sts get-caller-identity --query Arn --output text",
                                          "echo $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN"))
    assert build["buildStatus"] == "SUCCEEDED", lines
    assert printed(lines)[0].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/CodeBuildRole/AWSCodeBuild-")
    assert printed(lines)[1] == "*** ***"


def test_stop_ends_a_build_and_all_its_processes(server, name):
    marker = f"10{int(time.time() * 1000) % 100000}"
    make_project(server, name, spec(f"trap '' TERM; (sh -c \"trap '' TERM; sleep {marker}\" &) ; sleep {marker}"))
    codebuild = server.client("codebuild")
    build = codebuild.start_build(projectName=name)["build"]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not _running(marker):
        time.sleep(0.05)
    codebuild.stop_build(id=build["id"])
    build = ended(server, build["id"], 10)
    assert build["buildStatus"] == "STOPPED"
    assert dict(statuses(build))["BUILD"] == "STOPPED"
    assert not _running(marker)


def _running(marker):
    return subprocess.run(["pgrep", "-f", f"sleep {marker}"], stdout=subprocess.DEVNULL).returncode == 0


def test_lists_and_deletion(server, name):
    build, _ = run(server, name, spec("true"))
    codebuild = server.client("codebuild")
    second = ended(server, codebuild.start_build(projectName=name)["build"]["id"])
    assert second["buildNumber"] == 2
    assert codebuild.list_builds_for_project(projectName=name)["ids"] == [second["id"], build["id"]]
    assert codebuild.list_builds_for_project(projectName=name, sortOrder="ASCENDING")["ids"] == [build["id"], second["id"]]
    assert codebuild.list_builds()["ids"][0] == second["id"]
    assert name in codebuild.list_projects()["projects"]
    assert codebuild.batch_delete_builds(ids=[build["id"]])["buildsDeleted"] == [build["arn"]]
    assert codebuild.batch_get_builds(ids=[build["id"]])["buildsNotFound"] == [build["id"]]
    codebuild.delete_project(name=name)
    assert codebuild.batch_get_projects(names=[name])["projectsNotFound"] == [name]
    with pytest.raises(codebuild.exceptions.ResourceNotFoundException):
        codebuild.start_build(projectName=name)


def test_a_zip_that_leads_out_fails_and_writes_nothing(server, name):
    put_zip(server, name, "evil.zip", {"../../../../escaped": "x", "buildspec.yml": spec("true")})
    make_project(server, name, source={"type": "S3", "location": f"{name}/evil.zip"})
    build = ended(server, server.client("codebuild").start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "FAILED"
    assert context(build, "DOWNLOAD_SOURCE")["statusCode"] == "CLIENT_ERROR"
    assert not [path for path in server.paths() if path.name == "escaped"]


ESCAPES = {
    "shadow": "cat /etc/shadow | grep -v '^root:\\*:19000'",
    "server data": "ls {data}",
    "other homes": "ls /home/* /root/.ssh /root/.aws",
    "process 1": "cat /proc/1/environ; ls /proc/1/root/ /proc/1/fd",
    "mount": "mount -t tmpfs none /mnt",
    "bind": "mount --bind /usr /mnt",
    "namespace": "unshare -rm true",
    "net namespace": "unshare -n true",
    "chroot": "chroot /tmp /bin/true",
    "device": "mknod /tmp/sda b 8 0 && head -c1 /tmp/sda",
    "kmsg": "cat /dev/kmsg; dmesg",
    "core pattern": "sh -c 'echo \"|/tmp/x\" > /proc/sys/kernel/core_pattern'",
    "cgroup": "mkdir /tmp/cg && mount -t cgroup -o rdma cgroup /tmp/cg",
    "sysrq": "sh -c 'echo b > /proc/sysrq-trigger'",
    "ptrace": "python3 -c 'import ctypes,sys; sys.exit(ctypes.CDLL(None).ptrace(16, 1, 0, 0) != 0)'",
    "keyring": "python3 -c 'import ctypes,sys; sys.exit(ctypes.CDLL(None).syscall(250, 0, -3, 0) < 0)'",
    "bpf": "python3 -c 'import ctypes,sys; sys.exit(ctypes.CDLL(None).syscall(321, 0, 0, 0) < 0)'",
    "io_uring": "python3 -c 'import ctypes,sys; sys.exit(ctypes.CDLL(None).syscall(425, 8, 0) < 0)'",
    "raw socket": "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
    "host name": "hostname evil",
    "clock": "date -s 2001-01-01",
    "kill all": "kill -9 1",
    "the agent": "cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep CANARY",
    "descriptors": "ls -l /proc/self/fd | grep -v -e /dev/null -e pipe: -e /proc/ -e total | grep .",
    "host network": "sh -c 'exec 3<>/dev/tcp/10.0.2.2/{port}'",
}


def test_no_way_out_of_a_build(server, name):
    commands = []
    for title, attempt in ESCAPES.items():
        attempt = attempt.replace("{data}", str(server.data)).replace("{port}", str(server.port))
        commands.append(f"if ( {attempt} ) >/dev/null 2>&1; then echo 'ESCAPED: {title}'; fi")
    build, lines = run(server, name, spec(*commands, "echo end"))
    assert printed(lines) == ["end"]


FLOOD = 6000 + os.getpid()  # No other run's.


def test_a_flood_of_processes_ends_with_its_build(server, name):
    make_project(server, name, spec(f"for i in $(seq 6000); do sleep {FLOOD} & done; sleep {FLOOD}"))
    codebuild = server.client("codebuild")
    bomb = codebuild.start_build(projectName=name)["build"]["id"]
    time.sleep(2)
    begun = time.monotonic()
    server.client("sts").get_caller_identity()
    assert time.monotonic() - begun < 5
    codebuild.stop_build(id=bomb)
    assert ended(server, bomb, 30)["buildStatus"] in ("STOPPED", "FAILED")
    assert not _running(FLOOD)


def test_a_flood_of_output_is_bounded(server, name):
    build, lines = run(server, name, spec("yes 'a flood of lines that never ends' | head -c 100000000", "echo end"))
    assert build["buildStatus"] == "SUCCEEDED"
    assert server.client("sts").get_caller_identity()["Account"] == ACCOUNT


@pytest.mark.parametrize("command", [
    "head -c 300000000 /dev/zero > one-file; sleep 611.5",
    "mkdir many; i=0; while true; do head -c 1000000 /dev/zero > many/$i; i=$((i + 1)); done"])
def test_a_flood_of_files_ends_its_build(own_server, name, command):
    own_server.options += ["--build-disk", "64"]
    own_server.start()
    build, lines = run(own_server, name, spec(command))
    assert build["buildStatus"] == "FAILED"
    assert context(build, "BUILD") == {"statusCode": "BUILD_ENVIRONMENT_ERROR",
                                       "message": "The build has written more than the 64 MiB that it may have on the disk"}
    assert not _running("611.5")


def test_the_host_stays_as_it_was(server, name):
    if os.geteuid() != 0:
        pytest.skip("an ordinary user's builds cannot write the system's folders")
    build, lines = run(server, name, spec("echo '#!/bin/sh' > /usr/local/bin/thimble-probe",
                                          "chmod 755 /usr/local/bin/thimble-probe", "thimble-probe && echo found",
                                          "touch /etc/thimble-probe /opt/thimble-probe /var/thimble-probe"))
    assert printed(lines) == ["found"], lines
    for path in ("/usr/local/bin/thimble-probe", "/etc/thimble-probe", "/opt/thimble-probe", "/var/thimble-probe"):
        assert not os.path.exists(path)


def test_killed_during_a_build(own_server, name):
    server = own_server.start()
    marker = f"20{int(time.time() * 1000) % 100000}"
    make_project(server, name, spec(f"echo begun; sleep {marker}"))
    build = server.client("codebuild").start_build(projectName=name)["build"]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not _running(marker):
        time.sleep(0.02)
    assert _running(marker)
    server.kill()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _running(marker):
        time.sleep(0.02)
    assert not _running(marker)
    server.start()
    build = ended(server, build["id"], 10)
    assert build["buildStatus"] == "FAULT"
    assert build["phases"][-1]["phaseType"] == "COMPLETED"
    again = ended(server, server.client("codebuild").start_build(
        projectName=name, buildspecOverride=spec("true"))["build"]["id"])
    assert again["buildStatus"] == "SUCCEEDED"


def test_a_stack_makes_projects(server, name):
    """A template of the kind that has been written since 2017, with a buildspec of version 0.1."""
    template = {"Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": [
            {"PolicyName": "all", "PolicyDocument": POLICY}]}},
        "Project": {"Type": "AWS::CodeBuild::Project", "Properties": {
            "Name": name, "Description": "old", "ServiceRole": {"Fn::GetAtt": ["Role", "Arn"]},
            "Artifacts": {"Type": "NO_ARTIFACTS"},
            "Environment": {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL",
                            "Image": "aws/codebuild/eb-nodejs-4.4.6-amazonlinux-64:2.1.3",
                            "EnvironmentVariables": [{"Name": "S3_BUCKET", "Value": "the-bucket"}]},
            "Source": {"Type": "NO_SOURCE", "BuildSpec": spec("echo $S3_BUCKET", version="0.1")},
            "TimeoutInMinutes": "10"}}},
        "Outputs": {"Name": {"Value": {"Ref": "Project"}}, "Arn": {"Value": {"Fn::GetAtt": ["Project", "Arn"]}}}}
    stacks = server.client("cloudformation")
    stacks.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    outputs = {each["OutputKey"]: each["OutputValue"]
               for each in stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]}
    assert outputs == {"Name": name, "Arn": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{name}"}
    codebuild = server.client("codebuild")
    build = ended(server, codebuild.start_build(projectName=name)["build"]["id"])
    assert build["buildStatus"] == "SUCCEEDED" and printed(log_of(server, build)) == ["the-bucket"]
    del template["Resources"]["Project"]["Properties"]["Description"]
    stacks.update_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    stacks.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert codebuild.batch_get_projects(names=[name])["projects"][0].get("description", "") == ""
    stacks.delete_stack(StackName=name)
    stacks.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    assert codebuild.batch_get_projects(names=[name])["projectsNotFound"] == [name]


def test_reports_are_kept(server, name):
    xml = '<testsuite name="s"><testcase classname="c" name="a" time="1"/><testcase classname="c" name="b"><failure message="no"/></testcase></testsuite>'
    build, lines = run(server, name, f"""version: 0.2
phases:
  build:
    commands:
      - mkdir out
      - echo '{xml}' > out/r.xml
reports:
  unit:
    files: ['**/*.xml']
    base-directory: out
""")
    codebuild = server.client("codebuild")
    report = codebuild.batch_get_reports(reportArns=build["reportArns"])["reports"][0]
    assert report["status"] == "FAILED" and report["testSummary"]["total"] == 2
    assert report["reportGroupArn"].endswith(f":report-group/{name}-unit")
    cases = codebuild.describe_test_cases(reportArn=report["arn"])["testCases"]
    assert [(case["name"], case["status"], case["message"]) for case in cases] == [("a", "SUCCEEDED", ""), ("b", "FAILED", "no")]


def test_a_local_cache_outlives_builds(server, name):
    make_project(server, name, """version: 0.2
phases:
  build:
    commands: ['cat /root/.kept/file || echo none', 'mkdir -p /root/.kept', 'date +%N > /root/.kept/file', 'cat /root/.kept/file']
cache:
  paths: ['/root/.kept/**/*']
""", cache={"type": "LOCAL", "modes": ["LOCAL_CUSTOM_CACHE"]})
    codebuild = server.client("codebuild")
    first = log_of(server, ended(server, codebuild.start_build(projectName=name)["build"]["id"]))
    second = log_of(server, ended(server, codebuild.start_build(projectName=name)["build"]["id"]))
    assert printed(second)[0] == printed(first)[-1]
    codebuild.invalidate_project_cache(projectName=name)
    third = log_of(server, ended(server, codebuild.start_build(projectName=name)["build"]["id"]))
    assert "none" in printed(third)


def test_a_runtime_that_is_missing_fails_and_says_so(server, name):
    build, _ = run(server, name, "version: 0.2\nphases:\n  install:\n    runtime-versions: {python: 2.0}\n")
    told = context(build, "DOWNLOAD_SOURCE")
    assert told["statusCode"] == "YAML_FILE_ERROR"
    assert told["message"].startswith("Unknown runtime version named '2.0' of python")
