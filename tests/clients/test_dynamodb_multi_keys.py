"""Global secondary indexes with several partition and sort key attributes, through boto3.

The items, queries and refusals are told by
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
"""
import itertools
import json
import random
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from support.stacks import wait_for_stack

TYPES = {"id": "S", "t": "S", "r": "N", "round": "S", "score": "N", "mark": "B"}
HASH, RANGE = ("t", "r"), ("round", "score", "mark")
INDEX = {"IndexName": "by-match", "Projection": {"ProjectionType": "KEYS_ONLY"},
         "KeySchema": [{"AttributeName": a, "KeyType": "HASH"} for a in HASH] + [{"AttributeName": a, "KeyType": "RANGE"} for a in RANGE]}
# Each as the store has it. Partitions whose values are alike when they are put behind one another are not.
PARTITIONS = [("WINTER", "1"), ("WINTER1", "1"), ("WINTER", "11")]


def definitions(names=TYPES):
    return [{"AttributeName": name, "AttributeType": TYPES[name]} for name in names]


def matches():
    """Items by id, some of which lack a key attribute of the index."""
    found = {}
    for number, (partition, level, score, mark) in enumerate(itertools.product(PARTITIONS, ("a", "ab", "b"), (-5, 10, 9), (b"\x00", b"\x00\x01"))):
        found[f"m{number}"] = {"id": {"S": f"m{number}"}, "t": {"S": partition[0]}, "r": {"N": partition[1]}, "round": {"S": level},
                               "score": {"N": str(score)}, "mark": {"B": mark}, "note": {"S": "x"}}
    for number, missing in enumerate((*HASH, *RANGE)):
        item = dict(found["m0"], id={"S": f"without-{number}"})
        del item[missing]
        found[f"without-{number}"] = item
    return found


MATCHES = matches()


def sort_key(item):
    return item["round"]["S"].encode(), float(item["score"]["N"]), item["mark"]["B"]


def in_partition(partition, condition=lambda item: True):
    """Ids of what the index has of a partition, in order."""
    there = [item for item in MATCHES.values() if all(name in item for name in (*HASH, *RANGE))
             and (item["t"]["S"], item["r"]["N"]) == partition and condition(item)]
    return [item["id"]["S"] for item in sorted(there, key=sort_key)]


@pytest.fixture
def client(server):
    return server.client("dynamodb")


def make_table(client, **more):
    name = "t-" + uuid.uuid4().hex[:8]
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                        **{"AttributeDefinitions": definitions(), "GlobalSecondaryIndexes": [INDEX], **more})
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


def put_all(client, name):
    items = list(MATCHES.values())
    random.Random(1).shuffle(items)
    for first in range(0, len(items), 25):
        client.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": item}} for item in items[first:first + 25]]})


@pytest.fixture(scope="module")
def table(server):
    client = server.client("dynamodb")
    name = make_table(client)
    put_all(client, name)
    yield name
    client.delete_table(TableName=name)


VALUES = {":t": {"S": "WINTER"}, ":r": {"N": "1"}, ":a": {"S": "a"}, ":b": {"S": "b"}, ":n": {"N": "9"}, ":m": {"N": "10"}, ":zero": {"B": b"\x00"}}
PARTITION = "t = :t AND r = :r"


def ask(client, table, condition, **more):
    used = {name: value for name, value in VALUES.items() if name in condition.replace(",", " ").replace(")", " ").split()}
    return client.query(TableName=table, IndexName="by-match", KeyConditionExpression=condition, ExpressionAttributeValues=used, **more)


def ids(answer):
    return [item["id"]["S"] for item in answer["Items"]]


def refusal(call, *arguments, **more):
    with pytest.raises(ClientError) as refused:
        call(*arguments, **more)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    return refused.value.response["Error"]["Message"]


def test_the_schema_is_told_as_it_was_given(client, table):
    told = client.describe_table(TableName=table)["Table"]
    assert told["GlobalSecondaryIndexes"][0]["KeySchema"] == INDEX["KeySchema"]
    assert sorted(told["AttributeDefinitions"], key=str) == sorted(definitions(), key=str)


