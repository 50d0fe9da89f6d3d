"""Functions, cold and warm, and the press of the button."""
import datetime
import io
import json
import pathlib
import statistics
import tempfile
import time
import urllib.parse
import zipfile

import machines
from load import call, scenario, signed
from support.example import S3_PIPELINE
from support.server import ROOT
from table import milliseconds

EXAMPLES = ROOT / "examples"
CODE = EXAMPLES / "StartPipelineButton" / "code"
COLD, WARM = 7, 500
PRESSES = 30
# Between a function's creation and its first call, in seconds: what the server makes ahead it makes while nothing starts.
QUIET = 1.0


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, content)
    return data.getvalue()


def sources():
    """Runtime, handler, files, goals of a cold start and of a warm call."""
    python = b"def handler(event, context):\n    return event\n"
    script = b"exports.handler = async event => event;\n"
    found = {
        "Python": ("python3.11", "index.handler", {"index.py": python}, "under 10 ms", "under 0.4 ms"),
        "Python with boto3": ("python3.11", "index.handler", {"index.py": b"import boto3\n" + python}, "", ""),
        "Node.js": ("nodejs20.x", "index.handler", {"index.js": script}, "under 120 ms", ""),
    }
    # As the others it gives its event back; with the certificates that every package carries.
    files = {"bootstrap": (ROOT / "build" / "release" / "functions" / "function_echo_static").read_bytes(),
             "certificates.pem": (CODE / "slack" / "build" / "certificates.pem").read_bytes()}
    return {"C++": ("provided.al2023", "bootstrap", files, "under 8 ms", "under 0.15 ms"), **found}


def invoke(function):
    return {"name": "answered", "method": "POST", "path": f"/2015-03-31/functions/{function}/invocations",
            "headers": signed("lambda"), "body": "{}"}


def functions(run, server):
    role = machines.role(server)
    client = server.client("lambda")
    for language, (runtime, handler, files, cold_goal, warm_goal) in sources().items():
        code = zipped(files)
        colds = []
        for number in range(COLD):
            name = "bench-" + language.lower().replace(" ", "-").replace("+", "p").replace(".", "") + f"-{number}"
            client.create_function(FunctionName=name, Runtime=runtime, Role=role, Handler=handler, Code={"ZipFile": code})
            client.get_waiter("function_active_v2").wait(FunctionName=name)
            time.sleep(QUIET)
            colds.append(scenario(server.port, 1, invoke(name))["answered"]["p50"])
        run.add(f"{language}: first call of a function, in its sandbox", milliseconds(statistics.median(colds)), cold_goal,
                f"median of {COLD}, each {QUIET} s after its creation")
        warm = scenario(server.port, WARM, invoke(name))["answered"]
        run.add(f"{language}: warm call", milliseconds(warm["p50"]), warm_goal, f"p99 {milliseconds(warm['p99'])}")


def deploy(server, folder, template, stack):
    """Deploys as the README says; the stack's outputs, and how long the server took, in milliseconds."""
    server.aws("cloudformation", "package", "--template-file", template, "--s3-bucket", "artifacts",
               "--output-template-file", folder / "packaged.yaml")
    client = server.client("cloudformation")
    with_pipeline = {"Parameters": [{"ParameterKey": "CodePipelineName", "ParameterValue": "RestaurantService_pipeline"}]}
    client.create_stack(StackName=stack, TemplateBody=(folder / "packaged.yaml").read_text(),
                        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
                        **(with_pipeline if stack.startswith("start-") else {}))
    client.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    times = [event["Timestamp"] for event in events]
    outputs = client.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    taken = (max(times) - min(times)) / datetime.timedelta(milliseconds=1)
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}, taken


def press(run, server):
    if not (CODE / "start_pipeline" / "build" / "bootstrap").exists():
        run.add("press", "not measured", beside="the example's functions are not built: ./dev functions")
        return
    s3 = server.client("s3")
    s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        outputs, _ = deploy(server, folder, S3_PIPELINE, "serverless-pipeline")
        s3.put_object(Bucket=outputs["SourceBucket"], Key="source.zip", Body=zipped({"README": b"source"}))
        times = []
        for number in range(3):
            outputs, taken = deploy(server, folder, EXAMPLES / "StartPipelineButton/cloudformation/start-pipeline-button.yaml",
                                    f"start-button-{number}")
            times.append(taken)
    run.add("the start button's stack, in the server", milliseconds(statistics.median(times)), "under 100 ms",
            "from the first event to the last; median of 3")
    event = json.dumps({"pipeline_name": "RestaurantService_pipeline", "notifier": "none"})
    address = urllib.parse.urlparse(outputs["StartPipelineUrl"])
    pressed = {"name": "accepted", "method": "POST", "path": address.path, "headers": {"Content-Type": "application/json"},
               "body": json.dumps({"name": "press-{n}", "input": event,
                                   "stateMachineArn": outputs["StepFunctionsStateMachine"]}),
               "capture": {"name": "execution", "after": '"executionArn":"', "before": '"'}}
    body = '{"executionArn":"{execution}"}'
    steps = (pressed,
             call("started", "states", "AWSStepFunctions.GetExecutionHistory", body, until="LambdaFunctionSucceeded"),
             call("succeeded", "states", "AWSStepFunctions.DescribeExecution", body, until='"SUCCEEDED"'))
    taken = {"accepted": [], "started": [], "succeeded": []}
    for number in range(PRESSES + 1):
        one = scenario(server.port, 1, *[{**step, "body": step["body"].replace("press-{n}", f"press-{number}")} for step in steps])
        for step in taken if number > 0 else ():  # The first warms up.
            taken[step].append(one[step]["p50"])
        # The pipeline that was started goes on for a while, and is no part of the press.
        time.sleep(0.3)
    taken = {step: milliseconds(statistics.median(times)) for step, times in taken.items()}
    beside = "warm C++ functions; one press at a time"
    run.add("press to its answer", taken["accepted"])
    run.add("press to the pipeline's start", taken["started"], "under 5 ms", beside)
    run.add("press to SUCCEEDED", taken["succeeded"], "under 10 ms", beside)
