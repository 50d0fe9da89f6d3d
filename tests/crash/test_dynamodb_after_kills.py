"""DynamoDB after kills: indexes and streams agree with the items, conditional writes and transactions are linearizable.

THIMBLE_LONG_CHECKS=1 runs the long form; THIMBLE_SEED repeats a run.
"""
import os
import random
import threading
import time

from support.raw import Raw
from support.server import Server

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))
ROUNDS = 30 if LONG else 4
SECONDS = 2.0 if LONG else 0.8
WORKERS = 6


def call(raw, operation, **body):
    service = "DynamoDBStreams_20120810" if operation in ("DescribeStream", "GetShardIterator", "GetRecords") else "DynamoDB_20120810"
    return raw.json("dynamodb", f"{service}.{operation}", body)


def create(server, name, **more):
    raw = Raw(server.port)
    status, answer = call(raw, "CreateTable", TableName=name, BillingMode="PAY_PER_REQUEST", **more)
    assert status == 200, answer
    while call(raw, "DescribeTable", TableName=name)[1]["Table"]["TableStatus"] != "ACTIVE":
        time.sleep(0.02)
    raw.close()


def until_killed(server, work, seed):
    """Runs `work(raw, random, stopping)` in several threads and kills the server at a random moment."""
    chance = random.Random(seed)
    stopping = threading.Event()
    failures = []

    def run(number):
        try:
            raw = Raw(server.port)
            work(raw, random.Random(seed * 100 + number), stopping)
        except OSError:
            pass
        except Exception as error:
            if "http.client" not in type(error).__module__ and "json" not in type(error).__module__:
                failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS * (0.5 + chance.random()))
    server.kill()
    stopping.set()
    for thread in threads:
        thread.join()
    assert not failures, failures


def everything(raw, operation, **request):
    items, start = [], None
    while True:
        more = {"ExclusiveStartKey": start} if start else {}
        status, answer = call(raw, operation, **request, **more)
        assert status == 200, answer
        items += answer["Items"]
        start = answer.get("LastEvaluatedKey")
        if not start:
            return items


