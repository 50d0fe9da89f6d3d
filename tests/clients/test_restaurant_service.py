"""From git push to production: the example's pipeline, pushed to with git, approved, and its stages asked as a user would."""
import json
import urllib.error
import urllib.request

import pytest

from support import restaurant
from support.pipeline import action_states, newest_execution, until

SERVICE = "JourneyService"  # Other tests have a pipeline of the example's own name.
PIPELINE = f"{SERVICE}_pipeline"

def outputs(server, stack):
    described = server.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def ask(url, method="GET", body=None):
    request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture(scope="module")
def deployed(server):
    if not restaurant.functions_are_built():
        pytest.fail("the example's functions are not built: ./dev functions")
    return restaurant.deploy(server, SERVICE, "restaurant-pipeline")


@pytest.fixture(scope="module")
def clone(server, deployed, tmp_path_factory):
    clone = restaurant.Clone(server, tmp_path_factory.mktemp("clones") / "repository", f"{SERVICE}_repo")
    clone.add_example("app-sam.yaml", "app-sam-python.yaml", "test-sam.yaml", "restaurants-service", "restaurants-service-tests",
                      "restaurants-service-python")
    return clone


def finished(codepipeline, commit):
    """The newest execution once it has succeeded with this commit, else None."""
    newest = newest_execution(codepipeline, PIPELINE)
    if newest is None or newest["status"] != "Succeeded":
        return None
    return newest if newest["sourceRevisions"][0]["revisionId"] == commit else None


def test_a_push_goes_to_production(server, deployed, clone):
    codepipeline = server.client("codepipeline")
    clone.build_from("app-sam.yaml")
    commit = restaurant.push(clone, "The service in C++", codepipeline, PIPELINE)
    restaurant.approve(codepipeline, PIPELINE)
    execution = until(codepipeline, PIPELINE, lambda: finished(codepipeline, commit))
    assert execution["sourceRevisions"][0]["revisionSummary"].startswith("The service in C++")
    assert {status["status"] for status in action_states(codepipeline, PIPELINE).values()} == {"Succeeded"}
    for stage in ("Beta", "Gamma", "Prod"):
        url = outputs(server, f"{SERVICE}-{stage}")["ApiUrl"] + "/restaurants"
        status, listed = ask(url)
        # Beta and Gamma have what their tests have left; nothing of it is in Prod.
        assert status == 200 and bool(listed["restaurants"]) == (stage != "Prod")
    assert ask(url, "POST", {"name": "Pizza da Mario"}) == (201, {"id": "pizza-da-mario", "name": "Pizza da Mario"})
    assert ask(url + "/pizza-da-mario/menu", "POST", {"item": "Margherita", "price": 7.5})[0] == 201
    assert ask(url + "/pizza-da-mario/menu/Margherita")[1]["price"] == 7.5
    assert ask(url + "/nobody")[0] == 404


def test_another_language_replaces_the_service_and_keeps_its_data(server, deployed, clone):
    codepipeline = server.client("codepipeline")
    clone.build_from("app-sam-python.yaml")
    commit = restaurant.push(clone, "The service in Python", codepipeline, PIPELINE)
    restaurant.approve(codepipeline, PIPELINE)
    until(codepipeline, PIPELINE, lambda: finished(codepipeline, commit))
    url = outputs(server, f"{SERVICE}-Prod")["ApiUrl"] + "/restaurants"
    assert ask(url + "/pizza-da-mario")[1]["name"] == "Pizza da Mario"
    assert ask(url, "POST", {"name": 7})[0] == 400


def test_a_broken_service_stops_before_production(server, deployed, clone):
    codepipeline = server.client("codepipeline")
    service = clone.folder / "restaurants-service-python" / "service.py"
    service.write_text(service.read_text().replace("return 201, item", "return 200, item"))
    restaurant.push(clone, "A wrong status", codepipeline, PIPELINE)
    until(codepipeline, PIPELINE, lambda: newest_execution(codepipeline, PIPELINE)["status"] == "Failed", may_fail=True)
    tests = action_states(codepipeline, PIPELINE)["Beta/IntegrationTests"]
    assert tests["status"] == "Failed"
    assert "/menu should answer 201, but answered 200" in tests["errorDetails"]["message"]
    url = outputs(server, f"{SERVICE}-Prod")["ApiUrl"] + "/restaurants"
    assert ask(url + "/pizza-da-mario/menu", "POST", {"item": "Marinara", "price": 6})[0] == 201
