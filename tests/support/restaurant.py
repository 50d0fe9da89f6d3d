"""The restaurant example for tests and benchmarks: its pipeline deployed, pushed to with git, approved."""
import shutil
import subprocess

from support.pipeline import action_states, until
from support.server import ROOT

EXAMPLES = ROOT / "examples"
REPOSITORY = EXAMPLES / "RestaurantService_repo"

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


def functions_are_built():
    return (REPOSITORY / "restaurants-service" / "build" / "bootstrap").exists()


def deploy(server, service, stack):
    """The pipeline of a service; its name."""
    server.aws("cloudformation", "deploy", "--template-file", EXAMPLES / "serverless-pipeline.yaml", "--stack-name", stack,
               "--capabilities", "CAPABILITY_IAM", "--parameter-overrides", f"ServiceName={service}")
    return f"{service}_pipeline"


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

    def add_example(self, *names):
        """Files and folders of the example's repository."""
        for name in names:
            if (REPOSITORY / name).is_dir():
                shutil.copytree(REPOSITORY / name, self.folder / name)
            else:
                shutil.copy(REPOSITORY / name, self.folder)

    def build_from(self, template):
        (self.folder / "buildspec.yml").write_text(BUILDSPEC.format(template=template))

    def push(self, message):
        """Commits everything, ignored or not, and pushes; returns the commit's id."""
        self.git("add", "-A", "-f", ".")
        self.git("commit", "-q", "-m", message)
        self.git("push", "-q", "origin", "master")
        return self.git("rev-parse", "HEAD")


def push(clone, message, codepipeline, pipeline):
    """Pushes, and waits until the pipeline has begun for it, since what it did before may have failed; the commit's id."""
    def executions():
        return len(codepipeline.list_pipeline_executions(pipelineName=pipeline)["pipelineExecutionSummaries"])
    before = executions()
    commit = clone.push(message)
    until(codepipeline, pipeline, lambda: executions() > before, may_fail=True)
    return commit


def approve(codepipeline, pipeline, status="Approved"):
    token = until(codepipeline, pipeline, lambda: action_states(codepipeline, pipeline).get(
        "Prod/DeploymentApproval", {}).get("token"))
    codepipeline.put_approval_result(pipelineName=pipeline, stageName="Prod", actionName="DeploymentApproval", token=token,
                                     result={"summary": "as the test wishes", "status": status})
