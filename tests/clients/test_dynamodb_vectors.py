"""Vector indexes and SearchVectors; what else AWS has added to DynamoDB lately and is refused.

Messages, scores and capacities are those that paritysuite/dynamodb-conformance recorded of AWS in 2026.
"""
import json
import random
import time
import uuid

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from support.pipelines import role
from support.stacks import wait_for_stack

INDEX = {"IndexName": "vix", "VectorAttribute": {"AttributeName": "embedding"}, "Dimensions": 3, "DistanceFunction": "COSINE",
         "Projection": {"ProjectionType": "ALL"}}


@pytest.fixture
def client(server):
    return server.client("dynamodb")


def make_table(client, **more):
    name = "t-" + uuid.uuid4().hex[:8]
    client.create_table(**{"TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                           "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}], **more})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


def refusal(call, **input):
    with pytest.raises(ClientError) as caught:
        call(**input)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/missing"
# Each with the name that the refusal must tell.
NOT_IMPLEMENTED = [
    ("update_table", "DisassociationProtectionEnabled", dict(TableName="never", DisassociationProtectionEnabled=False)),
    ("update_table", "ReplicaUpdates", dict(TableName="never", ReplicaUpdates=[{"Disassociate": {"RegionName": "eu-west-1", "DisassociationMode": "WAIT_FOR_REPLICATION"}}])),
    ("restore_table_to_point_in_time", "VectorIndexOverride", dict(SourceTableName="never", TargetTableName="other", UseLatestRestorableTime=True, VectorIndexOverride=[])),
]


@pytest.mark.parametrize("operation, named, input", NOT_IMPLEMENTED, ids=[f"{o}-{n}" for o, n, _ in NOT_IMPLEMENTED])
def test_what_is_not_implemented_is_refused_by_its_name(client, operation, named, input):
    code, message = refusal(getattr(client, operation), **input)
    assert named in message and "Thimble" in message, message
    assert code in ("NotImplemented", "ValidationException")


def vector(*numbers):
    return [{"N": str(number)} for number in numbers]


def index(name="vix", **more):
    return {**INDEX, "IndexName": name, **more}


SCHEMA = [{"AttributeName": "tenant", "SearchSchemaElementType": "HASH"}, {"AttributeName": "category", "SearchSchemaElementType": "INLINE_FILTER"}]


def definitions(**types):
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in {"pk": "S", **types}.items()]


def wait_for_indexes(client, name):
    while True:
        table = client.describe_table(TableName=name)["Table"]
        if table["TableStatus"] == "ACTIVE" and all(i["IndexStatus"] == "ACTIVE" for i in table.get("VectorIndexes", [])):
            return table
        time.sleep(0.05)


def search(client, table, name="vix", numbers=(1, 0, 0), most=10, **more):
    return client.search_vectors(TableName=table, IndexName=name, SearchVector=vector(*numbers), TopK=most, **more)


def names(answer):
    return [result["Item"]["pk"]["S"] for result in answer["SearchResults"]]


def scores(answer):
    return {result["Item"]["pk"]["S"]: result["Score"] for result in answer["SearchResults"]}


# Three distances over vectors that are far apart; a SearchSchema of each kind.
FIXTURE = {"a": (1, 0, 0), "b": (0, 1, 0), "c": (-1, 0, 0), "d": (0.6, 0.8, 0)}


@pytest.fixture(scope="module")
def table(server):
    client = server.client("dynamodb")
    name = make_table(client, VectorIndexes=[index(n, DistanceFunction=n) for n in ("COSINE", "EUCLIDEAN", "DOT_PRODUCT")])
    for pk, numbers in FIXTURE.items():
        client.put_item(TableName=name, Item={"pk": {"S": pk}, "label": {"S": f"item-{pk}"}, "embedding": {"L": vector(*numbers)}})
    yield name
    client.delete_table(TableName=name)


@pytest.fixture(scope="module")
def schema_table(server):
    client = server.client("dynamodb")
    name = make_table(client, AttributeDefinitions=definitions(tenant="S", category="S"),
                      VectorIndexes=[index("plain"), index("schema", SearchSchema=SCHEMA)])
    for pk, tenant, category in (("p1", "t1", "c1"), ("p2", "t1", "c2"), ("p3", "t2", "c1"), ("p4", "t1", None), ("p5", None, "c1")):
        item = {"pk": {"S": pk}, "embedding": {"L": vector(1, 0, 0)}}
        if tenant:
            item["tenant"] = {"S": tenant}
        if category:
            item["category"] = {"S": category}
        client.put_item(TableName=name, Item=item)
    yield name
    client.delete_table(TableName=name)


@pytest.mark.parametrize("distance, wanted", [
    ("COSINE", {"a": 0, "d": 0.4, "b": 1, "c": 2}),
    ("EUCLIDEAN", {"a": 0, "d": 0.8 ** 0.5, "b": 2 ** 0.5, "c": 2}),
    ("DOT_PRODUCT", {"a": 1, "d": 0.6, "b": 0, "c": -1})])
def test_the_nearest_come_first(client, table, distance, wanted):
    found = search(client, table, distance, most=100)
    assert names(found) == list(wanted)
    assert scores(found) == pytest.approx(wanted, abs=1e-6)
    assert all(scores(found)[pk] == score for pk, score in wanted.items() if score == int(score))
    assert "NextToken" not in found and "LastEvaluatedKey" not in found and "ConsumedCapacity" not in found
    assert names(search(client, table, distance, most=1)) == ["a"]


