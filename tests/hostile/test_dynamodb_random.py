"""Random requests to DynamoDB: whatever comes, an answer below 500, a server that lives and memory that stays.

THIMBLE_LONG_CHECKS=1: a million of them. THIMBLE_SEED makes a run repeatable; THIMBLE_RANDOM_REQUESTS sets their number.
"""
import base64
import json
import os
import random

from support.raw import Raw
from support.server import Server

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
COUNT = int(os.environ.get("THIMBLE_RANDOM_REQUESTS", 1_000_000 if LONG else 4000))
SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))
TABLE = "random"
KEYS = 50
NAMES = ["p", "s", "n", "m", "l", "set", "#a", "a.b", "", "size", "x" * 300, "\u00e9"]
ATOMS = ["p", "s", "n", "m.a", "l[0]", "l[99999999999]", "#n", "#missing", ":v", ":w", ":missing", "(", ")", ",", "=", "<>", "<", ">=",
         "+", "-", "AND", "OR", "NOT", "IN", "BETWEEN", "SET", "REMOVE", "ADD", "DELETE", "size(n)", "attribute_exists(p)",
         "attribute_type(n, :v)", "begins_with(s, :v)", "contains(l, :v)", "if_not_exists(n, :v)", "list_append(l, :w)", "select", "\x00", "."]
SENTENCES = {
    "ConditionExpression": ["attribute_not_exists(p)", "n > :v", "#n = :v OR size(l) < :v", "n IN (:v, :w)", "NOT contains(#n, :w)"],
    "FilterExpression": ["n BETWEEN :v AND :w", "begins_with(#n, :v)", "attribute_type(n, :v)", "m.a = :v"],
    "KeyConditionExpression": ["p = :v", "p = :v AND s < :w", "p = :v AND begins_with(s, :w)", "p = :v AND s BETWEEN :v AND :w"],
    "UpdateExpression": ["SET n = n + :v", "SET l = list_append(if_not_exists(l, :v), :w)", "ADD #n :v", "REMOVE l[0], m.a", "DELETE set :v"],
    "ProjectionExpression": ["p, n", "m.a, l[1]", "#n", "p, p"],
}