QUERIES = {
    "": lambda item: True,
    " AND round = :a": lambda item: item["round"]["S"] == "a",
    " AND begins_with(round, :a)": lambda item: item["round"]["S"].startswith("a"),
    " AND round > :a": lambda item: item["round"]["S"] > "a",
    " AND round BETWEEN :a AND :b": lambda item: "a" <= item["round"]["S"] <= "b",
    " AND round = :a AND score = :n": lambda item: (item["round"]["S"], item["score"]["N"]) == ("a", "9"),
    " AND round = :a AND score >= :n": lambda item: item["round"]["S"] == "a" and float(item["score"]["N"]) >= 9,
    " AND round = :a AND score < :n": lambda item: item["round"]["S"] == "a" and float(item["score"]["N"]) < 9,
    " AND score BETWEEN :n AND :m AND round = :a": lambda item: item["round"]["S"] == "a" and 9 <= float(item["score"]["N"]) <= 10,
    " AND round = :a AND score = :n AND mark = :zero": lambda item: sort_key(item) == (b"a", 9, b"\x00"),
    " AND round = :a AND score = :n AND mark > :zero": lambda item: sort_key(item) == (b"a", 9, b"\x00\x01"),
    " AND round = :a AND score = :n AND begins_with(mark, :zero)": lambda item: sort_key(item)[:2] == (b"a", 9),
}


@pytest.mark.parametrize("more", QUERIES)
def test_queries_find_what_is_there_in_order(client, table, more):
    wanted = in_partition(PARTITIONS[0], QUERIES[more])
    assert wanted
    assert ids(ask(client, table, PARTITION + more)) == wanted
    assert ids(ask(client, table, PARTITION + more, ScanIndexForward=False)) == wanted[::-1]
    for forward in (True, False):
        paged, start = [], {}
        while True:
            page = ask(client, table, PARTITION + more, Limit=1, ScanIndexForward=forward, **start)
            paged += ids(page)
            if "LastEvaluatedKey" not in page:
                break
            assert set(page["LastEvaluatedKey"]) == {"id", *HASH, *RANGE}
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        assert paged == wanted[::1 if forward else -1]


def test_key_conditions_from_before_expressions(client, table):
    conditions = {"t": ("EQ", {"S": "WINTER"}), "r": ("EQ", {"N": "1"}), "round": ("EQ", {"S": "a"}), "score": ("LT", {"N": "9"})}
    legacy = {name: {"ComparisonOperator": operator, "AttributeValueList": [value]} for name, (operator, value) in conditions.items()}
    asked = dict(TableName=table, IndexName="by-match")
    assert ids(client.query(KeyConditions=legacy, **asked)) == in_partition(PARTITIONS[0], QUERIES[" AND round = :a AND score < :n"])
    del legacy["round"]
    assert refusal(client.query, KeyConditions=legacy, **asked) == (
        "RANGE key attributes round must have equality conditions specified in the query because a condition is present on key attribute score")
    del legacy["r"]
    assert refusal(client.query, KeyConditions=legacy, **asked).startswith("HASH key attributes r must have equality conditions")


def test_what_a_query_may_not_ask(client, table):
    unequal = " must have equality conditions specified in the query"
    after = unequal + " because a condition is present on key attribute "
    for condition, message in {
            "t = :t": "HASH key attributes r" + unequal,
            "t = :t AND r > :r": "HASH key attributes r" + unequal,
            "round = :a": "HASH key attributes t, r" + unequal,
            PARTITION + " AND score = :n": "RANGE key attributes round" + after + "score",
            PARTITION + " AND round > :a AND score = :n": "RANGE key attributes round" + after + "score",
            PARTITION + " AND round = :a AND mark = :zero": "RANGE key attributes score" + after + "mark",
            PARTITION + " AND id = :a": "Query condition missed key schema element: round",
            PARTITION + " AND round = :a AND score = :n AND mark = :zero AND id = :b":
                "The number of query conditions (6) exceeds the number of key attributes defined in the schema (5)",
            "t = :t AND r = :a": "One or more parameter values were invalid: Condition parameter type does not match schema type"}.items():
        assert refusal(ask, client, table, condition) == message, condition
    for name in (*HASH, *RANGE):
        message = refusal(client.query, TableName=table, IndexName="by-match", KeyConditionExpression=PARTITION,
                          FilterExpression="attribute_exists(#n)", ExpressionAttributeNames={"#n": name},
                          ExpressionAttributeValues={":t": VALUES[":t"], ":r": VALUES[":r"]})
        assert message == f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
    start = {name: MATCHES["m0"][name] for name in ("id", *HASH, *RANGE)}
    for wrong, message in (({**start, "r": {"S": "1"}}, "The provided key element does not match the schema"),
                           ({name: start[name] for name in start if name != "score"}, "The provided starting key is invalid"),
                           ({**start, "r": {"N": "2"}}, "The provided starting key is outside query boundaries based on provided conditions")):
        assert refusal(ask, client, table, PARTITION, ExclusiveStartKey=wrong) == message