def test_exactly_the_nearest_of_many(client):
    name = make_table(client, VectorIndexes=[index(n, DistanceFunction=n, Dimensions=16) for n in ("COSINE", "EUCLIDEAN", "DOT_PRODUCT")])
    chance = random.Random(3)
    vectors = {f"i{number}": [chance.uniform(-1, 1) for _ in range(16)] for number in range(400)}
    keys = list(vectors)
    for first in range(0, len(keys), 25):
        client.batch_write_item(RequestItems={name: [
            {"PutRequest": {"Item": {"pk": {"S": key}, "embedding": {"L": vector(*vectors[key])}}}} for key in keys[first:first + 25]]})
    asked = [chance.uniform(-1, 1) for _ in range(16)]
    dot = {key: sum(a * b for a, b in zip(asked, v)) for key, v in vectors.items()}
    length = lambda v: sum(x * x for x in v) ** 0.5  # noqa: E731
    exact = {"COSINE": {k: 1 - dot[k] / length(asked) / length(v) for k, v in vectors.items()},
             "EUCLIDEAN": {k: length([a - b for a, b in zip(asked, v)]) for k, v in vectors.items()},
             "DOT_PRODUCT": dot}
    for distance, all_scores in exact.items():
        wanted = sorted(all_scores, key=all_scores.get, reverse=distance == "DOT_PRODUCT")[:20]
        found = search(client, name, distance, numbers=asked, most=20)
        assert names(found) == wanted, distance
        assert scores(found) == pytest.approx({k: all_scores[k] for k in wanted}, abs=1e-5)
    client.delete_table(TableName=name)


def test_the_vector_is_shown_to_those_who_ask_for_it(client, table):
    shown = lambda **more: search(client, table, "COSINE", most=1, **more)["SearchResults"][0]["Item"]  # noqa: E731
    assert shown() == {"pk": {"S": "a"}, "label": {"S": "item-a"}}
    assert shown(ProjectionExpression="pk, embedding") == {"pk": {"S": "a"}, "embedding": {"L": [{"N": "1.0"}, {"N": "0.0"}, {"N": "0.0"}]}}
    assert shown(ProjectionExpression="embedding[0], #l", ExpressionAttributeNames={"#l": "label"}) == {
        "label": {"S": "item-a"}, "embedding": {"L": [{"N": "1"}]}}
    assert shown(ProjectionExpression="nothere") == {}


def test_projections(client):
    kinds = {"keys": {"ProjectionType": "KEYS_ONLY"}, "some": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note", "embedding"]}}
    name = make_table(client, AttributeDefinitions=definitions(tenant="S"), VectorIndexes=[
        index(n, Projection=p, SearchSchema=SCHEMA[:1]) for n, p in kinds.items()])
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "tenant": {"S": "t"}, "note": {"S": "n"}, "other": {"S": "o"},
                                          "embedding": {"L": vector("0.1", 16777217, 0)}})
    condition = {"SearchConditionExpression": "tenant = :t", "ExpressionAttributeValues": {":t": {"S": "t"}}}
    shown = lambda n, **more: search(client, name, n, **condition, **more)["SearchResults"][0]["Item"]  # noqa: E731
    assert shown("keys") == {"pk": {"S": "a"}, "tenant": {"S": "t"}}
    assert shown("some") == {"pk": {"S": "a"}, "tenant": {"S": "t"}, "note": {"S": "n"}}
    assert shown("keys", ProjectionExpression="pk, embedding, note") == {"pk": {"S": "a"}}
    assert shown("some", ProjectionExpression="pk, embedding") == {"pk": {"S": "a"}, "embedding": {"L": vector("0.1", "16777216.0", "0.0")}}
    # The table has what was written.
    assert client.get_item(TableName=name, Key={"pk": {"S": "a"}})["Item"]["embedding"] == {"L": vector("0.1", 16777217, 0)}
    client.delete_table(TableName=name)


@pytest.mark.parametrize("condition, values, wanted", [
    ("tenant = :t", {":t": {"S": "t1"}}, ["p1", "p2", "p4"]),
    ("tenant = :t", {":t": {"S": "t2"}}, ["p3"]),
    ("tenant = :t", {":t": {"S": "nobody"}}, []),
    (":t = tenant", {":t": {"S": "t2"}}, ["p3"]),
    ("tenant = :t AND category = :c", {":t": {"S": "t1"}, ":c": {"S": "c1"}}, ["p1"]),
    ("(category = :c and (tenant = :t))", {":t": {"S": "t1"}, ":c": {"S": "c2"}}, ["p2"])])
def test_searches_among_some(client, schema_table, condition, values, wanted):
    found = search(client, schema_table, "schema", SearchConditionExpression=condition, ExpressionAttributeValues=values)
    assert sorted(names(found)) == wanted


