"""Replays what real AWS answered, where the recordings are at hand, and holds the counts.

counts.json has the number of cases that passed when it was last written; fewer is a failure.
THIMBLE_WRITE_COUNTS=1 rewrites it (and skips the test, so that a rewriting run is not a passing one).
"""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDINGS = pathlib.Path(os.environ.get("THIMBLE_CONFORMANCE", ROOT.parent / "shared" / "conformance"))
COUNTS = pathlib.Path(__file__).parent / "counts.json"

APIS = sorted(file.stem for file in (RECORDINGS / "apis").glob("*.jsonl"))


def replay(command, server):
    run = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=900,
                         cwd=RECORDINGS, env=server.environment())
    return run.stdout[-3000:] + run.stderr[-2000:]


def passed(output):
    """The counts of the script's closing line."""
    found = re.search(r"responses (\d+) match (\d+)", output)
    if found:
        return int(found.group(2)), int(found.group(1))
    found = re.search(r"TOTAL n=(\d+) out=(\d+)", output)
    assert found, output
    return int(found.group(2)), int(found.group(1))


def hold(recorded, output):
    """Compares the count with the one that counts.json has, or writes it there."""
    right, total = passed(output)
    print(f"{recorded}: {right} of {total}")
    counts = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    if os.environ.get("THIMBLE_WRITE_COUNTS"):
        counts[recorded] = right
        COUNTS.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n")
        pytest.skip("counts rewritten")
    assert right >= counts[recorded], output


def test_state_machines_run_as_on_aws(server):
    script = RECORDINGS / "run_stepfunctions.py"
    if not script.is_file():
        pytest.skip(f"no recordings in {RECORDINGS}")
    hold("stepfunctions", replay([str(script), server.url], server))


@pytest.mark.parametrize("service", APIS or ["none"])
def test_as_many_calls_as_before_are_answered_as_aws_did(server, service):
    file = RECORDINGS / "apis" / f"{service}.jsonl"
    if not file.is_file():
        pytest.skip(f"no recordings in {RECORDINGS}")
    script = pathlib.Path(__file__).parent / "replay_apis.py"
    hold(f"apis/{service}", replay([str(script), str(RECORDINGS), f"apis/{service}.jsonl"], server))