def test_scans_give_each_entry_once(client, table):
    everything = sorted(itertools.chain.from_iterable(in_partition(partition) for partition in PARTITIONS))
    found = client.scan(TableName=table, IndexName="by-match", ReturnConsumedCapacity="INDEXES")
    assert sorted(ids(found)) == everything
    assert all(set(item) == {"id", *HASH, *RANGE} for item in found["Items"])
    assert set(found["ConsumedCapacity"]["GlobalSecondaryIndexes"]) == {"by-match"}
    paged = []
    for page in client.get_paginator("scan").paginate(TableName=table, IndexName="by-match", PaginationConfig={"PageSize": 1}):
        paged += ids(page)
    assert paged == ids(found)
    segments = [ids(client.scan(TableName=table, IndexName="by-match", Segment=segment, TotalSegments=3)) for segment in range(3)]
    assert sorted(itertools.chain.from_iterable(segments)) == everything


def test_partiql_is_refused_as_on_aws(client, table):
    refused = "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys."
    for where in ("", " WHERE t = 'WINTER'", " WHERE t = 'WINTER' AND r = 1 ORDER BY score DESC", " WHERE t = 5"):
        assert refusal(client.execute_statement, Statement=f'SELECT * FROM "{table}"."by-match"{where}') == refused
    assert ids(client.execute_statement(Statement=f"SELECT * FROM \"{table}\" WHERE id = 'm0'")) == ["m0"]
    index, whole = client.batch_execute_statement(Statements=[
        {"Statement": f"SELECT * FROM \"{table}\".\"by-match\" WHERE t = 'WINTER' AND r = 1"},
        {"Statement": f"SELECT * FROM \"{table}\" WHERE id = 'm0'"}])["Responses"]
    assert index["Error"]["Code"] == "ValidationError" and index["Error"]["Message"] == refused
    assert whole["Item"]["id"] == {"S": "m0"}


def test_items_come_and_go_with_their_key_attributes(client):
    name = make_table(client)
    item = {**MATCHES["m0"], "id": {"S": "one"}}
    client.put_item(TableName=name, Item=item)
    for attribute in (*HASH, *RANGE):
        names = {"#n": attribute}
        client.update_item(TableName=name, Key={"id": item["id"]}, UpdateExpression="REMOVE #n", ExpressionAttributeNames=names)
        assert ids(ask(client, name, PARTITION)) == []
        client.update_item(TableName=name, Key={"id": item["id"]}, UpdateExpression="SET #n = :v", ExpressionAttributeNames=names,
                           ExpressionAttributeValues={":v": item[attribute]})
        assert ids(ask(client, name, PARTITION)) == ["one"]
    moved = client.update_item(TableName=name, Key={"id": item["id"]}, UpdateExpression="SET r = :r, score = :s", ReturnConsumedCapacity="INDEXES",
                               ExpressionAttributeValues={":r": {"N": "2"}, ":s": {"N": "0"}})
    # The entry goes from one place and comes to another.
    assert moved["ConsumedCapacity"]["GlobalSecondaryIndexes"]["by-match"]["CapacityUnits"] == 2
    assert ids(ask(client, name, PARTITION)) == []
    wrong = {**item, "score": {"S": "9"}}
    assert refusal(client.put_item, TableName=name, Item=wrong) == (
        "One or more parameter values were invalid: Type mismatch for Index Key score Expected: N Actual: S IndexName: by-match")
    assert refusal(client.batch_write_item, RequestItems={name: [{"PutRequest": {"Item": wrong}}]}).endswith(
        "Type mismatch for Index Key score Expected: N Actual: S IndexName: by-match")
    assert refusal(client.put_item, TableName=name, Item={**item, "round": {"S": ""}}) == (
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key "
        "attribute cannot contain an empty string value. IndexName: by-match, IndexKey: round")
    assert "Type mismatch for Index Key r Expected: N Actual: S" in refusal(
        client.update_item, TableName=name, Key={"id": item["id"]}, UpdateExpression="SET r = :v", ExpressionAttributeValues={":v": {"S": "x"}})
    client.delete_item(TableName=name, Key={"id": item["id"]})
    assert client.scan(TableName=name, IndexName="by-match")["Count"] == 0
    client.delete_table(TableName=name)


