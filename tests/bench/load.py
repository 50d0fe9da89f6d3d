"""Load and its limits: wrk, our own client (client.cpp), and what the machine allows."""
import json
import os
import pathlib
import subprocess
import tempfile
import time

from support.server import REGION, ROOT

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = pathlib.Path(os.environ.get("THIMBLE_BENCH_CLIENT", ROOT / "build" / "release" / "tests" / "bench_client"))


def signed(service, target=None, version="1.0", **more):
    """Headers that the open door takes at their word."""
    day = time.strftime("%Y%m%d", time.gmtime())
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential=test/{day}/{REGION}/{service}/aws4_request, "
                                f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
               "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), **more}
    if target:
        headers.update({"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"})
    return headers


def call(name, service, target, body, **more):
    """A step of a scenario: a call of a JSON protocol."""
    version = "1.1" if service in ("codepipeline", "logs", "ssm") else "1.0"
    return {"name": name, "method": "POST", "path": "/", "headers": signed(service, target, version), "body": body, **more}


def scenario(port, count, *steps):
    """Runs the steps `count` times on one connection; {step's name: {"p50", "p99", "least"}} in milliseconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"steps": steps}, file)
        file.flush()
        run = subprocess.run([str(CLIENT), str(port), file.name, str(count)], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr)
    result = json.loads(run.stdout)
    if result["failures"]:
        raise RuntimeError(f"{result['failures']} of {count} runs failed: {run.stderr[:500]}")
    return {step["name"]: step for step in result["steps"]}


def wrk_script(url, script, connections, seconds, *arguments, threads=1):
    """What a script of wrk's measured: rate a second, p50 and p99 in milliseconds, errors."""
    out = subprocess.run(["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / script), url, "--",
                          *arguments], capture_output=True, text=True, check=True).stdout
    requests, duration, p50, p99 = next(l for l in out.splitlines() if l.startswith("RESULT")).split()[1:]
    errors = int(next(l for l in out.splitlines() if l.startswith("ERRORS")).split()[1])
    return {"rate": int(requests) / (int(duration) / 1e6), "p50": float(p50), "p99": float(p99), "errors": errors}


def wrk(url, connections, seconds, *arguments):
    """Calls of call.lua; any error fails the measurement."""
    result = wrk_script(url, "call.lua", connections, seconds, *arguments)
    if result["errors"]:
        raise RuntimeError(f"{result['errors']} errors: {arguments}")
    return result


def sync_milliseconds(folder, seconds=1.0):
    """fdatasync of a 256-byte append by one writer: what the disk allows."""
    path = os.path.join(folder, "sync-probe")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        os.write(descriptor, b"x" * 256)
        os.fdatasync(descriptor)
        count += 1
    taken = time.perf_counter() - began
    os.close(descriptor)
    os.unlink(path)
    return taken * 1000 / count


def resident(pid):
    """Resident memory in MiB."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
