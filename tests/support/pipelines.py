"""Pipelines for tests: roles, buckets, artifacts, declarations, and waiting for them."""
import io
import json
import time
import zipfile

from support.server import ACCOUNT, REGION


def zip_of(files):
    """The bytes of a zip of {name: text}."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()



def role(server, name, service, actions="*"):
    """A role that the service may assume and that may do `actions` (a list, or "*"). Its ARN."""
    iam = server.client("iam")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"},
                                                     "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}))
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def bucket(server, name, versioned=False):
    s3 = server.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if versioned:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def action(name, category, provider, inputs=(), outputs=(), owner="AWS", run_order=1, **more):
    configuration = more.pop("configuration", {})
    return {"name": name, "actionTypeId": {"category": category, "owner": owner, "provider": provider, "version": "1"},
            "configuration": configuration, "runOrder": run_order, "inputArtifacts": [{"name": each} for each in inputs],
            "outputArtifacts": [{"name": each} for each in outputs], **more}


def s3_source(bucket_name, key="source.zip", **more):
    configuration = {"S3Bucket": bucket_name, "S3ObjectKey": key, "PollForSourceChanges": "false",
                     **more.pop("configuration", {})}
    return action("Fetch", "Source", "S3", outputs=["Source"], configuration=configuration, **more)


def approval(name="Approve", **configuration):
    return action(name, "Approval", "Manual", configuration=configuration)


def create(server, name, stages, artifacts, role_arn, **more):
    """Creates the pipeline; stages: {name: [actions]} or whole stage declarations in a list."""
    if isinstance(stages, dict):
        stages = [{"name": stage, "actions": actions} for stage, actions in stages.items()]
    server.client("codepipeline").create_pipeline(pipeline={
        "name": name, "roleArn": role_arn, "artifactStore": {"type": "S3", "location": artifacts}, "stages": stages, **more})


def newest(server, name):
    return server.client("codepipeline").list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]


def wait_for(check, seconds=30, what="it"):
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} does not come"
        time.sleep(0.02)


def ended(server, name, execution_id, seconds=30):
    """The status of an execution once it is at its end."""
    client = server.client("codepipeline")

    def status():
        found = client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution_id)["pipelineExecution"]["status"]
        return found if found not in ("InProgress", "Stopping") else None
    return wait_for(status, seconds, f"the end of {name}")


def states_of(server, name):
    """{"Stage": status, "Stage/Action": status}"""
    statuses = {}
    for stage in server.client("codepipeline").get_pipeline_state(name=name)["stageStates"]:
        statuses[stage["stageName"]] = stage.get("latestExecution", {}).get("status")
        for each in stage["actionStates"]:
            statuses[f"{stage['stageName']}/{each['actionName']}"] = each.get("latestExecution", {}).get("status")
    return statuses


def latest(server, name, stage, action_name):
    """ActionExecution of an action, as GetPipelineState shows it; {} before it began."""
    for each in server.client("codepipeline").get_pipeline_state(name=name)["stageStates"]:
        for state in each["actionStates"]:
            if (each["stageName"], state["actionName"]) == (stage, action_name):
                return state.get("latestExecution", {})
    raise AssertionError(f"no action {stage}/{action_name}")


def approve(server, name, stage, action_name="Approve", status="Approved"):
    token = wait_for(lambda: latest(server, name, stage, action_name).get("token"), what="the approval")
    server.client("codepipeline").put_approval_result(pipelineName=name, stageName=stage, actionName=action_name, token=token,
                                                      result={"summary": "by the test", "status": status})
