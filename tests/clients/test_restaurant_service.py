"""From git push to production: the example's pipeline, pushed to with git, approved, and its stages asked as a user would."""
import json
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

from support.pipeline import action_states, newest_execution, until
from support.server import ROOT

EXAMPLES = ROOT / "examples"
REPOSITORY = EXAMPLES / "RestaurantService_repo"
SERVICE = "JourneyService"  # Other tests have a pipeline of the example's own name.
PIPELINE = f"{SERVICE}_pipeline"

# The functions are there already, so that nothing is compiled: what is left is what the pipeline itself does.
BUILDSPEC = """\
version: 0.2
phases:
  build:
    commands:
      - aws cloudformation package --template-file {template} --s3-bucket $ARTIFACT_BUCKET --output-template-file app-sam-output.yaml
      - aws cloudformation package --template-file test-sam.yaml --s3-bucket $ARTIFACT_BUCKET --output-template-file test-sam-output.yaml
artifacts:
  files:
    - app-sam-output.yaml
    - test-sam-output.yaml
"""


def outputs(server, stack):
    described = server.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def ask(url, method="GET", body=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


class Clone:
    """A working copy, pushed to the server by git alone."""

    def __init__(self, server, folder, repository):
        self.folder = folder
        self.url = f"http://test:test@127.0.0.1:{server.port}/v1/repos/{repository}"
        self.environment = server.environment(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1",
                                              GIT_TERMINAL_PROMPT="0")
        self.git("clone", "-q", self.url, str(folder), cwd=folder.parent)
        self.git("symbolic-ref", "HEAD", "refs/heads/master")

    def git(self, *arguments, cwd=None):
        result = subprocess.run(["git", "-c", "user.name=Test", "-c", "user.email=test@example.com", *arguments],
                                cwd=cwd or self.folder, env=self.environment, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def push(self, message):
        """Commits everything, ignored or not, and pushes; returns the commit's id."""
        self.git("add", "-A", "-f", ".")
        self.git("commit", "-q", "-m", message)
        self.git("push", "-q", "origin", "master")
        return self.git("rev-parse", "HEAD")


def approve(codepipeline, status="Approved"):
    token = until(codepipeline, PIPELINE, lambda: action_states(codepipeline, PIPELINE).get(
        "Prod/DeploymentApproval", {}).get("token"))
    codepipeline.put_approval_result(pipelineName=PIPELINE, stageName="Prod", actionName="DeploymentApproval", token=token,
                                     result={"summary": "as the test wishes", "status": status})


@pytest.fixture(scope="module")
def deployed(server):
    if not (REPOSITORY / "restaurants-service" / "build" / "bootstrap").exists():
        pytest.fail("the example's functions are not built: ./dev functions")
    server.aws("cloudformation", "deploy", "--template-file", EXAMPLES / "serverless-pipeline.yaml", "--stack-name",
               "restaurant-pipeline", "--capabilities", "CAPABILITY_IAM", "--parameter-overrides", f"ServiceName={SERVICE}")
    return outputs(server, "restaurant-pipeline")


@pytest.fixture(scope="module")
def clone(server, deployed, tmp_path_factory):
    clone = Clone(server, tmp_path_factory.mktemp("clones") / "repository", f"{SERVICE}_repo")
    for name in ("app-sam.yaml", "app-sam-python.yaml", "test-sam.yaml"):
        shutil.copy(REPOSITORY / name, clone.folder)
    for name in ("restaurants-service", "restaurants-service-tests", "restaurants-service-python"):
        shutil.copytree(REPOSITORY / name, clone.folder / name)
    return clone


def finished(codepipeline, commit):
    """The newest execution once it has succeeded with this commit, else None."""
    newest = newest_execution(codepipeline, PIPELINE)
    if newest is None or newest["status"] != "Succeeded":
        return None
    return newest if newest["sourceRevisions"][0]["revisionId"] == commit else None


def test_a_push_goes_to_production(server, deployed, clone):
    codepipeline = server.client("codepipeline")
    (clone.folder / "buildspec.yml").write_text(BUILDSPEC.format(template="app-sam.yaml"))
    commit = clone.push("The service in C++")
    approve(codepipeline)
    execution = until(codepipeline, PIPELINE, lambda: finished(codepipeline, commit))
    assert execution["sourceRevisions"][0]["revisionSummary"].startswith("The service in C++")
    assert {status["status"] for status in action_states(codepipeline, PIPELINE).values()} == {"Succeeded"}
    for stage in ("Beta", "Gamma", "Prod"):
        url = outputs(server, f"{SERVICE}-{stage}")["ApiUrl"] + "/restaurants"
        status, listed = ask(url)
        # Beta and Gamma have what their tests have left; nothing of it is in Prod.
        assert status == 200 and bool(listed["restaurants"]) == (stage != "Prod")
    assert ask(url, "POST", {"name": "Pizza da Mario"}) == (201, {"id": "pizza-da-mario", "name": "Pizza da Mario"})
    assert ask(url + "/pizza-da-mario/menu", "POST", {"item": "Margherita", "price": 7.5})[0] == 201
    assert ask(url + "/pizza-da-mario/menu/Margherita")[1]["price"] == 7.5
    assert ask(url + "/nobody")[0] == 404


def test_another_language_replaces_the_service_and_keeps_its_data(server, deployed, clone):
    codepipeline = server.client("codepipeline")
    (clone.folder / "buildspec.yml").write_text(BUILDSPEC.format(template="app-sam-python.yaml"))
    commit = clone.push("The service in Python")
    approve(codepipeline)
    until(codepipeline, PIPELINE, lambda: finished(codepipeline, commit))
    url = outputs(server, f"{SERVICE}-Prod")["ApiUrl"] + "/restaurants"
    assert ask(url + "/pizza-da-mario")[1]["name"] == "Pizza da Mario"
    assert ask(url, "POST", {"name": 7})[0] == 400


def test_a_broken_service_stops_before_production(server, deployed, clone):
    codepipeline = server.client("codepipeline")
    service = clone.folder / "restaurants-service-python" / "service.py"
    service.write_text(service.read_text().replace("return 201, item", "return 200, item"))
    clone.push("A wrong status")
    until(codepipeline, PIPELINE, lambda: newest_execution(codepipeline, PIPELINE)["status"] == "Failed", may_fail=True)
    tests = action_states(codepipeline, PIPELINE)["Beta/IntegrationTests"]
    assert tests["status"] == "Failed"
    assert "/menu should answer 201, but answered 200" in tests["errorDetails"]["message"]
    url = outputs(server, f"{SERVICE}-Prod")["ApiUrl"] + "/restaurants"
    assert ask(url + "/pizza-da-mario/menu", "POST", {"item": "Marinara", "price": 6})[0] == 201