def records_of(raw, arn):
    shard = call(raw, "DescribeStream", StreamArn=arn)[1]["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = call(raw, "GetShardIterator", StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[1]["ShardIterator"]
    records = []
    while True:
        status, answer = call(raw, "GetRecords", ShardIterator=iterator)
        assert status == 200, answer
        if not answer["Records"]:
            return records
        records += answer["Records"]
        iterator = answer["NextShardIterator"]


def test_indexes_and_streams_agree_with_items_after_kills(own_server):
    server = own_server.start()
    create(server, "checked",
           AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("p", "g", "l")] + [{"AttributeName": "s", "AttributeType": "S"}],
           KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
           LocalSecondaryIndexes=[{"IndexName": "local", "Projection": {"ProjectionType": "ALL"},
                                   "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "l", "KeyType": "RANGE"}]}],
           GlobalSecondaryIndexes=[{"IndexName": "global", "Projection": {"ProjectionType": "ALL"},
                                    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}],
           VectorIndexes=[{"IndexName": name, "VectorAttribute": {"AttributeName": "e"}, "Dimensions": 2, "DistanceFunction": "DOT_PRODUCT",
                           "Projection": {"ProjectionType": "ALL"}, **more} for name, more in (
                               ("vectors", {}), ("vectors-by-g", {"SearchSchema": [{"AttributeName": "g", "SearchSchemaElementType": "HASH"}]}))],
           StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    counts = {"writes": 0}

    def work(raw, chance, stopping):
        while not stopping.is_set():
            key = {"p": {"S": f"p{chance.randrange(4)}"}, "s": {"S": f"s{chance.randrange(8)}"}}
            item = dict(key, v={"N": str(chance.randrange(1000))})
            if chance.random() < 0.7:
                item["g"] = {"S": f"g{chance.randrange(3)}"}
            if chance.random() < 0.7:
                item["l"] = {"S": f"l{chance.randrange(3)}"}
            embedding = {"L": [{"N": str(chance.randrange(10))} for _ in range(2)]}
            if chance.random() < 0.7:
                item["e"] = embedding
            kind = chance.randrange(4)
            if kind == 0:
                status, _ = call(raw, "DeleteItem", TableName="checked", Key=key)
            elif kind == 1:
                status, _ = call(raw, "UpdateItem", TableName="checked", Key=key, UpdateExpression="SET g = :g, e = :e REMOVE l ADD v :one",
                                 ExpressionAttributeValues={":g": {"S": f"g{chance.randrange(3)}"}, ":e": embedding, ":one": {"N": "1"}})
            elif kind == 2:
                status, _ = call(raw, "TransactWriteItems", TransactItems=[
                    {"Put": {"TableName": "checked", "Item": item}},
                    {"Delete": {"TableName": "checked", "Key": {"p": {"S": "q"}, "s": key["s"]}}}])
            else:
                status, _ = call(raw, "PutItem", TableName="checked", Item=item)
            counts["writes"] += status == 200

    for number in range(ROUNDS):
        until_killed(server, work, SEED + number)
        server.start()
        raw = Raw(server.port)
        items = everything(raw, "Scan", TableName="checked", ConsistentRead=True)
        by_key = {(i["p"]["S"], i["s"]["S"]): i for i in items}
        assert len(by_key) == len(items)
        for index, attribute in (("global", "g"), ("local", "l")):
            entries = everything(raw, "Scan", TableName="checked", IndexName=index)
            wanted = [i for i in items if attribute in i]
            assert sorted(map(repr, map(sorted_item, entries))) == sorted(map(repr, map(sorted_item, wanted))), index
        embedded = [i for i in items if "e" in i]
        assert found_vectors(raw, "vectors") == with_scores(embedded)
        for g in ("g0", "g1", "g2"):
            among = {"SearchConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": {"S": g}}}
            assert found_vectors(raw, "vectors-by-g", **among) == with_scores([i for i in embedded if i.get("g") == {"S": g}]), g
        arn = call(raw, "DescribeTable", TableName="checked")[1]["Table"]["LatestStreamArn"]
        replayed = {}
        for record in records_of(raw, arn):
            change = record["dynamodb"]
            key = (change["Keys"]["p"]["S"], change["Keys"]["s"]["S"])
            assert replayed.get(key) == change.get("OldImage"), (key, change)
            if "NewImage" in change:
                replayed[key] = change["NewImage"]
            else:
                del replayed[key]
        assert replayed == by_key
        raw.close()
    print(f"seed {SEED}: {ROUNDS} kills, {counts['writes']} acknowledged writes, 0 violations")


def found_vectors(raw, index, **among):
    """What a search for all of an index finds: items without their vectors, with the numbers of these in the score."""
    status, answer = call(raw, "SearchVectors", TableName="checked", IndexName=index, SearchVector=[{"N": "1"}, {"N": "100"}], TopK=100, **among)
    assert status == 200, answer
    return sorted(repr((sorted_item(result["Item"]), result["Score"])) for result in answer["SearchResults"])


def with_scores(items):
    numbers = [[int(number["N"]) for number in item["e"]["L"]] for item in items]
    return sorted(repr((sorted_item({k: v for k, v in item.items() if k != "e"}), float(first + 100 * second)))
                  for item, (first, second) in zip(items, numbers))


def sorted_item(item):
    return sorted((name, repr(value)) for name, value in item.items())


def test_conditional_writes_and_transfers_are_linearizable(own_server):
    server = own_server.start()
    create(server, "bank", AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
           KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}])
    raw = Raw(server.port)
    accounts = [f"a{number}" for number in range(6)]
    for account in accounts:
        assert call(raw, "PutItem", TableName="bank", Item={"p": {"S": account}, "money": {"N": "100"}})[0] == 200
    registers = [f"r{number}" for number in range(3)]
    for register in registers:
        assert call(raw, "PutItem", TableName="bank", Item={"p": {"S": register}, "v": {"S": "start"}})[0] == 200
    raw.close()
    history = []  # (register, began, ended or None, kind, expected, value); kind: "set" (maybe), "read".
    lock = threading.Lock()
    counts = {"transfers": 0, "refused": 0}

    def work(raw, chance, stopping):
        while not stopping.is_set():
            if chance.random() < 0.4:
                source, target = chance.sample(accounts, 2)
                amount = {":x": {"N": str(chance.randrange(1, 60))}}
                status, answer = call(raw, "TransactWriteItems", TransactItems=[
                    {"Update": {"TableName": "bank", "Key": {"p": {"S": source}}, "UpdateExpression": "SET money = money - :x",
                                "ConditionExpression": "money >= :x", "ExpressionAttributeValues": amount}},
                    {"Update": {"TableName": "bank", "Key": {"p": {"S": target}}, "UpdateExpression": "SET money = money + :x",
                                "ExpressionAttributeValues": amount}}])
                assert status == 200 or "TransactionCanceled" in answer["__type"], answer
                counts["transfers" if status == 200 else "refused"] += 1
                read = call(raw, "TransactGetItems", TransactItems=[{"Get": {"TableName": "bank", "Key": {"p": {"S": a}}}} for a in accounts])
                assert sum(int(r["Item"]["money"]["N"]) for r in read[1]["Responses"]) == 600, read
                continue
            register = chance.choice(registers)
            began = time.monotonic()
            seen = call(raw, "GetItem", TableName="bank", Key={"p": {"S": register}}, ConsistentRead=True)[1]["Item"]["v"]["S"]
            with lock:
                history.append((register, began, time.monotonic(), "read", None, seen))
            value = f"{chance.random():.12f}"
            entry = [register, time.monotonic(), None, "maybe", seen, value]
            with lock:
                history.append(entry)
            status, answer = call(raw, "UpdateItem", TableName="bank", Key={"p": {"S": register}}, UpdateExpression="SET v = :n",
                                  ConditionExpression="v = :o",
                                  ExpressionAttributeValues={":n": {"S": value}, ":o": {"S": seen}})
            entry[2] = time.monotonic()
            entry[3] = "set" if status == 200 else "refused"

    for number in range(ROUNDS):
        until_killed(server, work, SEED + 1000 + number)
        server.start()
        raw = Raw(server.port)
        money = [int(call(raw, "GetItem", TableName="bank", Key={"p": {"S": a}}, ConsistentRead=True)[1]["Item"]["money"]["N"]) for a in accounts]
        assert sum(money) == 600 and min(money) >= 0, money
        for register in registers:
            began = time.monotonic()
            value = call(raw, "GetItem", TableName="bank", Key={"p": {"S": register}}, ConsistentRead=True)[1]["Item"]["v"]["S"]
            history.append((register, began, time.monotonic(), "read", None, value))
        raw.close()
    steps = sum(check_register([e for e in history if e[0] == register]) for register in registers)
    print(f"seed {SEED}: {ROUNDS} kills, {counts['transfers']} transfers, {counts['refused']} refused, {steps} steps of registers, 0 violations")