def test_numbers_are_alike_however_they_are_written(client):
    name = make_table(client, AttributeDefinitions=definitions(group="N", tier="N"), VectorIndexes=[index(SearchSchema=[
        {"AttributeName": "group", "SearchSchemaElementType": "HASH"}, {"AttributeName": "tier", "SearchSchemaElementType": "INLINE_FILTER"}])])
    for number in range(4):
        client.put_item(TableName=name, Item={"pk": {"S": f"p{number}"}, "group": {"N": str(number % 2)}, "tier": {"N": str(number // 2)},
                                              "embedding": {"L": vector(1, 0, 0)}})
    found = search(client, name, SearchConditionExpression="#g = :g AND tier = :t", ExpressionAttributeNames={"#g": "group"},
                   ExpressionAttributeValues={":g": {"N": "1.0"}, ":t": {"N": "0.0"}})
    assert names(found) == ["p1"]
    client.delete_table(TableName=name)


INVALID = "Invalid SearchConditionExpression: "
T1 = {":t": {"S": "t1"}}
REFUSED_SEARCHES = [
    ({"TopK": 101}, "Provided TopK value '101' is out of valid range. The value must be between 1 and 100 inclusive"),
    ({"TopK": 0}, "1 validation error detected: Value '0' at 'topK' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ({"IndexName": "ab"}, "1 validation error detected: Value at 'IndexName' failed to satisfy constraint: Member must have length greater than or equal to 3"),
    ({"SearchVector": []}, "1 validation error detected: Value at 'SearchVector' failed to satisfy constraint: Member must have length greater than or equal to 1"),
    ({"SearchVector": vector(1, 0)}, "Input search vector dimension 2 does not match vector index dimension 3"),
    ({"SearchVector": [{"L": vector(1, 0, 0)}]}, "Search vector contains invalid values. All values in the search vector must be a 32-bit floating-point number attribute"),
    ({"SearchVector": vector("1E+39", 0, 0)}, "Search vector contains invalid values. All values in the search vector must be a 32-bit floating-point number attribute"),
    ({"IndexName": "no-such-index"}, "The table does not have the specified index: no-such-index"),
    ({"IndexName": "schema"}, "SearchConditionExpression must be provided when SearchSchema has a HASH key"),
    ({"SearchConditionExpression": "tenant = :t", "ExpressionAttributeValues": T1},
     "SearchConditionExpression must not contain any attributes that is not in SearchSchema. Invalid attribute: tenant"),
    ({"IndexName": "schema", "SearchConditionExpression": "tenant < :t", "ExpressionAttributeValues": T1}, INVALID + "Invalid comparator used in SearchConditionExpression"),
    ({"IndexName": "schema", "SearchConditionExpression": "tenant = :t AND category <> :t", "ExpressionAttributeValues": T1},
     INVALID + "Invalid comparator used in SearchConditionExpression"),
    ({"IndexName": "schema", "SearchConditionExpression": "tenant = :t OR category = :t", "ExpressionAttributeValues": T1},
     INVALID + "Invalid operator used in SearchConditionExpression"),
    ({"IndexName": "schema", "SearchConditionExpression": "tenant = :t AND category.x = :t", "ExpressionAttributeValues": T1},
     INVALID + "SearchConditionExpression cannot have conditions on nested attributes"),
    ({"IndexName": "schema", "SearchConditionExpression": "tenant = :t AND tenant = :t", "ExpressionAttributeValues": T1},
     INVALID + "SearchConditionExpression must only contain one condition per attribute"),
    ({"IndexName": "schema", "SearchConditionExpression": "category = :t", "ExpressionAttributeValues": T1},
     "SearchConditionExpression must have all HASH attributes in configured SearchSchema"),
    ({"IndexName": "schema", "SearchConditionExpression": "tenant = :t", "ExpressionAttributeValues": {":t": {"N": "1"}}},
     "Type of 'tenant' attribute in SearchConditionExpression (N) does not match type in search schema (S)"),
    ({"IndexName": "schema", "SearchConditionExpression": "tenant = :t", "ExpressionAttributeValues": {":t": {"S": ""}}},
     "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: tenant"),
    ({"IndexName": "schema", "SearchConditionExpression": "bucket = :t", "ExpressionAttributeValues": T1},
     INVALID + "Attribute name is a reserved keyword; reserved keyword: bucket"),
    ({"IndexName": "schema", "SearchConditionExpression": "tenant = :x", "ExpressionAttributeValues": T1},
     INVALID + "An expression attribute value used in expression is not defined; attribute value: :x"),
    ({"ExpressionAttributeValues": T1}, "ExpressionAttributeValues can only be specified when using expressions: SearchConditionExpression is null"),
    ({"ProjectionExpression": "a, a"}, "Invalid ProjectionExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]"),
]


@pytest.mark.parametrize("input, message", REFUSED_SEARCHES, ids=range(len(REFUSED_SEARCHES)))
def test_refused_searches(server, schema_table, input, message):
    client = server.client("dynamodb", config=Config(parameter_validation=False))
    whole = {"TableName": schema_table, "IndexName": "plain", "SearchVector": vector(1, 0, 0), "TopK": 1, **input}
    assert refusal(client.search_vectors, **whole) == ("ValidationException", message)


def test_searches_of_what_is_not_there(client):
    assert refusal(client.search_vectors, TableName="missing-" + uuid.uuid4().hex[:6], IndexName="vix", SearchVector=vector(1), TopK=1) == (
        "ResourceNotFoundException", "Requested resource not found")


def test_only_search_vectors_reads_a_vector_index(client, table):
    condition = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}}
    of_index = {"TableName": table, "IndexName": "COSINE"}
    wanted = "ValidationException"
    assert refusal(client.query, **of_index, **condition) == (wanted, "Query operation not supported on this index type.")
    assert refusal(client.query, **of_index, **condition, ConsistentRead=True) == (wanted, "Consistent reads are not supported on global secondary indexes")
    scan = (wanted, "Scan operation not supported on this index type")
    assert refusal(client.scan, **of_index) == refusal(client.scan, **of_index, ConsistentRead=True) == scan
    assert refusal(client.execute_statement, Statement=f'SELECT * FROM "{table}"."COSINE"') == scan
    assert refusal(client.execute_statement, Statement=f'SELECT * FROM "{table}"."COSINE" WHERE pk = \'a\'') == scan
    answer = client.execute_statement(Statement=f'SELECT * FROM "{table}" WHERE pk = \'a\'')
    assert answer["Items"][0]["embedding"] == {"L": vector(1, 0, 0)}


WRONG = "One or more parameter values were invalid. "
REFUSED_ITEMS = [
    ({"tenant": {"S": "t1"}, "embedding": {"L": vector(1, 0)}}, WRONG + "Invalid size for parameter embedding, Expected: 3, Actual: 2 IndexName: plain"),
    ({"tenant": {"S": "t1"}, "embedding": {"L": [{"N": "1"}, {"S": "oops"}, {"N": "0"}]}},
     WRONG + "Invalid type for parameter embedding[1], Expected: 32-bit floating point number, Actual: S. IndexName: plain"),
    ({"tenant": {"S": "t1"}, "embedding": {"S": "not-a-vector"}}, WRONG + "Invalid type for parameter embedding, Expected: 32-bit floating point number list IndexName: plain"),
    ({"tenant": {"S": "t1"}, "embedding": {"L": vector("1E+39", 0, 0)}},
     WRONG + "Invalid value for parameter embedding[0], Value: 1E+39 is outside valid range [-3.4028235E38, 3.4028235E38]. IndexName: plain"),
    ({"tenant": {"N": "7"}, "embedding": {"L": vector(1, 0, 0)}}, WRONG + "Attribute 'tenant' type mismatch. Expected: S, Actual: N. IndexName: schema"),
    ({"tenant": {"S": "t1"}, "category": {"N": "5"}}, WRONG + "Attribute 'category' type mismatch. Expected: S, Actual: N. IndexName: schema"),
    ({"tenant": {"S": ""}, "embedding": {"L": vector(0, 0, 1)}},
     "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key "
     "attribute cannot contain an empty string value. IndexName: schema, IndexKey: tenant"),
]


@pytest.mark.parametrize("attributes, message", REFUSED_ITEMS, ids=range(len(REFUSED_ITEMS)))
def test_refused_items(client, schema_table, attributes, message):
    item = {"pk": {"S": "refused"}, **attributes}
    assert refusal(client.put_item, TableName=schema_table, Item=item) == ("ValidationException", message)
    assert refusal(client.batch_write_item, RequestItems={schema_table: [{"PutRequest": {"Item": item}}]}) == ("ValidationException", message)
    code, told = refusal(client.transact_write_items, TransactItems=[{"Put": {"TableName": schema_table, "Item": item}}])
    assert (code, told) == ("ValidationException", message) if "not valid" in message else code == "TransactionCanceledException"
    assert "Item" not in client.get_item(TableName=schema_table, Key={"pk": {"S": "refused"}})
    names_of = {f"#{name}": name for name in attributes}
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in attributes)
    code, told = refusal(client.update_item, TableName=schema_table, Key={"pk": {"S": "refused"}}, UpdateExpression=expression,
                         ExpressionAttributeNames=names_of, ExpressionAttributeValues={f":{name}": value for name, value in attributes.items()})
    if "not valid" in message:
        message = ("One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not "
                   "supported. The AttributeValue for a key attribute cannot contain an empty string value.")
    assert (code, told) == ("ValidationException", message)


