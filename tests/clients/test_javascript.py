"""The AWS SDK for JavaScript v3, and the button's page in a browser. Packages: tests/clients/javascript."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from support.example import deploy_button, deploy_pipeline
from support.server import Server, ROOT
from support.workload import zipped

HERE = pathlib.Path(__file__).parent / "javascript"
BROWSER = os.environ.get("BROWSER") or shutil.which("chromium")
TEMPLATE = ROOT / "tests" / "clients" / "javascript" / "template.yaml"

pytestmark = pytest.mark.skipif(not (HERE / "node_modules").is_dir() or shutil.which("node") is None,
                                reason="./dev setup installs the JavaScript packages")


def node(server, script, *arguments):
    run = subprocess.run(["node", HERE / script, *map(str, arguments)], capture_output=True, text=True, timeout=180,
                         env=server.environment(AWS_REGION="eu-west-1", NODE_NO_WARNINGS="1"))
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(run.stdout)


def test_a_press_through_the_javascript_sdk(server, tmp_path, name):
    (tmp_path / "template.yaml").write_text(TEMPLATE.read_text())
    archive = zipped({"index.js": 'exports.handler = async event => { console.log("hello"); return {...event, seen: true}; };\n'})
    (tmp_path / "function.zip").write_bytes(archive)
    result = node(server, "press.mjs", tmp_path, name)
    assert result["same"] and result["checksum"]
    assert result["objects"] == [["function.zip", len(archive)], ["large ü/+&.bin", (5 << 20) + 3]]
    assert result["presigned"] == 200
    assert result["missing"] == [True, "NoSuchKey", 404]
    assert result["invoked"]["status"] == 200 and result["invoked"]["payload"] == {"a": 1, "seen": True}
    assert "hello" in result["invoked"]["log"]
    assert result["pressed"] == 200
    assert result["execution"] == {"status": "SUCCEEDED", "output": {"b": 2, "seen": True}, "isDate": True}
    assert result["history"] == ["ExecutionStarted", "TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted",
                                 "LambdaFunctionSucceeded", "TaskStateExited", "ExecutionSucceeded"]
    assert result["again"] == [True, "ExecutionAlreadyExists"]
    assert name not in [bucket["Name"] for bucket in server.client("s3").list_buckets()["Buckets"]]


def test_items_through_the_document_client(server, name):
    result = node(server, "documents.mjs", name)
    assert result["read"] == {"pk": "a", "sk": 1, "big": "12345678901234567890", "small": 1.5e-10, "texts": ["x", "y"], "numbers": [1, 2],
                              "bytes": [1, 255], "nothing": None, "deep": {"list": [1, "é", True, {"empty": [[]]}]}, "g": "G"}
    assert result["updated"] == {"n": 1, "numbers": [1, 2, 3], "texts": ["y"]}
    assert result["refused"] == {"name": "ConditionalCheckFailedException", "n": {"N": "1"}}
    assert result["queried"] == {"pages": 2, "items": list(range(60, 2, -1))}
    assert sorted(result["scanned"]["items"]) == list(range(41, 77)) and result["scanned"]["pages"] == 11
    assert result["cancelled"] == ["None", "ConditionalCheckFailed"]
    assert result["transacted"] == [{"TableName": name, "CapacityUnits": 4, "WriteCapacityUnits": 4},
                                    {"TableName": name, "CapacityUnits": 4, "ReadCapacityUnits": 4}]
    assert result["got"] == [{"Item": {"pk": "b", "sk": 2, "q": 1}}, {}]
    assert result["batch"] == [{"sk": 1}, {"sk": 2, "q": 1}]
    assert result["selected"] == [{"sk": 3}, {"sk": 2}, {"sk": 1}]


@pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")
def test_the_button_in_a_browser(tmp_path):
    server = Server(options=["--allow-address", "127.0.0.1"]).start()
    try:
        deploy_pipeline(server, tmp_path)
        deploy_button(server, tmp_path)
        screenshots = pathlib.Path(os.environ.get("THIMBLE_SCREENSHOTS", tmp_path))
        seen = node(server, "browser.mjs", f"http://localhost:{server.port}/_thimble/button/start-button", screenshots)
        for size, page in seen.items():
            assert page["problems"] == [], (size, page)
            assert page["before"] == "Press to start the pipeline.", (size, page)
            assert page["after"] == "The pipeline has been started.", (size, page)
            assert page["enabled"] and not page["overflow"], (size, page)
            assert page["box"]["width"] >= 120 and page["box"]["height"] >= 120, (size, page)
        executions = server.client("codepipeline").list_pipeline_executions(pipelineName="RestaurantService_pipeline")
        assert len(executions["pipelineExecutionSummaries"]) >= len(seen)
    finally:
        server.remove()
