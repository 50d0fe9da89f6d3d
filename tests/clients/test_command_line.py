"""Debian's AWS CLI (2.9.19 knows no AWS_ENDPOINT_URL), `thimble aws`, `thimble logs`, `aws logs tail`."""
import json
import os
import pathlib
import queue
import subprocess
import threading
import time

import pytest

from support.server import PROGRAM, ROOT
from support.workload import make_function, make_role

DEBIAN_CLI = pathlib.Path(os.environ.get("THIMBLE_DEBIAN_AWS", "/usr/bin/aws"))
debian = pytest.mark.skipif(not DEBIAN_CLI.exists(), reason="Debian's awscli is not installed")


@pytest.fixture(scope="module")
def talker(server):
    """A function that logs what it is told."""
    role = make_role(server, "talker", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
    make_function(server, "talker", role, "def handler(event, context):\n    print('said', event)\n    return event\n")
    return "talker"


def invoke(server, text):
    server.client("lambda").invoke(FunctionName="talker", Payload=json.dumps(text))


class Following:
    """A command whose lines are read as they come."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env=environment)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.seen = []

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def wait_for(self, text, seconds=150):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self.seen.append(self.lines.get(timeout=0.2))
            except queue.Empty:
                continue
            if text in self.seen[-1]:
                return self.seen[-1]
        raise AssertionError(f"{text!r} does not come: {self.seen}")

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def follow(server, command, environment):
    invoke(server, "before the command")
    following = Following(command, environment)
    try:
        following.wait_for("before the command")
        invoke(server, "while it runs")
        return following.wait_for("while it runs")
    finally:
        following.end()


def test_thimble_logs_follows_all_groups(server, talker):
    line = follow(server, [PROGRAM, "logs", "-f", "--port", server.port, "--region", "eu-west-1"], server.environment())
    assert "/aws/lambda/talker" in line


@debian
def test_debians_cli_tails_a_group(server, talker):
    line = follow(server, [DEBIAN_CLI, "--endpoint-url", server.url, "logs", "tail", "/aws/lambda/talker", "--follow"],
                  server.environment(PYTHONUNBUFFERED="1"))
    assert line.split(" ", 1)[0].startswith("20")


@debian
def test_debians_cli_makes_a_stack_and_presses(server, tmp_path, name):
    def aws(*words):
        return server.aws("--endpoint-url", server.url, *words, program=DEBIAN_CLI).stdout

    assert "aws-cli/2" in aws("--version")
    template = ROOT / "tests" / "clients" / "javascript" / "template.yaml"
    (tmp_path / "index.js").write_text("exports.handler = async event => event;\n")
    subprocess.run(["zip", "-q", "function.zip", "index.js"], cwd=tmp_path, check=True)
    aws("s3", "mb", f"s3://{name}")
    aws("s3", "cp", tmp_path / "function.zip", f"s3://{name}/function.zip")
    began = time.monotonic()
    aws("cloudformation", "deploy", "--template-file", template, "--stack-name", name, "--parameter-overrides", f"Bucket={name}",
        "--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset")
    assert time.monotonic() - began < 25, "the CLI's own poll interval was waited for"
    machine = aws("cloudformation", "describe-stacks", "--stack-name", name, "--output", "text", "--query",
                  "Stacks[0].Outputs[?OutputKey=='Machine'].OutputValue").strip()
    started = json.loads(aws("stepfunctions", "start-execution", "--state-machine-arn", machine, "--input", '{"a":1}'))
    for _ in range(100):
        execution = json.loads(aws("stepfunctions", "describe-execution", "--execution-arn", started["executionArn"]))
        if execution["status"] != "RUNNING":
            break
    assert (execution["status"], execution["output"]) == ("SUCCEEDED", '{"a":1}')
    aws("cloudformation", "delete-stack", "--stack-name", name)
    aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", name)


@pytest.mark.parametrize("cli", [ROOT / ".venv" / "bin" / "aws", pytest.param(DEBIAN_CLI, marks=debian)])
def test_thimble_aws_runs_either_cli(server, cli):
    """No address or credentials are given, and a profile for the real AWS is not used."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    run = subprocess.run([PROGRAM, "aws", "--port", str(server.port), "sts", "get-caller-identity", "--output", "json"],
                         capture_output=True, text=True, timeout=200,
                         env={**clean, "THIMBLE_AWS_CLI": str(cli), "AWS_PROFILE": "production", "AWS_CONFIG_FILE": "/nonexistent"})
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["Arn"] == "arn:aws:iam::000000000000:root"


@debian
def test_thimble_aws_does_not_let_the_old_cli_package_to_the_real_s3(server):
    run = subprocess.run([PROGRAM, "aws", "--port", str(server.port), "cloudformation", "package", "--template-file", "x"],
                         capture_output=True, text=True, timeout=200, env={**os.environ, "THIMBLE_AWS_CLI": str(DEBIAN_CLI)})
    assert run.returncode == 1 and "real S3" in run.stderr