class Grower:
    """Makes requests that are mostly well-formed, so that they get far."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, share):
        return self.random.random() < share

    def number(self):
        return self.random.choice(["0", "1", "-1", "1.5", "1e125", "1e126", "-9.9e-130", "9" * 38, "9" * 39, "1e", "", "NaN",
                                   str(self.random.randint(-1000, 1000)), "0" * 50 + "1"])

    def text(self):
        return self.random.choice(["", "a", "S", "x" * self.random.randint(0, 3000), "\u00e9\U0001f600", f"k{self.random.randrange(KEYS)}"])

    def value(self, depth=0):
        kind = self.random.choice(["S", "N", "B", "SS", "NS", "BS", "BOOL", "NULL", "L", "M"] if depth < 5 else ["S", "N"])
        if self.chance(0.02):
            return self.random.choice([{}, [], None, 5, {"S": 5}, {"N": 1}, {"S": "a", "N": "1"}, {"X": "a"}, {"L": {}}, {"M": []}])
        some = range(self.random.randint(0, 3))
        return {kind: {"S": self.text, "N": self.number,
                       "B": lambda: self.random.choice([base64.b64encode(os.urandom(5)).decode(), "", "!", "A"]),
                       "SS": lambda: [self.text() for _ in some], "NS": lambda: [self.number() for _ in some],
                       "BS": lambda: ["QQ==" for _ in some], "BOOL": lambda: self.chance(0.5), "NULL": lambda: self.chance(0.9),
                       "L": lambda: [self.value(depth + 1) for _ in some],
                       "M": lambda: {self.random.choice(NAMES): self.value(depth + 1) for _ in some}}[kind]()}

    def key(self):
        made = {"p": {"S": f"k{self.random.randrange(KEYS)}"}, "s": {"S": f"s{self.random.randrange(5)}"}}
        if self.chance(0.05):
            made[self.random.choice(NAMES)] = self.value()
        if self.chance(0.03):
            made.pop("s")
        return made

    def item(self):
        return {**self.key(), **{self.random.choice(NAMES): self.value() for _ in range(self.random.randint(0, 5))}}

    def expression(self, member):
        if self.chance(0.75):
            return self.random.choice(SENTENCES[member])
        return " ".join(self.random.choice(ATOMS) for _ in range(self.random.randint(0, 12)))

    def expressions(self, request, *members):
        for member in members:
            if self.chance(0.9 if member in ("KeyConditionExpression", "UpdateExpression") else 0.4):
                request[member] = self.expression(member)
        used = " ".join(str(request.get(member)) for member in members)
        names = {"#n": self.random.choice(["n", "m", "l", "", "set"])} if "#n" in used else {}
        kinds = (lambda: {"S": f"k{self.random.randrange(KEYS)}"}) if "p = :v" in used and self.chance(0.8) else self.value
        values = {name: kinds() for name in (":v", ":w") if name in used}
        if self.chance(0.05):
            values[":unused"] = self.value()
        if names:
            request["ExpressionAttributeNames"] = names
        if values:
            request["ExpressionAttributeValues"] = values
        return request

    def options(self, request):
        if self.chance(0.3):
            request["ReturnConsumedCapacity"] = self.random.choice(["TOTAL", "INDEXES", "NONE", "all", 5])
        if self.chance(0.2):
            request["Limit"] = self.random.choice([0, 1, 3, -1, 10 ** 12, "1"])
        if self.chance(0.2):
            request["ReturnValues"] = self.random.choice(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "x"])
        if self.chance(0.1):
            request["ExclusiveStartKey"] = self.key()
        if self.chance(0.1):
            request["IndexName"] = self.random.choice(["by-n", "local", "none"])
        if self.chance(0.1):
            request["Select"] = self.random.choice(["COUNT", "ALL_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"])
        return request

    def write(self):
        kind = self.random.choice(["Put", "Update", "Delete", "ConditionCheck"])
        inner = {"TableName": TABLE, **({"Item": self.item()} if kind == "Put" else {"Key": self.key()})}
        members = ["ConditionExpression"] + (["UpdateExpression"] if kind == "Update" else [])
        return {kind: self.expressions(inner, *members)}

    def legacy(self):
        return {self.random.choice(NAMES): {"ComparisonOperator": self.random.choice(["EQ", "NE", "IN", "NULL", "CONTAINS", "BETWEEN", "LT", "?"]),
                                            "AttributeValueList": [self.value() for _ in range(self.random.randint(0, 2))]}}

    def misplace(self, inside):
        """Something else in the place of a value somewhere inside."""
        while True:
            places = list(inside if isinstance(inside, dict) else range(len(inside)))
            if not places:
                return
            place = self.random.choice(places)
            if not isinstance(inside[place], (dict, list)) or self.chance(0.3):
                inside[place] = self.random.choice([None, 5, "23", True, [], {}, [None], {"a": None}])
                return
            inside = inside[place]

    def request(self):
        operation = self.random.choice(["PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchWriteItem", "BatchGetItem",
                                        "TransactWriteItems", "TransactGetItems", "ExecuteStatement", "DescribeTable"])
        some = range(self.random.randint(0, 4))
        table = {"TableName": TABLE if self.chance(0.98) else self.random.choice(["none", "a", "", 5])}
        body = {
            "PutItem": lambda: self.expressions({**table, "Item": self.item()}, "ConditionExpression"),
            "GetItem": lambda: self.expressions({**table, "Key": self.key()}, "ProjectionExpression"),
            "UpdateItem": lambda: self.expressions({**table, "Key": self.key()}, "UpdateExpression", "ConditionExpression"),
            "DeleteItem": lambda: self.expressions({**table, "Key": self.key()}, "ConditionExpression"),
            "Query": lambda: self.expressions(dict(table), "KeyConditionExpression", "FilterExpression", "ProjectionExpression"),
            "Scan": lambda: self.expressions(dict(table), "FilterExpression", "ProjectionExpression"),
            "BatchWriteItem": lambda: {"RequestItems": {TABLE: [self.random.choice(
                [{"PutRequest": {"Item": self.item()}}, {"DeleteRequest": {"Key": self.key()}}]) for _ in some]}},
            "BatchGetItem": lambda: {"RequestItems": {TABLE: {"Keys": [self.key() for _ in some]}}},
            "TransactWriteItems": lambda: {"TransactItems": [self.write() for _ in some]},
            "TransactGetItems": lambda: {"TransactItems": [{"Get": {"TableName": TABLE, "Key": self.key()}} for _ in some]},
            "ExecuteStatement": lambda: {"Statement": self.random.choice(
                [f'SELECT * FROM "{TABLE}" WHERE p = ?', f"UPDATE {TABLE} SET n = ? WHERE p = 'k1' AND s = 's1'",
                 f"INSERT INTO {TABLE} VALUE {{'p': ?, 's': 'q'}}", "SELECT", "'", f"DELETE FROM {TABLE} WHERE p = ?"]),
                "Parameters": [self.value() for _ in range(self.random.randint(1, 2))]},
            "DescribeTable": lambda: dict(table),
        }[operation]()
        if operation in ("PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan"):
            self.options(body)
        if self.chance(0.05):
            body[self.random.choice(["Expected", "ScanFilter", "QueryFilter", "KeyConditions"])] = self.legacy()
        if self.chance(0.03):
            self.misplace(body)
        text = json.dumps(body)
        if self.chance(0.03):
            at = self.random.randrange(len(text))
            text = text[:at] + self.random.choice(["", "}", '"', "\u0000", "[[[["]) + text[at + 1:]
        return operation, text


def resident(server):
    for line in open(f"/proc/{server.process.pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def test_random_requests_get_answers():
    print("seed", SEED)
    server = Server().start()
    try:
        client = server.client("dynamodb")
        client.create_table(
            TableName=TABLE, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}, {"AttributeName": "s", "AttributeType": "S"},
                                  {"AttributeName": "n", "AttributeType": "N"}],
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[{"IndexName": "by-n", "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
                                     "Projection": {"ProjectionType": "KEYS_ONLY"}}],
            LocalSecondaryIndexes=[{"IndexName": "local", "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"},
                                                                        {"AttributeName": "n", "KeyType": "RANGE"}],
                                    "Projection": {"ProjectionType": "ALL"}}])
        client.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
        grower, raw = Grower(SEED), Raw(server.port)
        statuses, early = {}, None
        for number in range(COUNT):
            operation, text = grower.request()
            status, answer = raw.json("dynamodb", "DynamoDB_20120810." + operation, text)
            statuses[operation, status] = statuses.get((operation, status), 0) + 1
            assert status < 500, (SEED, number, operation, text, answer)
            if number == COUNT // 4:
                early = resident(server)
        raw.close()
        print(sorted(statuses.items()), f"{early:.0f} MiB, then {resident(server):.0f} MiB")
        # The keys are some thousands; caches of the store fill in the beginning.
        assert resident(server) < early + 100, "memory grows"
        assert {operation for operation, status in statuses if status == 200} >= {"PutItem", "GetItem", "UpdateItem", "Query", "Scan"}
    finally:
        server.remove()
