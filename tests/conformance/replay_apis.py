"""Replays the recorded traces of one file, each on a server of its own with nothing in it, and prints the counts.

usage: replay_apis.py RECORDINGS apis/SERVICE.jsonl [-v] [--only RE]
The traces of a file share names (buckets above all), so that one server for all of them answers otherwise than AWS did.
"""
import concurrent.futures
import importlib.util
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.server import Server  # noqa: E402

WORKERS = 2


def replayer(recordings):
    """The recordings' own script as a module; it reads its address from the command line when it is loaded."""
    sys.argv = ["run_apis.py", "http://127.0.0.1:1", "none"]
    sys.path.insert(0, str(recordings))
    place = importlib.util.spec_from_file_location("run_apis", recordings / "run_apis.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    make = module.boto3.client
    # The recordings write their own account as this number, also where a call names it. Those of Lambda name roles that
    # no call of theirs made, which only another account's may be.
    module.boto3.client = lambda service, **options: make(
        service, **options if service == "lambda" else {**options, "aws_access_key_id": "1" * 12})
    return module


def replay(work):
    recordings, line = work
    global script
    if "script" not in globals():
        script = replayer(pathlib.Path(recordings))
    trace = json.loads(line)
    server = Server(options=["--memory", "--allow-address", "127.0.0.1"]).start()
    try:
        script.A.endpoint = server.url
        script.clients.clear()
        right, wrong = script.run(trace)
    except Exception as error:  # A trace that cannot be replayed is a wrong one; the others go on.
        right, wrong = 0, [("*", repr(error)[:200])]
    finally:
        server.remove()
    return trace["id"], right, wrong


def main():
    recordings, name, *options = sys.argv[1:]
    only = options[options.index("--only") + 1] if "--only" in options else ""
    lines = (pathlib.Path(recordings) / name).read_text().splitlines()
    chosen = []
    for line in lines:
        trace = json.loads(line)
        if trace["complete"] and "http" not in trace["services"] and re.search(only, trace["id"]):
            chosen.append((recordings, line))
    whole = right = total = 0
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as workers:
        for identity, good, bad in workers.map(replay, chosen):
            whole += not bad
            right += good
            total += good + len(bad)
            if "-v" in options and bad:
                print("FAIL", identity.split("::", 1)[-1], json.dumps(bad))
    print(f"{name} traces {len(chosen)} all-match {whole} ; responses {total} match {right}")


if __name__ == "__main__":
    main()
