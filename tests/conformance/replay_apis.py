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
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.query_model import write_query_model  # noqa: E402
from support.server import Server  # noqa: E402

WORKERS = 2
ACCOUNT = "1" * 12  # The recordings write their own account as this number, also where a call names it.


class Clients:
    """What the recordings' script asks for clients: as the user of an account that recorded them.

    The traces of Lambda name roles that no call of theirs made, which only another account's may be.
    """

    def __init__(self, make):
        self.make = make
        self.credentials = {}
        self.models = tempfile.TemporaryDirectory()
        write_query_model(self.models.name, "sqs-query")

    def begin(self, endpoint):
        """On a new server: a user who may do all, since what root does looks otherwise."""
        root = {"endpoint_url": endpoint, "region_name": "us-east-1", "aws_access_key_id": ACCOUNT,
                "aws_secret_access_key": "test"}
        iam = self.make("iam", **root)
        iam.create_user(UserName="recorder")
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        iam.put_user_policy(UserName="recorder", PolicyName="all", PolicyDocument=json.dumps(everything))
        key = iam.create_access_key(UserName="recorder")["AccessKey"]
        self.credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def __call__(self, service, **options):
        return self.make(service, **options if service == "lambda" else {**options, **self.credentials})


def replayer(recordings):
    """The recordings' own script as a module; it reads its address from the command line when it is loaded."""
    sys.argv = ["run_apis.py", "http://127.0.0.1:1", "none"]
    sys.path.insert(0, str(recordings))
    place = importlib.util.spec_from_file_location("run_apis", recordings / "run_apis.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    boto3 = module.boto3
    boto3.setup_default_session()
    made = Clients(boto3.client)
    boto3.DEFAULT_SESSION._loader.search_paths.append(made.models.name)
    boto3.client = made
    module.do = with_receipts(module.do, module.res)
    return module, made


def with_receipts(do, resolve):
    """The recordings write "rh" for a receipt handle whose call they do not name: the queue's last one is meant."""
    def call(one, results):
        if one["params"].get("ReceiptHandle") == "rh":
            url = resolve(one["params"]["QueueUrl"], results)
            if last.get(url):
                one = {**one, "params": {**one["params"], "ReceiptHandle": last[url]}}
        answer = do(one, results)
        if one["operation"] == "ReceiveMessage" and answer.get("Messages"):
            last[resolve(one["params"]["QueueUrl"], results)] = answer["Messages"][-1]["ReceiptHandle"]
        return answer

    last = {}
    return call


def replay(work):
    recordings, line = work
    global script, clients
    if "script" not in globals():
        script, clients = replayer(pathlib.Path(recordings))
    trace = json.loads(line)
    server = Server(options=["--memory", "--allow-address", "127.0.0.1"]).start()
    try:
        clients.begin(server.url)
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
