"""DynamoDB's part of bench.py, with dynalite (npm, pinned in dynalite/) and moto beside it after `./dev bench --peers`;
those sync nothing."""
import pathlib
import signal
import socket
import statistics
import subprocess
import time
import uuid

from support.server import Server

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


def measure(server, wrk, seconds, kinds):
    """Rates by kind and number of connections."""
    client = server.client("dynamodb")
    table = "bench-" + uuid.uuid4().hex[:8]
    create(client, table)
    fill(client, table, "one", 1000, 1)
    fill(client, table, "many", QUERIED, 100)
    results = {}
    for kind in kinds:
        prefix, keys = ("many", QUERIED) if kind == "query" else ("one", 1000) if kind in ("get", "update") else (kind, 0)
        for connections in (1, 64):
            fresh = prefix if keys else f"{prefix}{connections}{uuid.uuid4().hex[:6]}"
            results[kind, connections] = wrk(server.url, "dynamodb.lua", connections, seconds, kind, table, fresh, str(keys))
    return results


def run(server, wrk, show, seconds=3):
    others = peers(wrk, seconds)
    results = measure(server, wrk, seconds, [kind for kind, _, _ in KINDS])
    for kind, title, goal in KINDS:
        for connections in (1, 64):
            got = results[kind, connections]
            rates = "".join(f"; {name} {rate(other[kind, connections])}" for name, other in others.items()
                            if (kind, connections) in other)
            show(f"durable {title}, {connections} connection{'s' if connections > 1 else ''}", f"{got['rate']:,.0f}/s",
                 goal if connections == 64 else "",
                 f"p50 {got['p50']:.2f} ms, p99 {got['p99']:.2f} ms; errors {got['errors']}"
                 + rates)


def rate(measured):
    return f"{measured['rate']:,.0f}/s" + (f" ({measured['errors']} errors)" if measured["errors"] else "")


def run_large(server, show, items=10_000_000, small=10_000, rounds=5):
    """Get and query in a large table and in a small one by turns, so that a busy machine slows both; and what the large
    one takes of memory and disk. `items` and `small` are multiples of 50."""
    from load import resident, wrk_script
    client = server.client("dynamodb")
    tables = {}
    for count in (small, items):
        tables[count] = f"bench-{count}-" + uuid.uuid4().hex[:6]
        create(client, tables[count])
        began = time.perf_counter()
        load(server, tables[count], count)
        taken = time.perf_counter() - began
        print(f"  {count:,} items written in {taken:.0f} s", flush=True)
    show(f"durable loading of {items:,} items, BatchWriteItem of 25, 64 connections", f"{items / taken:,.0f} items/s",
         "", f"{taken:.0f} s")
    show("resident memory after that", f"{resident(server.process.pid):.0f} MiB", "",
         f"at most {peak(server.process.pid):.0f} MiB; data {size_of(server.data) / 2**30:.2f} GiB")
    times = {(kind, count): [] for kind in ("get", "query") for count in tables}
    for _ in range(rounds):
        for (kind, count), medians in times.items():
            measured = wrk_script(server.url, "dynamodb.lua", 1, 2, kind, tables[count], "k", str(count // 10 - 1),
                                  "anew")
            assert not measured["errors"], measured
            medians.append(measured["p50"])
    for kind, title in (("get", "GetItem"), ("query", "Query of 10")):
        large, little = (statistics.median(times[kind, count]) for count in (items, small))
        show(f"{title} among {items:,} items against {small:,}", f"{large / little:.2f} times", "under 1.5",
             f"p50 {large * 1000:.0f} us and {little * 1000:.0f} us, one connection")
    show("resident memory after the reads", f"{resident(server.process.pid):.0f} MiB")


def load(server, table, count):
    """Writes the items of a table of run_large's."""
    threads = 2
    process = subprocess.Popen(["wrk", f"-t{threads}", "-c64", "-d3600s", "--timeout", "60s", "-s", str(HERE / "dynamodb.lua"), server.url, "--",
                                "load", table, "k", str(count), str(threads)], stdout=subprocess.PIPE, text=True)
    for _ in range(threads):
        while "LOADED" not in process.stdout.readline():
            assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out = process.communicate()[0]
    assert "ERRORS 0" in out, out


def peak(pid):
    """The most resident memory that there ever was, in MiB."""
    return next(int(line.split()[1]) / 1024 for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM"))


def size_of(folder):
    return sum(path.stat().st_blocks * 512 for path in pathlib.Path(folder).rglob("*") if path.is_file())


def peers(wrk, seconds):
    """Rates of dynalite and of moto on the same work, by name; nothing of what is not installed."""
    dynalite = DYNALITE / "node_modules" / "dynalite" / "cli.js"
    moto = HERE.parents[1] / "build" / "bench-venv" / "bin" / "moto_server"
    results = {}
    if dynalite.exists():
        results["dynalite"] = beside(["node", str(dynalite), "--createTableMs", "0", "--port"], wrk, seconds,
                                     [kind for kind, _, _ in KINDS if kind != "transact"])  # It has no transactions.
    if moto.exists():
        results["moto"] = beside([str(moto), "-H", "127.0.0.1", "-p"], wrk, seconds, [kind for kind, _, _ in KINDS])
    if len(results) < 2:
        print("(./dev bench --peers installs what is to be measured beside: dynalite, moto)")
    return results


def beside(command, wrk, seconds, kinds):
    """Rates of another server; `command` lacks its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        other = Server()
        other.port = port
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        return measure(other, wrk, seconds, kinds)
    finally:
        process.terminate()
        process.wait()