def test_every_write_is_found_at_once(client):
    name = make_table(client, AttributeDefinitions=definitions(tenant="S"), VectorIndexes=[index("plain"), index("schema", SearchSchema=SCHEMA[:1])])
    by_tenant = lambda t: names(search(client, name, "schema", SearchConditionExpression="tenant = :t", ExpressionAttributeValues={":t": {"S": t}}))  # noqa: E731
    key = {"TableName": name, "Key": {"pk": {"S": "a"}}}
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "tenant": {"S": "t1"}, "embedding": {"L": vector(1, 0, 0)}})
    assert names(search(client, name, "plain")) == by_tenant("t1") == ["a"]
    client.update_item(**key, UpdateExpression="SET tenant = :t", ExpressionAttributeValues={":t": {"S": "t2"}})
    assert (by_tenant("t1"), by_tenant("t2")) == ([], ["a"])
    client.update_item(**key, UpdateExpression="SET embedding[1] = :n", ExpressionAttributeValues={":n": {"N": "1"}})
    assert scores(search(client, name, "plain", numbers=(1, 1, 0)))["a"] == 0
    client.update_item(**key, UpdateExpression="REMOVE tenant")
    assert (by_tenant("t2"), names(search(client, name, "plain"))) == ([], ["a"])
    client.update_item(**key, UpdateExpression="REMOVE embedding SET tenant = :t", ExpressionAttributeValues={":t": {"S": "t1"}})
    assert by_tenant("t1") == names(search(client, name, "plain")) == []
    client.execute_statement(Statement=f"UPDATE \"{name}\" SET embedding = [0, 1, 0] WHERE pk = 'a'")
    assert scores(search(client, name, "plain", numbers=(0, 1, 0))) == {"a": 0}
    client.transact_write_items(TransactItems=[{"Delete": key}, {"Put": {"TableName": name, "Item": {"pk": {"S": "b"}, "embedding": {"L": vector(1, 2, 3)}}}}])
    assert names(search(client, name, "plain")) == ["b"]
    client.delete_table(TableName=name)


