"""Small pipelines: a source in S3, a deployment to S3, a state machine."""
import concurrent.futures
import time

import machines
from support import pipelines as p
from table import milliseconds

COUNT = 50


def run(run, server):
    sources, artifacts = p.bucket(server, "bench-sources", versioned=True), p.bucket(server, "bench-artifacts")
    server.client("s3").put_object(Bucket=sources, Key="source.zip", Body=p.zip_of({"index.html": "<p>"}))
    role = p.role(server, "bench-pipelines", "codepipeline")
    machine = server.client("stepfunctions").create_state_machine(
        name="bench-pipelines", definition=machines.DEFINITIONS["pass"],
        roleArn=p.role(server, "bench-pipelines-states", "states"))["stateMachineArn"]
    names = [f"bench-{number}" for number in range(COUNT)]

    def stages(name):
        return {"Source": [p.s3_source(sources)],
                "Deploy": [p.action("Site", "Deploy", "S3", ["Source"], configuration={
                    "BucketName": artifacts, "Extract": "true", "ObjectKey": "site/" + name})],
                "Run": [p.action("Run", "Invoke", "StepFunctions", configuration={"StateMachineArn": machine})]}
    for name in names:
        p.create(server, name, stages(name), artifacts, role)
    for name in names:
        p.ended(server, name, p.newest(server, name)["pipelineExecutionId"], 120)
    client = server.client("codepipeline")
    began = time.perf_counter()
    p.ended(server, names[0], client.start_pipeline_execution(name=names[0])["pipelineExecutionId"])
    run.add("one small pipeline, start to Succeeded", milliseconds((time.perf_counter() - began) * 1000), "under 1 s")
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        executions = list(pool.map(lambda name: client.start_pipeline_execution(name=name)["pipelineExecutionId"], names))
    started = (time.perf_counter() - began) * 1000
    statuses = [p.ended(server, name, execution, 120) for name, execution in zip(names, executions)]
    run.add(f"{COUNT} small pipelines at once, start to all Succeeded", milliseconds((time.perf_counter() - began) * 1000), "",
            f"all started after {milliseconds(started)}; failed {sum(status != 'Succeeded' for status in statuses)}")
