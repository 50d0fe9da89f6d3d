"""Wrong types and nulls in each place of each input of the JSON protocols: whatever comes, an answer below 500 and a
server that lives."""
import copy
import json

import botocore.session
import pytest

from support.raw import Raw
from support.server import ROOT, Server

WRONG = [None, "23", 5, [None], {"a": None}]
DEEPEST = 5
# They wait for something.
WAITING = {"GetActivityTask", "ReceiveMessage", "StartLiveTail"}


def services():
    """Models by the folders whose operations.json says which operations there are."""
    session = botocore.session.get_session()
    for path in sorted((ROOT / "src" / "services").glob("*/operations.json")):
        described = json.loads(path.read_text())
        name = {"states": "stepfunctions"}.get(path.parent.name, described["model"])
        if name in session.get_available_services():
            model = session.get_service_model(name)
            if model.metadata["protocol"] == "json":
                yield pytest.param(model, sorted(set(described["operations"]) & set(model.operation_names) - WAITING), id=path.parent.name)


def places(shape, depth=DEEPEST, within=()):
    """Paths of member names, and of 0 for a list's element and "aaa" for a map's value."""
    if depth == 0 or within.count(shape.name) > 1:
        return
    inner = {"structure": lambda: shape.members.items(), "list": lambda: [(0, shape.member)],
             "map": lambda: [("aaa", shape.value)]}.get(shape.type_name, lambda: [])()
    for name, member in inner:
        yield [name]
        for rest in places(member, depth - 1, within + (shape.name,)):
            yield [name, *rest]


def least(shape, depth=0):
    """A value with what the shape requires."""
    kind = shape.type_name
    if kind == "structure":
        return {} if depth > DEEPEST else {name: least(member, depth + 1) for name, member in shape.members.items()
                                           if name in shape.required_members}
    if kind in ("list", "map"):
        inner = least(shape.member if kind == "list" else shape.value, depth + 1)
        return [inner] if kind == "list" else {"aaa": inner}
    return {"string": (getattr(shape, "enum", None) or ["aaa"])[0], "integer": 1, "long": 1, "float": 1.5, "double": 1.5,
            "boolean": True, "timestamp": 1_700_000_000}.get(kind, "YWFh")


def with_wrong(base, path, wrong):
    made = inside = copy.deepcopy(base)
    for name, following in zip(path, path[1:]):
        empty = [None] if following == 0 else {}
        if not isinstance(inside[name] if name == 0 else inside.get(name), type(empty)) or inside[name] == []:
            inside[name] = empty
        inside = inside[name]
    inside[path[-1]] = wrong
    return made


@pytest.mark.parametrize("model, operations", services())
def test_wrong_types_are_refused(model, operations):
    server = Server().start()
    try:
        raw = Raw(server.port)
        metadata = model.metadata
        scope = metadata.get("signingName", metadata["endpointPrefix"])
        for operation in operations:
            shape = model.operation_model(operation).input_shape
            for path in places(shape) if shape else ():
                for wrong in WRONG:
                    for base in ({}, least(shape)):
                        body = with_wrong(base, path, wrong)
                        status, answer = raw.json(scope, f"{metadata['targetPrefix']}.{operation}", body, metadata.get("jsonVersion", "1.0"))
                        assert status < 500 or status == 501, (operation, body, answer)
        raw.close()
    finally:
        server.remove()