def test_capacities(client):
    name = make_table(client, GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}],
                      AttributeDefinitions=definitions(g="S"),
                      VectorIndexes=[index("all"), index("keys", Projection={"ProjectionType": "KEYS_ONLY"})])

    def put(detail="INDEXES", pk="a", numbers=(1, 0, 0), **attributes):
        item = {"pk": {"S": pk}, **({"embedding": {"L": vector(*numbers)}} if numbers else {}), **attributes}
        return client.put_item(TableName=name, Item=item, ReturnConsumedCapacity=detail)["ConsumedCapacity"]

    def bytes_of(capacity):
        return {n: c["VectorWriteRequestBytes"] for n, c in capacity.get("VectorIndexes", {}).items()}

    capacity = put()
    assert bytes_of(capacity) == {"all": 1024, "keys": 1024}
    assert capacity["CapacityUnits"] == capacity["Table"]["CapacityUnits"] == 1
    assert put() == {"TableName": name, "CapacityUnits": 1, "Table": {"CapacityUnits": 1}}
    assert put("TOTAL", numbers=(0, 0, 1)) == {"TableName": name, "CapacityUnits": 1}
    assert bytes_of(put(numbers=None, pk="none")) == {}
    # 12 of the vector, 3 of the key, 9 of the vector's name, 4 of another's, and what that has.
    assert bytes_of(put(pk="b", blob={"S": "y" * 3000})) == {"all": 3028, "keys": 1024}
    assert bytes_of(put(pk="b", blob={"S": "y" * 1500})) == {"all": 3028}
    deleted = client.delete_item(TableName=name, Key={"pk": {"S": "b"}}, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    assert bytes_of(deleted) == {"all": 1528, "keys": 1024}
    # Beside a global index; a transaction counts it twice, and the bytes once.
    written = client.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": {
        "pk": {"S": "c"}, "g": {"S": "g"}, "embedding": {"L": vector(1, 1, 1)}}}}], ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"][0]
    assert bytes_of(written) == {"all": 1024, "keys": 1024}
    assert written["CapacityUnits"] == written["Table"]["CapacityUnits"] + written["GlobalSecondaryIndexes"]["by-g"]["CapacityUnits"]
    # A write counts four bytes for each dimension, a read the numbers.
    wide = "12345678901234567890123456789012345678"
    fixed = len("pk") + 2 + len("embedding") + 12 + len("pad")
    assert put("TOTAL", pk="w0", numbers=[wide] * 3, pad={"S": "x" * (1024 - fixed)})["CapacityUnits"] == 1
    assert put("TOTAL", pk="w1", numbers=[wide] * 3, pad={"S": "x" * (1025 - fixed)})["CapacityUnits"] == 2
    put("TOTAL", pk="w2", numbers=[wide] * 3, pad={"S": "x" * (4096 - fixed)})
    read = client.get_item(TableName=name, Key={"pk": {"S": "w2"}}, ConsistentRead=True, ReturnConsumedCapacity="TOTAL")
    assert read["ConsumedCapacity"]["CapacityUnits"] == 2
    answers = [search(client, name, "all", ReturnConsumedCapacity=detail).get("ConsumedCapacity") for detail in ("TOTAL", "INDEXES", "NONE")]
    assert answers[0] == answers[1] and set(answers[0]) == {"VectorSearchRequestBytes"} and answers[0]["VectorSearchRequestBytes"] > 0
    assert answers[2] is None
    client.delete_table(TableName=name)


def test_what_tables_say_of_their_vector_indexes(client):
    name = "t-" + uuid.uuid4().hex[:8]
    created = client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                                  AttributeDefinitions=definitions(tenant="S", category="S"), VectorIndexes=[index(SearchSchema=SCHEMA)])
    told = created["TableDescription"]["VectorIndexes"]
    arn = created["TableDescription"]["TableArn"] + "/index/vix"
    wanted = {**index(SearchSchema=SCHEMA), "IndexStatus": "CREATING", "IndexArn": arn, "ItemCount": 0, "IndexSizeBytes": 0}
    assert told == [wanted]
    assert wait_for_indexes(client, name)["VectorIndexes"] == [{**wanted, "IndexStatus": "ACTIVE"}]
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "tenant": {"S": "t"}, "note": {"S": "n"}, "embedding": {"L": vector(1, 0, 0)}})
    table = wait_for_indexes(client, name)
    # pk, tenant, note and embedding, with 12 bytes for its numbers.
    assert (table["ItemCount"], table["TableSizeBytes"]) == (1, 3 + 7 + 5 + 9 + 12)
    assert (table["VectorIndexes"][0]["ItemCount"], table["VectorIndexes"][0]["IndexSizeBytes"]) == (1, 36)
    client.delete_table(TableName=name)