def wait_for_index(client, name, wanted):
    deadline = time.monotonic() + 60
    while True:
        table = client.describe_table(TableName=name)["Table"]
        if table["TableStatus"] == "ACTIVE" and [index["IndexStatus"] for index in table.get("GlobalSecondaryIndexes", [])] == wanted:
            return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_index_is_built_online_and_comes_back_from_a_backup(client):
    name = make_table(client, AttributeDefinitions=definitions(["id"]), GlobalSecondaryIndexes=[{
        "IndexName": "away", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}])
    client.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "away"}}])
    wait_for_index(client, name, [])
    put_all(client, name)
    client.update_table(TableName=name, AttributeDefinitions=definitions(), GlobalSecondaryIndexUpdates=[{"Create": INDEX}])
    wait_for_index(client, name, ["ACTIVE"])
    for partition in PARTITIONS:
        assert ids(client.query(TableName=name, IndexName="by-match", KeyConditionExpression=PARTITION,
                                ExpressionAttributeValues={":t": {"S": partition[0]}, ":r": {"N": partition[1]}})) == in_partition(partition)
    backup = client.create_backup(TableName=name, BackupName="kept")["BackupDetails"]["BackupArn"]
    deadline = time.monotonic() + 60
    while client.describe_backup(BackupArn=backup)["BackupDescription"]["BackupDetails"]["BackupStatus"] != "AVAILABLE":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    client.restore_table_from_backup(TargetTableName=name + "-again", BackupArn=backup)
    wait_for_index(client, name + "-again", ["ACTIVE"])
    assert client.describe_table(TableName=name + "-again")["Table"]["GlobalSecondaryIndexes"][0]["KeySchema"] == INDEX["KeySchema"]
    assert ids(ask(client, name + "-again", PARTITION)) == in_partition(PARTITIONS[0])
    client.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-match"}}])
    wait_for_index(client, name, [])
    assert client.describe_table(TableName=name)["Table"]["AttributeDefinitions"] == definitions(["id"])
    assert refusal(ask, client, name, PARTITION) == "The table does not have the specified index: by-match"
    # What was a number for the index's sake may be anything now.
    client.put_item(TableName=name, Item={"id": {"S": "free"}, "score": {"S": "high"}})
    for each in (name, name + "-again"):
        client.delete_table(TableName=each)


