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
