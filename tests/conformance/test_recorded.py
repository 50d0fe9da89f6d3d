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

SETS = {
    "stepfunctions": ["run_stepfunctions.py"],
    **{f"apis/{service}": ["run_apis.py", f"apis/{service}.jsonl"]
       for service in ("iam", "sts", "s3", "logs", "lambda", "sns", "apigateway", "cloudformation")},
}


def replay(server, words):
    script, *rest = words
    run = subprocess.run([sys.executable, str(RECORDINGS / script), server.url, *rest],
                         capture_output=True, text=True, timeout=900, cwd=RECORDINGS,
                         env=server.environment())
    return run.stdout[-3000:] + run.stderr[-2000:]


def passed(output):
    """The counts of the script's closing line."""
    found = re.search(r"responses (\d+) match (\d+)", output)
    if found:
        return int(found.group(2)), int(found.group(1))
    found = re.search(r"TOTAL n=(\d+) out=(\d+)", output)
    assert found, output
    return int(found.group(2)), int(found.group(1))


@pytest.mark.parametrize("recorded", SETS)
def test_as_many_cases_as_before_are_answered_as_aws_did(server, recorded):
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings in {RECORDINGS}")
    right, total = passed(replay(server, SETS[recorded]))
    print(f"{recorded}: {right} of {total}")
    counts = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    if os.environ.get("THIMBLE_WRITE_COUNTS"):
        counts[recorded] = right
        COUNTS.write_text(json.dumps(counts, indent=2, sort_keys=True) + "\n")
        pytest.skip("counts rewritten")
    assert right >= counts.get(recorded, 0)
