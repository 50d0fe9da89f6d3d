"""The laws that every execution's history keeps (AWS Step Functions, GetExecutionHistory)."""

TERMINAL = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}


def broken_laws(events, ended=True):
    """What is wrong with a history given in ascending order; an empty list when nothing is."""
    wrong = []
    if [event["id"] for event in events] != list(range(1, len(events) + 1)):
        wrong.append("ids are not 1..N without gaps")
    for event in events:
        if not 0 <= event.get("previousEventId", 0) < event["id"]:
            wrong.append(f"event {event['id']} follows {event.get('previousEventId')}")
    for before, after in zip(events, events[1:]):
        if after["timestamp"] < before["timestamp"]:
            wrong.append(f"event {after['id']} is earlier than {before['id']}")
    if events and events[0]["type"] != "ExecutionStarted":
        wrong.append("the first event is " + events[0]["type"])
    terminal = [event["id"] for event in events if event["type"] in TERMINAL]
    if ended and (len(terminal) != 1 or terminal[0] != len(events)):
        wrong.append(f"terminal events at {terminal} of {len(events)}")
    if not ended and terminal:
        wrong.append("a running execution has a terminal event")
    return wrong


def whole_history(client, execution_arn):
    events = []
    for page in client.get_paginator("get_execution_history").paginate(executionArn=execution_arn):
        events += page["events"]
    return events