BAD = "One or more parameter values were invalid: "
MEMBER = "1 validation error detected: Value "
REFUSED_INDEXES = [
    ({"VectorIndexes": []}, BAD + "List of VectorIndexes is empty"),
    ({"VectorIndexes": [index()], "BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
     BAD + "Vector indexes are only supported for PAY_PER_REQUEST tables"),
    ({"VectorIndexes": [index(f"vix{n}") for n in range(6)]}, BAD + "VectorIndex count exceeds the per-table limit of 5"),
    ({"VectorIndexes": [index(), index()]}, BAD + "Duplicate index name: vix"),
    ({"VectorIndexes": [index(Dimensions=4097)]}, BAD + "Number of dimensions must be between 1 and 4096 inclusive."),
    ({"VectorIndexes": [index(Dimensions=4294967296)]}, BAD + "Number of dimensions must be between 1 and 4096 inclusive."),
    ({"VectorIndexes": [index(), index("vix2", Dimensions=4)]},
     BAD + "Conflicting attribute definition for 'embedding'. All VectorIndexes on the same vector attribute must use the same dimensions."),
    ({"VectorIndexes": [index(SearchSchema=SCHEMA[:1])]}, BAD + "One element in SearchSchema is not defined in attribute definitions"),
    ({"VectorIndexes": [index(SearchSchema=SCHEMA[:1] + [dict(SCHEMA[0], AttributeName="category")])], "AttributeDefinitions": definitions(tenant="S", category="S")},
     BAD + "Value '2' at 'SearchSchema' failed to satisfy constraint: Member must have HASH count less than or equal to 1"),
    ({"VectorIndexes": [index(SearchSchema=[SCHEMA[0], dict(SCHEMA[1], AttributeName="tenant")])], "AttributeDefinitions": definitions(tenant="S")},
     BAD + "SearchSchema contains a duplicate AttributeName"),
    ({"VectorIndexes": [index()], "AttributeDefinitions": definitions(embedding="B")},
     BAD + "Conflicting attribute definition for 'embedding'. An attribute cannot be defined in AttributeDefinitions when used as a VectorAttribute."),
    ({"VectorIndexes": [index(VectorAttribute={"AttributeName": "pk"})]},
     BAD + "Conflicting attribute definition for 'pk'. An attribute cannot be defined in AttributeDefinitions when used as a VectorAttribute."),
    ({"VectorIndexes": [index(Projection={"ProjectionType": "INCLUDE"})]}, BAD + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
    ({"VectorIndexes": [index(Dimensions=0)]},
     MEMBER + "'0' at 'vectorIndexes.1.member.dimensions' failed to satisfy constraint: Member must have value greater than or equal to 1"),
    ({"VectorIndexes": [index("vx")]},
     MEMBER + "'vx' at 'vectorIndexes.1.member.indexName' failed to satisfy constraint: Member must have length greater than or equal to 3"),
    ({"VectorIndexes": [index(DistanceFunction="MANHATTAN")]},
     MEMBER + "'MANHATTAN' at 'vectorIndexes.1.member.distanceFunction' failed to satisfy constraint: Member must satisfy enum value set: [COSINE, DOT_PRODUCT, EUCLIDEAN]"),
    ({"VectorIndexes": [index(SearchSchema=[dict(SCHEMA[0], SearchSchemaElementType="RANGE")])]},
     MEMBER + "'RANGE' at 'vectorIndexes.1.member.searchSchema.1.member.searchSchemaElementType' failed to satisfy constraint: "
     "Member must satisfy enum value set: [HASH, INLINE_FILTER]"),
]


@pytest.mark.parametrize("more, message", REFUSED_INDEXES, ids=range(len(REFUSED_INDEXES)))
def test_refused_tables(server, more, message):
    client = server.client("dynamodb", config=Config(parameter_validation=False))
    input = {"TableName": "never-made", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
             "AttributeDefinitions": definitions(), **more}
    assert refusal(client.create_table, **input) == ("ValidationException", message)


def test_an_index_is_added_to_items_and_taken_away(client):
    name = make_table(client)
    items = {"valid": {"L": vector(1, 2, 3)}, "short": {"L": vector(1, 2)}, "mixed": {"L": [{"N": "1"}, {"S": "x"}, {"N": "3"}]},
             "text": {"S": "no list"}, "large": {"L": vector("1E+39", 0, 0)}, "none": None}
    items |= {f"more{number}": {"L": vector(number, 1, 0)} for number in range(250)}
    for pk, embedding in items.items():
        client.put_item(TableName=name, Item={"pk": {"S": pk}, "tenant": {"S": "t"} if pk != "more1" else {"N": "1"}, **({"embedding": embedding} if embedding else {})})
    added = client.update_table(TableName=name, VectorIndexUpdates=[{"Create": index()}])["TableDescription"]
    assert (added["TableStatus"], added["VectorIndexes"][0]["IndexStatus"]) == ("UPDATING", "CREATING")
    table = wait_for_indexes(client, name)
    assert "Backfilling" not in table["VectorIndexes"][0] and table["VectorIndexes"][0]["ItemCount"] == 251
    assert len(names(search(client, name, most=100))) == 100
    assert names(search(client, name, numbers=(1, 2, 3), most=1)) == ["valid"]
    # What was skipped may stay as it is, and may not be put again.
    client.update_item(TableName=name, Key={"pk": {"S": "short"}}, UpdateExpression="SET note = :n", ExpressionAttributeValues={":n": {"S": "n"}})
    assert refusal(client.put_item, TableName=name, Item={"pk": {"S": "short"}, "embedding": {"L": vector(1, 2)}})[0] == "ValidationException"
    # One with a SearchSchema, whose attribute must be defined with it.
    wanted = index("schema", SearchSchema=SCHEMA[:1], Projection={"ProjectionType": "KEYS_ONLY"})
    assert refusal(client.update_table, TableName=name, VectorIndexUpdates=[{"Create": wanted}]) == (
        "ValidationException", BAD + "One element in SearchSchema is not defined in attribute definitions")
    client.update_table(TableName=name, AttributeDefinitions=definitions(tenant="S"), VectorIndexUpdates=[{"Create": wanted}])
    table = wait_for_indexes(client, name)
    assert [i["ItemCount"] for i in table["VectorIndexes"]] == [251, 250]
    assert {"AttributeName": "tenant", "AttributeType": "S"} in table["AttributeDefinitions"]

    refused = lambda **input: refusal(client.update_table, TableName=name, **input)  # noqa: E731
    create = lambda **more: [{"Create": index("another", **more)}]  # noqa: E731
    wrong = "ValidationException"
    assert refused(VectorIndexUpdates=[{"Create": index()}]) == (wrong, "Attempting to create an index which already exists")
    assert refused(AttributeDefinitions=definitions(g="S"), GlobalSecondaryIndexUpdates=[{"Create": {
        "IndexName": "vix", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}]) == (
        wrong, "Attempting to create an index which already exists")
    assert refused(AttributeDefinitions=definitions(embedding="S"), GlobalSecondaryIndexUpdates=[{"Create": {
        "IndexName": "gsi", "KeySchema": [{"AttributeName": "embedding", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}]) == (
        wrong, BAD + "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. Existing schema: "
        "VectorIndexSchema:[VectorAttribute: key{embedding:L:3}] New schema: Schema:[SchemaElement: key{embedding:S:HASH}]")
    assert refused(VectorIndexUpdates=create(VectorAttribute={"AttributeName": "pk"})) == (
        wrong, BAD + "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. Existing schema: "
        "Schema:[SchemaElement: key{pk:S:HASH}] New schema: VectorIndexSchema:[VectorAttribute: key{pk:L:3}]")
    assert refused(VectorIndexUpdates=create(Dimensions=4)) == (
        wrong, BAD + "Conflicting attribute definition for 'embedding'. All VectorIndexes on the same vector attribute must use the same dimensions.")
    assert refused(AttributeDefinitions=definitions(embedding="B"), VectorIndexUpdates=create()) == (
        wrong, BAD + "Conflicting attribute definition for 'embedding'. An attribute cannot be defined in AttributeDefinitions when used as a VectorAttribute.")
    assert refused(VectorIndexUpdates=[{"Delete": {"IndexName": "vix"}}, *create()]) == (
        "LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table")
    assert refused(VectorIndexUpdates=[{"Delete": {"IndexName": "vix"}, "Create": index("another")}]) == (
        wrong, BAD + "Only one vector index action is allowed per VectorIndexUpdate object")
    assert refused(VectorIndexUpdates=[{}]) == (wrong, BAD + "One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null")
    assert refused(VectorIndexUpdates=[{"Delete": {"IndexName": "absent"}}]) == (
        "ResourceNotFoundException", f"Requested resource not found: Index absent for table {name}")
    provisioned = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
    assert refused(**provisioned) == (wrong, BAD + "Tables with vector indexes must be in PAY_PER_REQUEST mode")

    client.update_table(TableName=name, VectorIndexUpdates=[{"Delete": {"IndexName": "schema"}}])
    table = wait_for_indexes(client, name)
    assert [i["IndexName"] for i in table["VectorIndexes"]] == ["vix"] and table["AttributeDefinitions"] == definitions()
    assert refusal(client.search_vectors, TableName=name, IndexName="schema", SearchVector=vector(1, 0, 0), TopK=1) == (
        wrong, "The table does not have the specified index: schema")
    assert len(names(search(client, name, most=100))) == 100
    client.delete_table(TableName=name)


def test_an_index_with_the_change_to_on_demand(client):
    name = make_table(client, BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
    assert refusal(client.update_table, TableName=name, VectorIndexUpdates=[{"Create": index()}]) == (
        "ValidationException", BAD + "Vector indexes are only supported for PAY_PER_REQUEST tables")
    client.update_table(TableName=name, BillingMode="PAY_PER_REQUEST", VectorIndexUpdates=[{"Create": index()}])
    wait_for_indexes(client, name)
    for number in range(4):
        client.update_table(TableName=name, VectorIndexUpdates=[{"Create": index(f"vix{number}")}])
        wait_for_indexes(client, name)
    assert refusal(client.update_table, TableName=name, VectorIndexUpdates=[{"Create": index("sixth")}]) == (
        "LimitExceededException", "Subscriber limit exceeded: Number of vector secondary indexes exceeds per-table limit of 5")
    client.delete_table(TableName=name)


def test_backups_and_restored_tables_have_the_indexes(client):
    name = make_table(client, AttributeDefinitions=definitions(tenant="S"), VectorIndexes=[index(), index("schema", SearchSchema=SCHEMA[:1])])
    client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "tenant": {"S": "t"}, "embedding": {"L": vector(1, 0, 0)}})
    arn = client.create_backup(TableName=name, BackupName="saved")["BackupDetails"]["BackupArn"]
    while client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] != "AVAILABLE":
        time.sleep(0.05)
    assert client.describe_backup(BackupArn=arn)["BackupDescription"]["SourceTableFeatureDetails"]["VectorIndexes"] == [
        index(), index("schema", SearchSchema=SCHEMA[:1])]
    assert refusal(client.restore_table_from_backup, TargetTableName=name + "-p", BackupArn=arn, BillingModeOverride="PROVISIONED") == (
        "ValidationException", BAD + "Tables with vector indexes must be in PAY_PER_REQUEST mode")
    client.restore_table_from_backup(TargetTableName=name + "-b", BackupArn=arn)
    client.restore_table_to_point_in_time(SourceTableName=name, TargetTableName=name + "-t", UseLatestRestorableTime=True)
    for restored in (name + "-b", name + "-t"):
        assert [i["IndexName"] for i in wait_for_indexes(client, restored)["VectorIndexes"]] == ["vix", "schema"]
        assert names(search(client, restored)) == ["a"]
        found = search(client, restored, "schema", SearchConditionExpression="tenant = :t", ExpressionAttributeValues={":t": {"S": "t"}})
        assert scores(found) == {"a": 0}
    for each in (name, name + "-b", name + "-t"):
        client.delete_table(TableName=each)


def test_items_that_an_index_has_skipped_are_restored(client):
    name = make_table(client)
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "g": {"N": "1"}, "embedding": {"L": vector(1, 2)}})
    client.put_item(TableName=name, Item={"pk": {"S": "b"}, "g": {"S": "g"}, "embedding": {"L": vector(1, 2, 3)}})
    client.update_table(TableName=name, VectorIndexUpdates=[{"Create": index()}])
    wait_for_indexes(client, name)
    client.update_table(TableName=name, AttributeDefinitions=definitions(g="S"), GlobalSecondaryIndexUpdates=[{"Create": {
        "IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}])
    wait_for_indexes(client, name)
    arn = client.create_backup(TableName=name, BackupName="saved")["BackupDetails"]["BackupArn"]
    while client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] != "AVAILABLE":
        time.sleep(0.05)
    client.restore_table_from_backup(TargetTableName=name + "-b", BackupArn=arn)
    client.get_waiter("table_exists").wait(TableName=name + "-b", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    assert client.scan(TableName=name + "-b")["Count"] == 2
    assert names(search(client, name + "-b")) == ["b"]
    assert client.scan(TableName=name + "-b", IndexName="by-g")["Count"] == 1
    for each in (name, name + "-b"):
        client.delete_table(TableName=each)


def test_who_may_search(server, client, table):
    user = "searcher-" + uuid.uuid4().hex[:6]
    iam = server.client("iam")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = server.client("dynamodb", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    for resource, allowed in ((arn, ()), (arn + "/index/COSINE", ("COSINE",)), (arn + "/index/*", ("COSINE", "EUCLIDEAN"))):
        iam.put_user_policy(UserName=user, PolicyName="search", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:SearchVectors", "Resource": resource}]}))
        for distance in ("COSINE", "EUCLIDEAN"):
            if distance in allowed:
                assert names(search(own, table, distance, most=1)) == ["a"]
            else:
                code, message = refusal(own.search_vectors, TableName=table, IndexName=distance, SearchVector=vector(1, 0, 0), TopK=1)
                assert code == "AccessDeniedException" and f"dynamodb:SearchVectors on resource: {arn}/index/{distance}" in message
    # Who may see some partitions or attributes only may not search: a search shows those of others.
    for key, values in (("dynamodb:LeadingKeys", ["a"]), ("dynamodb:Attributes", ["pk", "embedding"])):
        iam.put_user_policy(UserName=user, PolicyName="search", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "dynamodb:*", "Resource": [arn, arn + "/index/*"], "Condition": {"ForAllValues:StringEquals": {key: values}}}]}))
        code, _ = refusal(own.search_vectors, TableName=table, IndexName="COSINE", SearchVector=vector(1, 0, 0), TopK=1)
        assert code == "AccessDeniedException", key


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_state_machine_searches(server, table, kind):
    states, name = server.client("stepfunctions", config=Config(inject_host_prefix=False)), "search-" + uuid.uuid4().hex[:8]
    step = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:searchVectors", "End": True,
            "Parameters": {"TableName": table, "IndexName": "COSINE", "TopK": 2, "SearchVector": vector(1, 0, 0)}}
    machine = states.create_state_machine(name=name, type=kind, roleArn=role(server, name, "states", "dynamodb:SearchVectors"),
                                          definition=json.dumps({"StartAt": "S", "States": {"S": step}}))["stateMachineArn"]
    if kind == "EXPRESS":
        told = states.start_sync_execution(stateMachineArn=machine, input="{}")
    else:
        execution = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        while (told := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            time.sleep(0.05)
    assert told["status"] == "SUCCEEDED", told
    assert names({"SearchResults": json.loads(told["output"])["SearchResults"]}) == ["a", "d"]
    states.delete_state_machine(stateMachineArn=machine)


def test_a_stack_makes_and_changes_vector_indexes(server, client, name):
    def template(*indexes):
        return json.dumps({"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": definitions(tenant="S") if "schema" in [i["IndexName"] for i in indexes] else definitions(),
            "VectorIndexes": list(indexes)}}}})

    stacks = server.client("cloudformation")
    stack = stacks.create_stack(StackName=name, TemplateBody=template(index()))["StackId"]
    wait_for_stack(stacks, name, "CREATE_COMPLETE")
    client.put_item(TableName=name, Item={"pk": {"S": "a"}, "tenant": {"S": "t"}, "embedding": {"L": vector(1, 0, 0)}})
    assert names(search(client, name)) == ["a"]
    stacks.update_stack(StackName=name, TemplateBody=template(index("schema", SearchSchema=SCHEMA[:1])))
    wait_for_stack(stacks, name, "UPDATE_COMPLETE")
    assert [i["IndexName"] for i in wait_for_indexes(client, name)["VectorIndexes"]] == ["schema"]
    found = search(client, name, "schema", SearchConditionExpression="tenant = :t", ExpressionAttributeValues={":t": {"S": "t"}})
    assert names(found) == ["a"]
    stacks.update_stack(StackName=name, TemplateBody=template(index("schema", SearchSchema=SCHEMA[:1], DistanceFunction="EUCLIDEAN")))
    wait_for_stack(stacks, name, "UPDATE_ROLLBACK_COMPLETE")
    reasons = [event.get("ResourceStatusReason", "") for event in stacks.describe_stack_events(StackName=name)["StackEvents"]]
    assert any("Updates are not supported for the vector index schema" in reason for reason in reasons), reasons
    assert names(search(client, name, "schema", SearchConditionExpression="tenant = :t", ExpressionAttributeValues={":t": {"S": "t"}})) == ["a"]
    stacks.delete_stack(StackName=name)
    wait_for_stack(stacks, stack, "DELETE_COMPLETE")


def test_an_imported_table_has_its_vector_index(server, client):
    bucket, name = "vectors-" + uuid.uuid4().hex[:8], "t-" + uuid.uuid4().hex[:8]
    s3 = server.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    items = [{"pk": {"S": f"p{number}"}, "embedding": {"L": vector(number, 1, 0)}} for number in range(3)]
    s3.put_object(Bucket=bucket, Key="items.json", Body="\n".join(json.dumps({"Item": item}) for item in items))
    arn = client.import_table(S3BucketSource={"S3Bucket": bucket}, InputFormat="DYNAMODB_JSON", TableCreationParameters={
        "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": definitions(), "VectorIndexes": [index()]})["ImportTableDescription"]["ImportArn"]
    while (told := client.describe_import(ImportArn=arn)["ImportTableDescription"])["ImportStatus"] == "IN_PROGRESS":
        time.sleep(0.05)
    assert told["ImportStatus"] == "COMPLETED", told
    wait_for_indexes(client, name)
    assert names(search(client, name, numbers=(0, 1, 0))) == ["p0", "p1", "p2"]
    client.delete_table(TableName=name)
