"""Builds: how soon the first command runs; and the restaurant example from a push to production."""
import pathlib
import statistics
import tempfile
import time

from support import restaurant
from support.builds import ended, log_of, make_project, printed, spec
from support.pipeline import newest_execution, until
from table import milliseconds

COUNT = 20


def first_command(run, server):
    """From the request of StartBuild to the first command's own look at the clock."""
    make_project(server, "bench-first", spec("date +%s%N"))
    codebuild = server.client("codebuild")
    waits, provisioning = [], []
    for _ in range(COUNT):
        began = time.time_ns()
        build = ended(server, codebuild.start_build(projectName="bench-first")["build"]["id"])
        waits.append((int(printed(log_of(server, build))[0]) - began) / 1e6)
        phases = {each["phaseType"]: each for each in build["phases"]}
        provisioning.append((phases["PROVISIONING"]["endTime"] - phases["PROVISIONING"]["startTime"]).total_seconds() * 1000)
    run.add("StartBuild to a build's first command, p50", milliseconds(statistics.median(waits)), "under 30 ms",
            f"longest {milliseconds(max(waits))}; making its box {milliseconds(statistics.median(provisioning))}")


def push_to_production(run, server):
    """All stages of the example, nothing to compile, the approval given at once."""
    codepipeline = server.client("codepipeline")
    pipeline = restaurant.deploy(server, "BenchService", "bench-restaurant")
    with tempfile.TemporaryDirectory() as folder:
        clone = restaurant.Clone(server, pathlib.Path(folder) / "clone", "BenchService_repo")
        clone.add_example("app-sam.yaml", "test-sam.yaml", "restaurants-service", "restaurants-service-tests")
        clone.build_from("app-sam.yaml")
        for what in ("the first push", "a push"):
            began = time.perf_counter()
            commit = restaurant.push(clone, what, codepipeline, pipeline)

            def finished():
                newest = newest_execution(codepipeline, pipeline)
                return newest and newest["status"] == "Succeeded" and newest["sourceRevisions"][0]["revisionId"] == commit
            restaurant.approve(codepipeline, pipeline)
            until(codepipeline, pipeline, finished)
            whole = (time.perf_counter() - began) * 1000
            commands, tests = of_users(server, pipeline)
            run.add(f"{what} to Prod, all stages of the example", milliseconds(whole), "under 10 s",
                    f"its build's commands {milliseconds(commands)}, its tests {milliseconds(tests)}, the rest "
                    f"{milliseconds(whole - commands - tests)} (goal under 1 s)")
            (clone.folder / "README.md").write_text(what)


def of_users(server, pipeline):
    """Milliseconds in the user's own commands and tests, of the newest execution."""
    codepipeline = server.client("codepipeline")
    execution = newest_execution(codepipeline, pipeline)["pipelineExecutionId"]
    actions = codepipeline.list_action_executions(pipelineName=pipeline, filter={"pipelineExecutionId": execution})["actionExecutionDetails"]
    tests = sum((each["lastUpdateTime"] - each["startTime"]).total_seconds() * 1000 for each in actions
                if each["input"]["actionTypeId"]["provider"] == "Lambda")
    build = next(each["output"]["executionResult"]["externalExecutionId"] for each in actions
                 if each["input"]["actionTypeId"]["provider"] == "CodeBuild")
    phases = {each["phaseType"]: each for each in server.client("codebuild").batch_get_builds(ids=[build])["builds"][0]["phases"]}
    commands = sum((phases[each]["endTime"] - phases[each]["startTime"]).total_seconds() * 1000
                   for each in ("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"))
    return commands, tests


def run(run, server):
    first_command(run, server)
    if restaurant.functions_are_built():
        push_to_production(run, server)
    else:
        run.add("a push to Prod, all stages of the example", "not measured", beside="its functions are not built: ./dev functions")
