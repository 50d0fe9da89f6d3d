"""DynamoDB's part of bench.py, with dynalite (npm, pinned in dynalite/) beside it after `./dev bench --peers`; dynalite
syncs nothing."""
import pathlib
import subprocess
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
DYNALITE = HERE / "dynalite"
FILLER = "x" * 980
QUERIED = 20  # Partitions of a hundred items.
KINDS = [("put", "PutItem of 1 kB", "20,000/s"), ("get", "GetItem of 1 kB", "50,000/s"),
         ("update", "UpdateItem with a condition", ""), ("query", "Query of 100 items of 1 kB", ""),
         ("transact", "TransactWriteItems of 4", ""), ("batch", "BatchWriteItem of 25", "")]


def create(client, name):
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"},
                                              {"AttributeName": "s", "AttributeType": "N"}],
                        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}])
    while client.describe_table(TableName=name)["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(0.1)


def fill(client, name, prefix, partitions, items):
    batch = []
    for partition in range(1, partitions + 1):
        for index in range(items):
            batch.append({"PutRequest": {"Item": {"p": {"S": f"{prefix}-{partition}"}, "s": {"N": str(index)},
                                                  "n": {"N": "1"}, "d": {"S": FILLER}}}})
            if len(batch) == 25:
                client.batch_write_item(RequestItems={name: batch})
                batch = []
    if batch:
        client.batch_write_item(RequestItems={name: batch})


def measure(server, wrk, seconds):
    """Rates by kind and number of connections."""
    client = server.client("dynamodb")
    table = "bench-" + uuid.uuid4().hex[:8]
    create(client, table)
    fill(client, table, "one", 1000, 1)
    fill(client, table, "many", QUERIED, 100)
    results = {}
    for kind, _, _ in KINDS:
        prefix, keys = ("many", QUERIED) if kind == "query" else ("one", 1000) if kind in ("get", "update") else (kind, 0)
        for connections in (1, 64):
            fresh = prefix if keys else f"{prefix}{connections}{uuid.uuid4().hex[:6]}"
            results[kind, connections] = wrk(server.url, "dynamodb.lua", connections, seconds, kind, table, fresh, str(keys))
    return results


def run(server, wrk, show, seconds=3):
    beside = peer(wrk, seconds)
    results = measure(server, wrk, seconds)
    for kind, title, goal in KINDS:
        for connections in (1, 64):
            got = results[kind, connections]
            other = beside.get((kind, connections))
            show(f"durable {title}, {connections} connection{'s' if connections > 1 else ''}", f"{got['rate']:,.0f}/s",
                 goal if connections == 64 else "",
                 f"p50 {got['p50']:.2f} ms, p99 {got['p99']:.2f} ms; errors {got['errors']}"
                 + (f"; dynalite {other['rate']:,.0f}/s" if other else ""))


def run_large(server, show, items=1_000_000, small=10_000):
    """Get and query in a large table, against a small one."""
    from support.raw import Raw
    client = server.client("dynamodb")
    times = {}
    for name, count in (("small", small), ("large", items)):
        table = f"bench-{name}-" + uuid.uuid4().hex[:6]
        create(client, table)
        began = time.perf_counter()
        load(server, table, count)
        print(f"  {count:,} items written in {time.perf_counter() - began:.0f} s", flush=True)
        raw = Raw(server.port)
        for kind in ("GetItem", "Query"):
            samples = []
            for index in range(2000):
                key = f"k-{(index * 7919) % (count // 10)}"
                request = ({"TableName": table, "Key": {"p": {"S": key}, "s": {"N": "3"}}} if kind == "GetItem" else
                           {"TableName": table, "KeyConditionExpression": "p = :p",
                            "ExpressionAttributeValues": {":p": {"S": key}}})
                began = time.perf_counter()
                status, answer = raw.json("dynamodb", "DynamoDB_20120810." + kind, request)
                samples.append(time.perf_counter() - began)
                assert status == 200 and (answer.get("Item") or answer["Count"] == 10), answer
            times[name, kind] = sorted(samples)[len(samples) // 2]
        raw.close()
    for kind in ("GetItem", "Query"):
        ratio = times["large", kind] / times["small", kind]
        show(f"{kind} of 10 among {items:,} items against {small:,}" if kind == "Query" else
             f"{kind} among {items:,} items against {small:,}", f"{ratio:.2f} times", "under 1.5",
             f"{times['large', kind] * 1e6:.0f} us and {times['small', kind] * 1e6:.0f} us")


def load(server, table, count):
    from concurrent.futures import ThreadPoolExecutor
    from support.raw import Raw

    def part(numbers):
        raw = Raw(server.port)
        for partition in numbers:
            puts = [{"PutRequest": {"Item": {"p": {"S": f"k-{partition}"}, "s": {"N": str(index)}, "d": {"S": "x" * 100}}}}
                    for index in range(10)]
            status, answer = raw.json("dynamodb", "DynamoDB_20120810.BatchWriteItem", {"RequestItems": {table: puts}})
            assert status == 200, answer
        raw.close()

    partitions = count // 10
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(part, [range(first, partitions, 8) for first in range(8)]))


def peer(wrk, seconds):
    """dynalite on the same work; nothing when it is not installed."""
    program = DYNALITE / "node_modules" / "dynalite" / "cli.js"
    if not program.exists():
        print("(dynalite is not installed: ./dev bench --peers installs it)")
        return {}
    import socket
    from support.server import Server
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(["node", str(program), "--port", str(port), "--createTableMs", "0"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        other = Server()
        other.port = port
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        results = {}
        table = "bench-" + uuid.uuid4().hex[:8]
        client = other.client("dynamodb")
        create(client, table)
        fill(client, table, "one", 1000, 1)
        fill(client, table, "many", QUERIED, 100)
        for kind, _, _ in KINDS:
            if kind == "transact":  # dynalite has no transactions.
                continue
            prefix, keys = ("many", QUERIED) if kind == "query" else ("one", 1000) if kind in ("get", "update") else (kind, 0)
            for connections in (1, 64):
                fresh = prefix if keys else f"{prefix}{connections}{uuid.uuid4().hex[:6]}"
                results[kind, connections] = wrk(other.url, "dynamodb.lua", connections, seconds, kind, table, fresh, str(keys))
        return results
    finally:
        process.terminate()
        process.wait()