def check_register(entries):
    """Every set is conditional on the value before and writes one that no other writes: so the values form a chain, and
    the history is linearizable when real time agrees with the places in it."""
    sets = {e[5]: e for e in entries if e[3] in ("set", "maybe")}
    seen = {e[5] for e in entries if e[3] == "read"} | {e[4] for e in entries if e[3] == "set"}
    # A set whose answer was lost counts when its value was seen afterwards.
    happened = {value: e for value, e in sets.items() if e[3] == "set" or value in seen}
    after = {}
    for value, entry in happened.items():
        assert entry[4] not in after, f"two sets were made from {entry[4]}"
        after[entry[4]] = value
    place, value = {"start": 0}, "start"
    while value in after:
        value = after[value]
        place[value] = len(place)
    assert len(place) == len(happened) + 1, "a set was made from a value that never was"
    # 1. What ended before something began is not behind it. 2. Nothing is read before its set began.
    points = [(e[1], e[2], place[e[5]]) for e in entries if e[3] in ("read", "set")]
    for e in entries:
        if e[3] == "read":
            assert e[5] in place, f"{e[5]} was read and never set"
            if e[5] != "start":
                assert happened[e[5]][1] <= e[2], "read before it was set"
    highest, ended = 0, sorted((end, at) for _, end, at in points if end is not None)
    index = 0
    for began, _, at in sorted(points):
        while index < len(ended) and ended[index][0] < began:
            highest = max(highest, ended[index][1])
            index += 1
        assert at >= highest, "an older value after a newer one"
    return len(happened)
