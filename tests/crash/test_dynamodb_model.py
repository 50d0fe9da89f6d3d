"""Random operations on DynamoDB against a small model of it, with a kill -9 every so often (reliability check 19).

THIMBLE_LONG_CHECKS=1: a million operations. THIMBLE_SEED repeats a run; THIMBLE_MODEL_OPERATIONS sets their number.
"""
import os
import random
from decimal import Decimal

from support.raw import Raw
from support.server import Server

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
OPERATIONS = int(os.environ.get("THIMBLE_MODEL_OPERATIONS", 1_000_000 if LONG else 3000))
SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))
BETWEEN_KILLS = 1000
TABLE = "modelled"
PARTITIONS, SORTS, GROUPS = 8, 12, 3
# The second has several partition and sort attributes.
INDEXES = {"by-g": [("g", "HASH")], "by-gp": [("g", "HASH"), ("p", "HASH"), ("n", "RANGE"), ("s", "RANGE")]}


class Model:
    """The table's items by (p, s): {"n": Decimal, "g": text or None}."""

    def __init__(self):
        self.items = {}

    def query(self, partition, least, forward, limit):
        found = sorted((key for key in self.items if key[0] == partition and key[1] >= least), reverse=not forward)
        return [(key, self.items[key]) for key in found[:limit]]

    def by_group(self, group):
        return sorted(key for key, item in self.items.items() if item["g"] == group)

    def by_group_in(self, partition, group, least, forward, limit):
        found = [(item["n"], key[1], key) for key, item in self.items.items()
                 if (key[0], item["g"]) == (partition, group) and item["n"] >= least]
        return [key for _, _, key in sorted(found, reverse=not forward)[:limit]]


def key_of(key):
    return {"p": {"S": f"p{key[0]}"}, "s": {"N": str(key[1])}}


def item_of(key, item):
    return {**key_of(key), "n": {"N": str(item["n"])}, **({"g": {"S": item["g"]}} if item["g"] else {})}


