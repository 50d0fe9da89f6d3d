"""Queries of CloudWatch Logs Insights."""
import time

import pytest
from botocore.exceptions import ClientError


def test_a_query_finds_what_it_asks_for(server, name):
    logs = server.client("logs")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=[
        {"timestamp": now + number, "message": '{"level": "%s", "took": %d}' % (level, number)}
        for number, level in enumerate(["info", "error", "info", "error"])])

    def ask(text):
        query = logs.start_query(logGroupName=name, startTime=now // 1000 - 60, endTime=now // 1000 + 60,
                                 queryString=text)["queryId"]
        answer = logs.get_query_results(queryId=query)
        assert answer["status"] == "Complete"
        return [{cell["field"]: cell["value"] for cell in row if cell["field"] != "@ptr"} for row in answer["results"]]

    assert ask("fields took | filter level = 'error' | sort took asc") == [{"took": "1"}, {"took": "3"}]
    assert ask("stats count(*) as n by level | sort level") == [{"level": "error", "n": "2"}, {"level": "info", "n": "2"}]
    assert [row["@logStream"] for row in ask("fields @timestamp, @logStream | limit 1")] == ["s"]
    shown = logs.describe_queries(logGroupName=name, status="Complete")["queries"]
    assert len(shown) == 3 and all(each["queryString"].startswith(f'SOURCE "{name}" START=') for each in shown)
    assert logs.describe_queries(logGroupName=name, status="Running")["queries"] == []
    for text, code in [("fields @message | dedup @message", "NotImplemented"), ("filter", "MalformedQueryException")]:
        with pytest.raises(ClientError) as error:
            ask(text)
        assert error.value.response["Error"]["Code"] == code


def test_definitions_of_queries_are_kept(server, name):
    logs = server.client("logs")
    made = [logs.put_query_definition(name=f"{name}/{end}", queryString="fields @message", logGroupNames=[end])
            ["queryDefinitionId"] for end in "ab"]
    logs.put_query_definition(name=f"{name}/c", queryString="fields level", queryDefinitionId=made[1])
    shown = logs.describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"]
    assert {each["name"]: (each["queryString"], each["logGroupNames"]) for each in shown} == {
        f"{name}/a": ("fields @message", ["a"]), f"{name}/c": ("fields level", [])}
    assert logs.delete_query_definition(queryDefinitionId=made[0])["success"]
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_query_definition(queryDefinitionId=made[0])


@pytest.mark.parametrize("pattern, messages, expected", [
    ("[ip, ..., status = 4*, size]", ["127.0.0.1 - [10/Oct/2000] \"GET /\" 404 1534", "::1 - 200 1"],
     [(1, {"$ip": "127.0.0.1", "$2": "-", "$3": "10/Oct/2000", "$4": "GET /", "$status": "404", "$size": "1534"})]),
    ("{ $.a[0].b = 1 || $.c EXISTS }", ['{"a": [{"b": 1}]}', '{"a": 1}', '{"c": {"d": 2}}'],
     [(1, {"$.a[0].b": "1"}), (3, {"$.c": '{"d":2}'})]),
    ("ERROR -debug", ["ERROR debug", "an ERROR"], [(2, {})])])
def test_a_filter_pattern_is_tried(server, pattern, messages, expected):
    matches = server.client("logs").test_metric_filter(filterPattern=pattern, logEventMessages=messages)["matches"]
    assert [(match["eventNumber"], match["extractedValues"]) for match in matches] == expected


def test_a_protected_group_stays(server, name):
    logs = server.client("logs")
    logs.create_log_group(logGroupName=name)
    logs.put_log_group_deletion_protection(logGroupIdentifier=name, deletionProtectionEnabled=True)
    with pytest.raises(ClientError, match="deletion protection is enabled"):
        logs.delete_log_group(logGroupName=name)
    logs.put_log_group_deletion_protection(logGroupIdentifier=name, deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName=name)
