"""Waiting for pipelines, and telling why one failed."""
import time


def newest_execution(codepipeline, name):
    found = codepipeline.list_pipeline_executions(pipelineName=name, maxResults=1)["pipelineExecutionSummaries"]
    return found[0] if found else None


def action_states(codepipeline, name):
    """{"Stage/Action": latestExecution} of the actions that have run."""
    state = codepipeline.get_pipeline_state(name=name)
    return {f"{stage['stageName']}/{action['actionName']}": action["latestExecution"]
            for stage in state["stageStates"] for action in stage["actionStates"] if "latestExecution" in action}


def explain(codepipeline, name):
    lines = []
    for action, execution in action_states(codepipeline, name).items():
        error = execution.get("errorDetails", {}).get("message", execution.get("summary", ""))
        lines.append(f"{action}: {execution['status']} {error}")
    return "\n".join(lines)


def until(codepipeline, name, holds, seconds=120, may_fail=False):
    """Waits until holds() gives something true, and returns it; fails with the pipeline's state, at once when the newest
    execution fails and may not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = holds()
        if value:
            return value
        newest = newest_execution(codepipeline, name)
        assert may_fail or newest is None or newest["status"] not in ("Failed", "Stopped"), explain(codepipeline, name)
        time.sleep(0.05)
    raise AssertionError("the pipeline does not get on\n" + explain(codepipeline, name))