class Run:
    def __init__(self):
        print("seed", SEED)
        self.random, self.model = random.Random(SEED), Model()
        self.server = Server().start()
        self.raw = Raw(self.server.port)
        self.call("CreateTable", TableName=TABLE, BillingMode="PAY_PER_REQUEST",
                  AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "N"},
                                        {"AttributeName": "g", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}],
                  KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
                  GlobalSecondaryIndexes=[{"IndexName": name, "Projection": {"ProjectionType": "KEYS_ONLY"},
                                           "KeySchema": [{"AttributeName": a, "KeyType": kind} for a, kind in schema]}
                                          for name, schema in INDEXES.items()])
        while self.call("DescribeTable", TableName=TABLE)[1]["Table"]["TableStatus"] != "ACTIVE":
            pass

    def call(self, operation, **body):
        return self.raw.json("dynamodb", "DynamoDB_20120810." + operation, body)

    def key(self):
        return self.random.randrange(PARTITIONS), self.random.randint(-SORTS // 2, SORTS // 2)

    def fresh(self):
        return {"n": Decimal(self.random.randint(-50, 50)), "g": self.random.choice([None, *[f"g{i}" for i in range(GROUPS)]])}

    # Each makes a call and says what the model expects of it: (what came, what should have).

    def put(self):
        key, item = self.key(), self.fresh()
        status, answer = self.call("PutItem", TableName=TABLE, Item=item_of(key, item), ReturnValues="ALL_OLD")
        old = self.model.items.get(key)
        self.model.items[key] = item
        return (status, answer), (200, {"Attributes": item_of(key, old)} if old else {})

    def put_new(self):
        key, item = self.key(), self.fresh()
        status, _ = self.call("PutItem", TableName=TABLE, Item=item_of(key, item), ConditionExpression="attribute_not_exists(p)")
        there = key in self.model.items
        self.model.items.setdefault(key, item)
        return status, 400 if there else 200

    def get(self):
        key = self.key()
        item = self.model.items.get(key)
        return (self.call("GetItem", TableName=TABLE, Key=key_of(key), ConsistentRead=True),
                (200, {"Item": item_of(key, item)} if item else {}))

    def delete(self):
        key = self.key()
        status, answer = self.call("DeleteItem", TableName=TABLE, Key=key_of(key), ReturnValues="ALL_OLD")
        old = self.model.items.pop(key, None)
        return (status, answer), (200, {"Attributes": item_of(key, old)} if old else {})

    def add(self):
        key, by = self.key(), self.random.randint(-9, 9)
        status, answer = self.call("UpdateItem", TableName=TABLE, Key=key_of(key), UpdateExpression="ADD n :by", ReturnValues="ALL_NEW",
                                   ExpressionAttributeValues={":by": {"N": str(by)}})
        item = self.model.items.setdefault(key, {"n": Decimal(0), "g": None})
        item["n"] += by
        return (status, answer), (200, {"Attributes": item_of(key, item)})

    def change_where(self):
        key, least, group = self.key(), self.random.randint(-50, 50), f"g{self.random.randrange(GROUPS)}"
        status, _ = self.call("UpdateItem", TableName=TABLE, Key=key_of(key), UpdateExpression="SET g = :g REMOVE absent",
                              ConditionExpression="n >= :least", ExpressionAttributeValues={":g": {"S": group}, ":least": {"N": str(least)}})
        item = self.model.items.get(key)
        holds = item is not None and item["n"] >= least
        if holds:
            item["g"] = group
        return status, 200 if holds else 400

    def move(self):
        """A transaction of two updates that needs the first to have enough."""
        one, other = self.key(), self.key()
        status, answer = self.call("TransactWriteItems", TransactItems=[
            {"Update": {"TableName": TABLE, "Key": key_of(one), "UpdateExpression": "SET n = n - :five", "ConditionExpression": "n >= :five",
                        "ExpressionAttributeValues": {":five": {"N": "5"}}}},
            {"Update": {"TableName": TABLE, "Key": key_of(other), "UpdateExpression": "ADD n :five",
                        "ExpressionAttributeValues": {":five": {"N": "5"}}}}])
        if one == other:
            return answer["__type"].split("#")[1], "ValidationException"
        holds = one in self.model.items and self.model.items[one]["n"] >= 5
        if holds:
            self.model.items[one]["n"] -= 5
            self.model.items.setdefault(other, {"n": Decimal(0), "g": None})["n"] += 5
        return status, 200 if holds else 400

    def query(self):
        partition, least = self.key()
        forward, limit = self.random.choice([True, False]), self.random.randint(1, SORTS)
        _, answer = self.call("Query", TableName=TABLE, KeyConditionExpression="p = :p AND s >= :s", ScanIndexForward=forward, Limit=limit,
                              ConsistentRead=True, ExpressionAttributeValues={":p": {"S": f"p{partition}"}, ":s": {"N": str(least)}})
        return answer.get("Items"), [item_of(*found) for found in self.model.query(partition, least, forward, limit)]

    def query_index(self):
        group = f"g{self.random.randrange(GROUPS)}"
        _, answer = self.call("Query", TableName=TABLE, IndexName="by-g", KeyConditionExpression="g = :g",
                              ExpressionAttributeValues={":g": {"S": group}})
        return (sorted((int(i["p"]["S"][1:]), int(i["s"]["N"])) for i in answer.get("Items", [])), self.model.by_group(group))

    def query_several(self):
        partition, group, least = self.random.randrange(PARTITIONS), f"g{self.random.randrange(GROUPS)}", self.random.randint(-60, 20)
        forward, limit = self.random.choice([True, False]), self.random.randint(1, 4)
        asked = dict(TableName=TABLE, IndexName="by-gp", KeyConditionExpression="g = :g AND p = :p AND n >= :n", ScanIndexForward=forward,
                     ExpressionAttributeValues={":g": {"S": group}, ":p": {"S": f"p{partition}"}, ":n": {"N": str(least)}})
        found = []
        while len(found) < limit:
            _, answer = self.call("Query", Limit=1, **asked)
            found += [(int(i["p"]["S"][1:]), int(i["s"]["N"])) for i in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found, self.model.by_group_in(partition, group, least, forward, limit)

    def compare_all(self):
        _, answer = self.call("Scan", TableName=TABLE, ConsistentRead=True)
        found = {(int(i["p"]["S"][1:]), int(i["s"]["N"])): i for i in answer["Items"]}
        assert found == {key: item_of(key, item) for key, item in self.model.items.items()}

    def kill(self):
        self.raw.close()
        self.server.kill()
        self.server.start()
        self.raw = Raw(self.server.port)


def test_operations_do_what_a_model_does():
    run = Run()
    try:
        kinds = [run.put, run.put_new, run.get, run.get, run.delete, run.add, run.change_where, run.move, run.query, run.query_index,
                 run.query_several]
        for number in range(1, OPERATIONS + 1):
            kind = run.random.choice(kinds)
            came, expected = kind()
            assert came == expected, (SEED, number, kind.__name__)
            if number % BETWEEN_KILLS == 0:
                run.kill()
                run.compare_all()
        run.compare_all()
    finally:
        run.raw.close()
        run.server.remove()