def test_points_in_time_and_imports_have_them(server, client):
    name = make_table(client)
    arn = client.describe_table(TableName=name)["Table"]["TableArn"]
    client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    put_all(client, name)
    moment = int(time.time()) + 1  # boto3 sends whole seconds.
    while time.time() <= moment:
        time.sleep(0.02)
    for item in MATCHES.values():
        client.delete_item(TableName=name, Key={"id": item["id"]})
    assert ids(ask(client, name, PARTITION)) == []

    again, imported = name + "-again", name + "-imported"
    client.restore_table_to_point_in_time(SourceTableName=name, TargetTableName=again, RestoreDateTime=moment)
    wait_for_index(client, again, ["ACTIVE"])
    assert client.describe_table(TableName=again)["Table"]["GlobalSecondaryIndexes"][0]["KeySchema"] == INDEX["KeySchema"]

    server.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    export = client.export_table_to_point_in_time(TableArn=arn, S3Bucket=name, ExportTime=moment)["ExportDescription"]["ExportArn"]
    done = wait_until_done(lambda: client.describe_export(ExportArn=export)["ExportDescription"], "ExportStatus")
    started = client.import_table(
        S3BucketSource={"S3Bucket": name, "S3KeyPrefix": done["ExportManifest"].rsplit("/", 1)[0] + "/data/"},
        InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP",
        TableCreationParameters={"TableName": imported, "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions(),
                                 "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "GlobalSecondaryIndexes": [INDEX]})
    told = wait_until_done(lambda: client.describe_import(ImportArn=started["ImportTableDescription"]["ImportArn"])["ImportTableDescription"],
                           "ImportStatus")
    assert told["TableCreationParameters"]["GlobalSecondaryIndexes"][0]["KeySchema"] == INDEX["KeySchema"]
    assert told["ImportedItemCount"] == len(MATCHES)
    for each in (again, imported):
        for partition in PARTITIONS:
            assert ids(client.query(TableName=each, IndexName="by-match", KeyConditionExpression=PARTITION,
                                    ExpressionAttributeValues={":t": {"S": partition[0]}, ":r": {"N": partition[1]}})) == in_partition(partition)
        client.delete_table(TableName=each)


def wait_until_done(describe, status):
    deadline = time.monotonic() + 60
    while describe()[status] == "IN_PROGRESS":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert describe()[status] == "COMPLETED", describe()
    return describe()


def test_contributors_to_them_are_told(client):
    name = make_table(client)
    client.update_contributor_insights(TableName=name, IndexName="by-match", ContributorInsightsAction="ENABLE")
    answer = client.describe_contributor_insights(TableName=name, IndexName="by-match")
    assert answer["ContributorInsightsStatus"] == "ENABLED"
    # Rules for partition keys and for sort keys too.
    assert [rule.split("-")[1] for rule in answer["ContributorInsightsRuleList"]] == ["PKC", "SKC", "PKT", "SKT"]
    client.delete_table(TableName=name)


def test_policies_see_the_leading_attribute(server, client, table):
    iam = server.client("iam")
    iam.create_user(UserName="leader")
    iam.put_user_policy(UserName="leader", PolicyName="items", PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "dynamodb:Query", "Resource": f"arn:aws:dynamodb:*:*:table/{table}/index/by-match",
                       "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["WINTER"]}}}]}))
    key = iam.create_access_key(UserName="leader")["AccessKey"]
    leader = server.client("dynamodb", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    assert ids(ask(leader, table, PARTITION)) == in_partition(PARTITIONS[0])
    with pytest.raises(ClientError) as refused:
        leader.query(TableName=table, IndexName="by-match", KeyConditionExpression=PARTITION,
                     ExpressionAttributeValues={":t": {"S": "WINTER1"}, ":r": {"N": "1"}})
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize("kind", ["Table", "GlobalTable"])
def test_stacks_make_and_change_them(server, client, name, kind):
    formation = server.client("cloudformation")

    def template(indexes):
        used = ["id", *dict.fromkeys(key["AttributeName"] for index in indexes for key in index["KeySchema"])]
        return json.dumps({"Resources": {"Matches": {"Type": f"AWS::DynamoDB::{kind}", "Properties": {
            "BillingMode": "PAY_PER_REQUEST", "AttributeDefinitions": definitions(used),
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "GlobalSecondaryIndexes": indexes,
            **({"Replicas": [{"Region": {"Ref": "AWS::Region"}}]} if kind == "GlobalTable" else {})}}},
            "Outputs": {"Matches": {"Value": {"Ref": "Matches"}}}})

    small = {**INDEX, "IndexName": "small", "KeySchema": INDEX["KeySchema"][:2]}
    formation.create_stack(StackName=name, TemplateBody=template([INDEX]))
    made = wait_for_stack(formation, name, "CREATE_COMPLETE")["Matches"]
    put_all(client, made)
    assert ids(ask(client, made, PARTITION)) == in_partition(PARTITIONS[0])
    formation.update_stack(StackName=name, TemplateBody=template([INDEX, small]))
    wait_for_stack(formation, name, "UPDATE_COMPLETE")
    schemas = {index["IndexName"]: index["KeySchema"] for index in client.describe_table(TableName=made)["Table"]["GlobalSecondaryIndexes"]}
    assert schemas == {"by-match": INDEX["KeySchema"], "small": small["KeySchema"]}
    found = client.query(TableName=made, IndexName="small", KeyConditionExpression=PARTITION,
                         ExpressionAttributeValues={":t": VALUES[":t"], ":r": VALUES[":r"]})
    # Those without a sort attribute of the other index are in this one.
    assert sorted(ids(found)) == sorted([*in_partition(PARTITIONS[0]), "without-2", "without-3", "without-4"])
    formation.update_stack(StackName=name, TemplateBody=template([small]))
    wait_for_stack(formation, name, "UPDATE_COMPLETE")
    assert [index["IndexName"] for index in client.describe_table(TableName=made)["Table"]["GlobalSecondaryIndexes"]] == ["small"]
    formation.delete_stack(StackName=name)


def test_the_most_attributes_there_can_be(client):
    kinds = {f"h{i}": "SNBS"[i] for i in range(4)} | {f"r{i}": "BNSN"[i] for i in range(4)}
    value = {"S": "s", "N": "3", "B": b"b"}
    schema = [{"AttributeName": name, "KeyType": "HASH" if name[0] == "h" else "RANGE"} for name in kinds]
    name = make_table(client, AttributeDefinitions=[{"AttributeName": a, "AttributeType": t} for a, t in {"id": "S", **kinds}.items()],
                      GlobalSecondaryIndexes=[{"IndexName": "all", "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}])
    item = {"id": {"S": "1"}, "more": {"S": "x"}, **{a: {t: value[t]} for a, t in kinds.items()}}
    client.put_item(TableName=name, Item=item)
    found = client.query(TableName=name, IndexName="all", KeyConditionExpression=" AND ".join(f"{a} = :{a}" for a in kinds),
                         ExpressionAttributeValues={f":{a}": item[a] for a in kinds})
    assert found["Items"] == [item]
    # The limits are of all sort attributes together.
    long = {**item, "r0": {"B": b"x" * 600}, "r2": {"S": "x" * 600}}
    assert refusal(client.put_item, TableName=name, Item=long) == (
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes")
    client.delete_table(TableName=name)
