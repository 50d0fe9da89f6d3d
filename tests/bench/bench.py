#!/usr/bin/env python3
"""Measures the program: what an issue asks for, with the machine's limit beside it. Load comes from wrk or raw sockets.

usage: bench.py [--disk slow] [--peers] [--only NAME]     (through ./dev bench)
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import dynamodb  # noqa: E402
from support import disk as disks  # noqa: E402
from support import pipelines as p  # noqa: E402
from support.raw import Raw  # noqa: E402
from support.server import ACCOUNT, REGION, PROGRAM, Server  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
PASS = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": ["states.amazonaws.com", "lambda.amazonaws.com"]}}]})


def show(name, value, goal="", beside=""):
    print(f"{name:58} {value:>16}   {('goal ' + goal) if goal else '':24} {beside}", flush=True)


def milliseconds(seconds):
    return f"{seconds * 1000:.2f} ms"


def resident(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def sync_rate(folder, seconds=1.0):
    """fdatasync of 256-byte appends by one writer: what the disk allows."""
    path = os.path.join(folder, "sync-probe")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        os.write(descriptor, b"x" * 256)
        os.fdatasync(descriptor)
        count += 1
    os.close(descriptor)
    os.unlink(path)
    return count / seconds


def wrk(url, script, connections, seconds, *arguments, threads=1):
    out = subprocess.run(["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / script), url, "--",
                          *arguments], capture_output=True, text=True, check=True).stdout
    requests, duration, p50, p99 = next(l for l in out.splitlines() if l.startswith("RESULT")).split()[1:]
    errors = int(next(l for l in out.splitlines() if l.startswith("ERRORS")).split()[1])
    return {"rate": int(requests) / (int(duration) / 1e6), "p50": float(p50), "p99": float(p99), "errors": errors}


def prepare(server):
    server.client("iam").create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)
    states = server.client("stepfunctions")
    role = f"arn:aws:iam::{ACCOUNT}:role/bench"
    return {kind: states.create_state_machine(name=f"bench-{kind}", definition=definition, roleArn=role, type=kind.upper()
                                              if kind == "express" else "STANDARD")["stateMachineArn"]
            for kind, definition in (("pass", PASS), ("loop", loop_machine(1000)), ("express", PASS))}


def loop_machine(turns):
    """`turns` Pass states one after another."""
    states = {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(turns - 1)}
    states[f"S{turns - 1}"] = {"Type": "Pass", "End": True}
    return json.dumps({"StartAt": "S0", "States": states})


def bench_start(data):
    times = []
    for _ in range(10):
        began = time.perf_counter()
        server = Server(data=data)
        server.start(wait=False)
        urllib.request.urlopen(f"{server.url}/_thimble/health").read()
        times.append(time.perf_counter() - began)
        memory = resident(server.process.pid)
        server.stop()
    began = time.perf_counter()
    subprocess.run([str(PROGRAM), "--version"], stdout=subprocess.DEVNULL, check=True)
    floor = time.perf_counter() - began
    show("start to first answer (median of 10)", milliseconds(statistics.median(times)), "under 20 ms",
         f"floor: this program's --version {milliseconds(floor)}")
    show("idle memory", f"{memory:.1f} MiB", "under 20 MiB")


def bench_states(server, folder):
    machines = prepare(server)
    rate = sync_rate(folder)
    alone = wrk(server.url, "start_execution.lua", 1, 3, machines["pass"], "a" + uuid.uuid4().hex[:6])
    show("durable StartExecution alone, p50", f"{alone['p50']:.3f} ms", "under 0.5 ms",
         f"one sync takes {1000 / rate:.3f} ms; errors {alone['errors']}")
    many = wrk(server.url, "start_execution.lua", 64, 5, machines["pass"], "b" + uuid.uuid4().hex[:6])
    show("durable StartExecution, 64 connections", f"{many['rate']:,.0f}/s", "15,000/s",
         f"p50 {many['p50']:.2f} ms, p99 {many['p99']:.2f} ms; errors {many['errors']}")

    raw = Raw(server.port)
    settle(raw, machines["pass"])
    times = []
    for number in range(200):
        name = f"t{number}-{uuid.uuid4().hex[:6]}"
        began = time.perf_counter()
        raw.states("StartExecution", stateMachineArn=machines["pass"], name=name, input="{}")
        execution = machines["pass"].replace(":stateMachine:", ":execution:") + ":" + name
        while raw.states("DescribeExecution", executionArn=execution)[1]["status"] == "RUNNING":
            pass
        times.append(time.perf_counter() - began)
    show("Pass machine from Start to SUCCEEDED, as a client sees it", milliseconds(statistics.median(times)), "under 1 ms")

    began = time.perf_counter()
    executions = [raw.states("StartExecution", stateMachineArn=machines["loop"], input="{}")[1]["executionArn"] for _ in range(40)]
    for execution in executions:
        while raw.states("DescribeExecution", executionArn=execution)[1]["status"] == "RUNNING":
            time.sleep(0.002)
    seconds = time.perf_counter() - began
    show("durable Pass transitions over 40 executions", f"{40 * 1000 / seconds:,.0f}/s", "30,000/s")
    began = time.perf_counter()
    execution = raw.states("StartExecution", stateMachineArn=machines["loop"], input="{}")[1]["executionArn"]
    while raw.states("DescribeExecution", executionArn=execution)[1]["status"] == "RUNNING":
        time.sleep(0.001)
    show("durable Pass transitions in one execution", f"{1000 / (time.perf_counter() - began):,.0f}/s", "4,000/s")
    raw.close()


def settle(raw, machine):
    """Until what was started has ended."""
    while raw.states("ListExecutions", stateMachineArn=machine, statusFilter="RUNNING", maxResults=1)[1].get("executions"):
        time.sleep(0.1)


def bench_functions(server):
    import io
    import zipfile
    role = f"arn:aws:iam::{ACCOUNT}:role/bench"
    client = server.client("lambda")
    sources = {"python3.11": ("index.py", "def handler(event, context):\n    return event\n", "under 60 ms", "under 0.4 ms"),
               "nodejs20.x": ("index.js", "exports.handler = async event => event;\n", "under 120 ms", "")}
    for runtime, (name, code, cold_goal, warm_goal) in sources.items():
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as out:
            out.writestr(name, code)
        colds, warms = [], []
        for number in range(3):
            function = f"bench-{runtime.replace('.', '')}-{number}"
            client.create_function(FunctionName=function, Runtime=runtime, Role=role, Handler="index.handler",
                                   Code={"ZipFile": archive.getvalue()})
            raw = Raw(server.port)
            for index in range(200 if number == 0 else 1):
                began = time.perf_counter()
                raw.connection.request("POST", f"/2015-03-31/functions/{function}/invocations", b'{"a":1}', raw._headers("lambda"))
                answer = raw.connection.getresponse()
                answer.read()
                (colds if index == 0 else warms).append(time.perf_counter() - began)
            raw.close()
        show(f"{runtime}: first invoke of a new function (sandboxed)", milliseconds(statistics.median(colds)), cold_goal)
        show(f"{runtime}: warm invoke, as a client sees it", milliseconds(statistics.median(warms)), warm_goal)


def bench_pipelines(server, count=50):
    """Small pipelines at once: a source in S3, a deployment to S3, a state machine."""
    sources, artifacts = p.bucket(server, "bench-sources", versioned=True), p.bucket(server, "bench-artifacts")
    server.client("s3").put_object(Bucket=sources, Key="source.zip", Body=p.zip_of({"index.html": "<p>"}))
    role = p.role(server, "bench-pipelines", "codepipeline")
    machine = server.client("stepfunctions").create_state_machine(
        name="bench-pipelines", definition=PASS, roleArn=p.role(server, "bench-pipelines-states", "states"))["stateMachineArn"]
    names = [f"bench-{number}" for number in range(count)]

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
    show("one small pipeline, start to Succeeded", milliseconds(time.perf_counter() - began), "under 1 s")
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        executions = list(pool.map(lambda name: client.start_pipeline_execution(name=name)["pipelineExecutionId"], names))
    started = time.perf_counter() - began
    statuses = [p.ended(server, name, execution, 120) for name, execution in zip(names, executions)]
    show(f"{count} small pipelines at once, start to all Succeeded", milliseconds(time.perf_counter() - began), "",
         f"all started after {milliseconds(started)}; failed {sum(status != 'Succeeded' for status in statuses)}")


def bench_peers():
    """moto's server on the same work, from a virtual environment of its own."""
    moto = HERE.parents[1] / "build" / "bench-venv" / "bin" / "moto_server"
    if not moto.exists():
        print("(moto is not installed: ./dev bench --peers installs it)")
        return
    process = subprocess.Popen([str(moto), "-p", "0", "-H", "127.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        port = None
        for line in process.stdout:
            if "Running on http" in line:
                port = int(line.rsplit(":", 1)[1].split()[0])
                break
        peer = Server()
        peer.port = port
        machine = prepare_peer(peer)
        alone = wrk(peer.url, "start_execution.lua", 1, 3, machine, "m")
        show("moto: StartExecution alone, p50 (nothing durable)", f"{alone['p50']:.3f} ms")
        many = wrk(peer.url, "start_execution.lua", 64, 3, machine, "n")
        show("moto: StartExecution, 64 connections (nothing durable)", f"{many['rate']:,.0f}/s")
    finally:
        process.kill()
        process.wait()


def prepare_peer(peer):
    role = peer.client("iam").create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    return peer.client("stepfunctions").create_state_machine(name="bench", definition=PASS, roleArn=role)["stateMachineArn"]


def run_all(folder, only):
    data = pathlib.Path(folder) / "data"
    print(f"data in {folder}; {os.cpu_count()} cores; one synced append {1000 / sync_rate(folder):.3f} ms")
    if only in (None, "start"):
        bench_start(data)
    server = Server(data=data).start()
    try:
        if only in (None, "states"):
            bench_states(server, folder)
        if only in (None, "functions"):
            if only:
                server.client("iam").create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)
            bench_functions(server)
        if only in (None, "dynamodb"):
            dynamodb.run(server, wrk, show)
        if only == "dynamodb-large":
            dynamodb.run_large(server, show)
        if only in (None, "pipelines"):
            bench_pipelines(server)
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--disk", choices=["own", "slow"], default="own")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only", choices=["start", "states", "functions", "pipelines", "dynamodb", "dynamodb-large"])
    options = parser.parse_args()
    if options.disk == "slow":
        if not disks.available():
            sys.exit("--disk slow needs root, loop devices and mkfs.ext4")
        disk = disks.Disk(mebibytes=2048, options="data=journal")
        try:
            run_all(disk.mount_point, options.only)
        finally:
            disk.remove()
    else:
        folder = tempfile.mkdtemp(prefix="thimble-bench-", dir=HERE.parents[1] / "build")
        try:
            run_all(folder, options.only)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if options.peers:
        bench_peers()


if __name__ == "__main__":
    main()
