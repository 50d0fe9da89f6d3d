"""The restaurant service in each of its languages, packaged and deployed as its template stands: every route, with each
of its answers."""
import json
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

from support import pipelines as p
from support.server import ROOT

REPOSITORY = ROOT / "examples" / "RestaurantService_repo"
LANGUAGES = {"cpp": ("app-sam.yaml", "restaurants-service"), "nodejs": ("app-sam-nodejs.yaml", "restaurants-service-nodejs"),
             "python": ("app-sam-python.yaml", "restaurants-service-python")}


def ask(url, method="GET", body=None):
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, data=data), timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture(scope="module", params=LANGUAGES)
def service(request, server, tmp_path_factory):
    """(the address of a deployed stage, its stack)"""
    template, code = LANGUAGES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copy(REPOSITORY / template, folder)
    shutil.copytree(REPOSITORY / code, folder / code)
    if request.param == "cpp" and not (folder / code / "build" / "bootstrap").exists():
        pytest.fail("the example's functions are not built: ./dev functions")
    if request.param == "nodejs":
        # As the buildspec does. Without a registry there is nothing to deploy.
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder / code, capture_output=True,
                              text=True, timeout=300)
        if done.returncode != 0:
            pytest.skip("npm ci: " + done.stderr[-300:])
    stack, bucket = f"restaurants-{request.param}", p.bucket(server, f"restaurants-{request.param}")
    server.aws("cloudformation", "package", "--template-file", folder / template, "--s3-bucket", bucket,
               "--output-template-file", folder / "packaged.yaml")
    server.aws("cloudformation", "deploy", "--template-file", folder / "packaged.yaml", "--stack-name", stack,
               "--parameter-overrides", "Stage=Test", "--capabilities", "CAPABILITY_IAM")
    outputs = server.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {each["OutputKey"]: each["OutputValue"] for each in outputs}["ApiUrl"], stack


MARIO = {"id": "pizza-da-mario", "name": "Pizza da Mario", "address": "Via 1"}
MENU = "/restaurants/pizza-da-mario/menu"
# In this order: method, path, body, status, the answer's JSON (of an error: its code).
CALLS = [
    ("GET", "/restaurants", None, 200, {"restaurants": []}),
    ("POST", "/restaurants", {"name": "Pizza da Mario", "address": "Via 1"}, 201, MARIO),
    ("POST", "/restaurants", {"name": "Pizza da Mario"}, 409, "AlreadyExists"),
    ("POST", "/restaurants", {"name": "Other", "id": "own-id"}, 201, {"id": "own-id", "name": "Other"}),
    ("POST", "/restaurants", {"name": "Other", "id": "No Id!"}, 400, "BadRequest"),
    ("POST", "/restaurants", {"name": 7}, 400, "BadRequest"),
    ("POST", "/restaurants", {"name": ""}, 400, "BadRequest"),
    ("POST", "/restaurants", {"name": "x" * 401}, 400, "BadRequest"),
    ("POST", "/restaurants", {"address": "Via 1"}, 400, "BadRequest"),
    ("POST", "/restaurants", {"name": "A", "stars": 3}, 400, "BadRequest"),
    ("POST", "/restaurants", b"{", 400, "BadRequest"),
    ("POST", "/restaurants", b"[]", 400, "BadRequest"),
    ("GET", "/restaurants/pizza-da-mario", None, 200, MARIO),
    ("GET", "/restaurants/nobody", None, 404, "NotFound"),
    ("GET", MENU, None, 200, {"menu": []}),
    ("POST", MENU, {"item": "Margherita", "price": 7.5, "description": "red"}, 201,
     {"restaurant_id": "pizza-da-mario", "item": "Margherita", "price": 7.5, "description": "red"}),
    ("POST", MENU, {"item": "Aqua", "price": 0}, 201, {"restaurant_id": "pizza-da-mario", "item": "Aqua", "price": 0}),
    ("POST", MENU, {"item": "Calzone", "price": "7"}, 400, "BadRequest"),
    ("POST", MENU, {"item": "Calzone", "price": -1}, 400, "BadRequest"),
    ("POST", MENU, {"price": 7}, 400, "BadRequest"),
    ("POST", "/restaurants/nobody/menu", {"item": "Calzone", "price": 7}, 404, "NotFound"),
    ("GET", MENU, None, 200, {"menu": [{"restaurant_id": "pizza-da-mario", "item": "Aqua", "price": 0},
                                       {"restaurant_id": "pizza-da-mario", "item": "Margherita", "price": 7.5, "description": "red"}]}),
    ("GET", "/restaurants/nobody/menu", None, 404, "NotFound"),
    ("GET", MENU + "/Margherita", None, 200,
     {"restaurant_id": "pizza-da-mario", "item": "Margherita", "price": 7.5, "description": "red"}),
    ("GET", MENU + "/Calzone", None, 404, "NotFound"),
    ("PUT", "/restaurants", {"name": "A"}, 405, "MethodNotAllowed"),
    ("DELETE", "/restaurants/pizza-da-mario", None, 405, "MethodNotAllowed"),
    ("POST", MENU + "/Margherita", {"price": 1}, 405, "MethodNotAllowed"),
    ("GET", "/elsewhere", None, 404, "NotFound"),
    ("GET", "/restaurants/pizza-da-mario/owner", None, 404, "NotFound"),
    ("GET", MENU + "/Margherita/more", None, 404, "NotFound"),
]


def test_every_route(server, service):
    url, stack = service
    for method, path, body, status, expected in CALLS:
        found, answer = ask(url + path, method, body)
        assert found == status, (method, path, body, answer)
        if status >= 400:
            assert answer["error"] == expected and answer["message"], (method, path, body, answer)
        else:
            assert answer == expected, (method, path, body)
    assert sorted(each["id"] for each in ask(url + "/restaurants")[1]["restaurants"]) == ["own-id", "pizza-da-mario"]
    # A table that cannot be used is the service's failure, and is not told in detail.
    resources = server.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    table = next(each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"] == "MenuTable")
    server.client("dynamodb").delete_table(TableName=table)
    status, answer = ask(url + MENU)
    assert (status, answer["error"]) == (500, "InternalError") and table not in answer["message"]
