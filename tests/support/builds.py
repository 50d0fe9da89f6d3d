"""Builds for tests: roles, projects, sources, waiting for a build's end, and what it printed."""
import io
import json
import time
import zipfile

from support.server import ACCOUNT, REGION

ROLE = f"arn:aws:iam::{ACCOUNT}:role/CodeBuildRole"
TRUST = {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def make_role(server, name="CodeBuildRole", policy=POLICY):
    iam = server.client("iam")
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    except iam.exceptions.EntityAlreadyExistsException:
        pass
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(policy))
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def make_project(server, name, buildspec=None, source=None, artifacts=None, environment=None, **more):
    make_role(server)
    source = source or {"type": "NO_SOURCE"}
    if buildspec is not None:
        source = dict(source, buildspec=buildspec)
    return server.client("codebuild").create_project(
        name=name, source=source, artifacts=artifacts or {"type": "NO_ARTIFACTS"}, serviceRole=ROLE,
        environment=dict({"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0",
                          "computeType": "BUILD_GENERAL1_SMALL"}, **(environment or {})), **more)["project"]


def ended(server, build_id, seconds=60):
    codebuild = server.client("codebuild")
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        build = codebuild.batch_get_builds(ids=[build_id])["builds"][0]
        if build["buildComplete"]:
            return build
        time.sleep(0.05)
    raise AssertionError(f"the build does not end: {build}")


def log_of(server, build):
    logs = build["logs"]
    events = server.client("logs").get_log_events(logGroupName=logs["groupName"], logStreamName=logs["streamName"],
                                                  startFromHead=True)["events"]
    return [event["message"].rstrip("\n") for event in events]


def run(server, name, buildspec, **overrides):
    """Runs one build of a new project; the build and the lines that its commands printed."""
    make_project(server, name, buildspec, **overrides)
    build = ended(server, server.client("codebuild").start_build(projectName=name)["build"]["id"])
    return build, log_of(server, build)


def printed(lines):
    return [line for line in lines if not line.startswith("[Container]")]


def spec(*commands, version="0.2", extra=""):
    listed = "".join(f"      - {json.dumps(command)}\n" for command in commands)
    return f"version: {version}\nphases:\n  build:\n    commands:\n{listed}{extra}"


def statuses(build):
    return [(phase["phaseType"], phase.get("phaseStatus")) for phase in build["phases"]]


def context(build, phase):
    return next(p for p in build["phases"] if p["phaseType"] == phase)["contexts"][0]


def put_zip(server, bucket, key, files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    s3 = server.client("s3")
    try:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    s3.put_object(Bucket=bucket, Key=key, Body=data.getvalue())
