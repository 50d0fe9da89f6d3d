"""Deploys the example as the README says, with the AWS CLI."""
import json
import urllib.error
import urllib.request
import zipfile

import pytest

from .server import ROOT

EXAMPLES = ROOT / "examples"
BUTTON = EXAMPLES / "StartPipelineButton"
# A pipeline of few steps in the place of the example's own: S3 source, a function, an approval.
S3_PIPELINE = ROOT / "tests" / "support" / "s3-source-pipeline.yaml"
PIPELINE = "RestaurantService_pipeline"


def outputs(server, stack):
    described = server.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    assert described["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def deploy_pipeline(server, folder):
    """The pipeline with its source; `folder` is for what is made on the way."""
    if not (BUTTON / "code" / "start_pipeline" / "build" / "bootstrap").exists():
        pytest.fail("the example's functions are not built: ./dev functions")
    server.aws("s3", "mb", "s3://artifacts")
    server.aws("cloudformation", "deploy", "--template-file", S3_PIPELINE, "--stack-name",
               "serverless-pipeline", "--capabilities", "CAPABILITY_IAM")
    with zipfile.ZipFile(folder / "source.zip", "w") as archive:
        archive.writestr("README", "source")
    bucket = outputs(server, "serverless-pipeline")["SourceBucket"]
    server.aws("s3", "cp", folder / "source.zip", f"s3://{bucket}/source.zip")


def deploy_button(server, folder, template="start-pipeline-button", stack="start-button", **parameters):
    """One of the button's stacks; its outputs."""
    server.aws("cloudformation", "package", "--template-file", BUTTON / "cloudformation" / f"{template}.yaml",
               "--s3-bucket", "artifacts", "--output-template-file", folder / "packaged.yaml")
    server.aws("cloudformation", "deploy", "--template-file", folder / "packaged.yaml", "--stack-name", stack,
               "--parameter-overrides", f"CodePipelineName={PIPELINE}", *(f"{key}={value}" for key, value in parameters.items()),
               "--capabilities", "CAPABILITY_IAM")
    return outputs(server, stack)


def post(url, body, headers=None):
    """POSTs bytes, or a value as JSON; (status, the answer's JSON)."""
    request = urllib.request.Request(url, data=body if isinstance(body, bytes) else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json", **(headers or {})}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def press(button, name, **event):
    """Presses the button whose stack has these outputs."""
    event = {"pipeline_name": PIPELINE, "notifier": "none", **event}
    return post(button["StartPipelineUrl"], {"name": name, "stateMachineArn": button["StepFunctionsStateMachine"],
                                             "input": json.dumps(event)})
