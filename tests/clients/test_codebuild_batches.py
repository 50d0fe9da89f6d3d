"""Batch builds through AWS's own clients: graph, list and matrix, their artifacts, kills, and a pipeline's batch."""
import io
import json
import time
import zipfile

from support import pipelines as p
from support.builds import ROLE, log_of, make_project, printed
from support.server import ACCOUNT

ENVIRONMENT = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"}


def batch_of(server, batch_id):
    return server.client("codebuild").batch_get_build_batches(ids=[batch_id])["buildBatches"][0]


def ended(server, batch_id, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        batch = batch_of(server, batch_id)
        if batch["complete"]:
            return batch
        assert time.monotonic() < deadline, f"the batch does not end: {batch}"
        time.sleep(0.05)


def statuses(batch):
    return {group["identifier"]: group.get("currentBuildSummary", {}).get("buildStatus") for group in batch["buildGroups"]}


def build_of(server, batch, identifier):
    arn = next(group["currentBuildSummary"]["arn"] for group in batch["buildGroups"] if group["identifier"] == identifier)
    return server.client("codebuild").batch_get_builds(ids=[arn])["builds"][0]


GRAPH = """version: 0.2
batch:
  fast-fail: false
  build-graph:
    - identifier: compile
      env: {variables: {WHO: compiler}, compute-type: BUILD_GENERAL1_MEDIUM}
    - identifier: lint
      depend-on: [compile]
      ignore-failure: true
      buildspec: lint.yml
    - identifier: test_it
      depend-on: [compile, lint]
      env: {variables: {WHO: tester}}
phases:
  build:
    commands:
      - echo "$CODEBUILD_BATCH_BUILD_IDENTIFIER is $WHO on $(cat text)"
      - echo $WHO > $WHO.txt
artifacts:
  files: ['*.txt']
"""


def test_a_graph_with_combined_artifacts(server, name):
    p.bucket(server, name)
    source = p.zip_of({"buildspec.yml": GRAPH, "text": "paper", "lint.yml": "version: 0.2\nphases: {build: {commands: ['false']}}\n"})
    server.client("s3").put_object(Bucket=name, Key="source.zip", Body=source)
    make_project(server, name, source={"type": "S3", "location": f"{name}/source.zip"},
                 artifacts={"type": "S3", "location": name, "path": "out", "name": "all.zip", "packaging": "ZIP"},
                 buildBatchConfig={"serviceRole": ROLE, "combineArtifacts": True})
    answer = server.aws("codebuild", "start-build-batch", "--project-name", name)
    started = json.loads(answer.stdout)["buildBatch"]
    assert started["arn"] == f"arn:aws:codebuild:eu-west-1:{ACCOUNT}:build-batch/{started['id']}"
    batch = ended(server, started["id"])
    assert batch["buildBatchStatus"] == "SUCCEEDED", batch
    assert [phase["phaseType"] for phase in batch["phases"]] == [
        "SUBMITTED", "DOWNLOAD_BATCHSPEC", "IN_PROGRESS", "COMBINE_ARTIFACTS", "SUCCEEDED"]
    assert statuses(batch) == {"DOWNLOAD_SOURCE": "SUCCEEDED", "compile": "SUCCEEDED", "lint": "FAILED", "test_it": "SUCCEEDED"}
    compiled, tested = build_of(server, batch, "compile"), build_of(server, batch, "test_it")
    assert compiled["buildBatchArn"] == batch["arn"] and compiled["environment"]["computeType"] == "BUILD_GENERAL1_MEDIUM"
    assert printed(log_of(server, compiled)) == ["compile is compiler on paper"]
    assert printed(log_of(server, tested)) == ["test_it is tester on paper"]
    assert tested["startTime"] >= compiled["endTime"]
    assert batch["artifacts"]["location"] == f"arn:aws:s3:::{name}/out/all.zip"
    body = server.client("s3").get_object(Bucket=name, Key="out/all.zip")["Body"].read()
    assert sorted(zipfile.ZipFile(io.BytesIO(body)).namelist()) == ["compiler.txt", "tester.txt"]
    deleted = server.client("codebuild").delete_build_batch(id=batch["id"])
    assert deleted["statusCode"] == "BATCH_DELETED" and len(deleted["buildsDeleted"]) == 4


MATRIX = """version: 0.2
batch:
  build-matrix:
    static: {env: {variables: {ALWAYS: here}}}
    dynamic: {env: {variables: {A: ['1', '2'], B: [x, y]}}}
phases: {build: {commands: ['echo $ALWAYS $A$B', 'test $A$B != 2y']}}
"""


def test_a_matrix_that_fails_and_is_retried(server, name):
    make_project(server, name, MATRIX, buildBatchConfig={"serviceRole": ROLE})
    codebuild = server.client("codebuild")
    batch = ended(server, codebuild.start_build_batch(projectName=name)["buildBatch"]["id"])
    assert batch["buildBatchStatus"] == "FAILED"
    lines = {group["identifier"]: printed(log_of(server, build_of(server, batch, group["identifier"])))
             for group in batch["buildGroups"][1:]}
    assert sorted(lines.values()) == [["here 1x"], ["here 1y"], ["here 2x"], ["here 2y"]]
    assert sorted(status for status in statuses(batch).values()) == ["FAILED"] + ["SUCCEEDED"] * 4
    assert codebuild.list_build_batches_for_project(projectName=name, filter={"status": "FAILED"})["ids"] == [batch["id"]]
    codebuild.retry_build_batch(id=batch["id"], retryType="RETRY_FAILED_BUILDS")
    again = ended(server, batch["id"])
    prior = {group["identifier"]: len(group.get("priorBuildSummaryList", [])) for group in again["buildGroups"]}
    assert sum(prior.values()) == 1 and again["buildBatchStatus"] == "FAILED"


def test_a_role_that_may_not_and_a_buildspec_without_batch(server, name):
    may_not = p.role(server, name, "codebuild", ["logs:*"])
    make_project(server, name, MATRIX, buildBatchConfig={"serviceRole": may_not})
    codebuild = server.client("codebuild")
    batch = ended(server, codebuild.start_build_batch(projectName=name)["buildBatch"]["id"])
    assert batch["buildBatchStatus"] == "FAILED"
    failed = next(phase for phase in batch["phases"] if phase["phaseStatus"] == "FAILED")
    assert "codebuild:StartBuild" in failed["contexts"][0]["message"]
    batch = ended(server, codebuild.start_build_batch(
        projectName=name, buildspecOverride="version: 0.2\nphases: {build: {commands: ['true']}}\n",
        buildBatchConfigOverride={"serviceRole": ROLE})["buildBatch"]["id"])
    failed = next(phase for phase in batch["phases"] if phase["phaseStatus"] == "FAILED")
    assert failed["phaseType"] == "DOWNLOAD_BATCHSPEC" and failed["contexts"][0]["statusCode"] == "YAML_FILE_ERROR"


LIST = """version: 0.2
batch:
  build-list: [{identifier: one}, {identifier: two}]
phases: {build: {commands: ['echo $CODEBUILD_BATCH_BUILD_IDENTIFIER > it', 'sleep $SECONDS_TO_SLEEP']}}
artifacts: {files: [it]}
"""


def test_killed_during_a_batch(own_server, name):
    server = own_server.start()
    make_project(server, name, LIST, buildBatchConfig={"serviceRole": ROLE},
                 environment={"environmentVariables": [{"name": "SECONDS_TO_SLEEP", "value": "30"}]})
    codebuild = server.client("codebuild")
    batch_id = codebuild.start_build_batch(projectName=name)["buildBatch"]["id"]
    p.wait_for(lambda: statuses(batch_of(server, batch_id)).get("two") == "IN_PROGRESS"
               and build_of(server, batch_of(server, batch_id), "one")["currentPhase"] == "BUILD", what="the builds")
    server.kill()
    server.start()
    codebuild = server.client("codebuild")
    batch = ended(server, batch_id, 20)
    assert batch["buildBatchStatus"] == "FAILED" and statuses(batch)["one"] == "FAULT"
    codebuild.retry_build_batch(id=batch_id, retryType="RETRY_ALL_BUILDS")
    p.wait_for(lambda: statuses(batch_of(server, batch_id)).get("one") == "IN_PROGRESS", what="the builds")
    codebuild.stop_build_batch(id=batch_id)
    assert ended(server, batch_id, 20)["buildBatchStatus"] == "STOPPED"


def test_a_pipelines_batch(server, name):
    sources, artifacts = p.bucket(server, name + "-s", versioned=True), p.bucket(server, name + "-a")
    server.client("s3").put_object(Bucket=sources, Key="source.zip", Body=p.zip_of({"buildspec.yml": LIST}))
    make_project(server, name, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"},
                 environment={"environmentVariables": [{"name": "SECONDS_TO_SLEEP", "value": "0"}]},
                 buildBatchConfig={"serviceRole": ROLE})
    batch = {"ProjectName": name, "BatchEnabled": "true"}
    p.create(server, name, {"Source": [p.s3_source(sources)], "Build": [
        p.action("Apart", "Build", "CodeBuild", ["Source"], ["one", "two"], configuration=batch),
        p.action("Together", "Build", "CodeBuild", ["Source"], ["both"], configuration=dict(batch, CombineArtifacts="true"))]},
        artifacts, p.role(server, name, "codepipeline"))
    assert p.ended(server, name, p.newest(server, name)["pipelineExecutionId"], 60) == "Succeeded", p.states_of(server, name)
    found = {}
    for each in server.client("codepipeline").list_action_executions(pipelineName=name)["actionExecutionDetails"]:
        for artifact in each["output"].get("outputArtifacts", []):
            place = artifact["s3location"]
            body = server.client("s3").get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read()
            found[artifact["name"]] = zipfile.ZipFile(io.BytesIO(body)).read("it").decode().strip() if artifact["name"] != "Source" else ""
    assert found == {"Source": "", "one": "one", "two": "two", "both": "two"}
