"""Functions whose instances were started ahead of need act as themselves: their role, variables, layers, versions."""
import io
import json
import zipfile

import pytest

from support.pipelines import role

PYTHON = """
import boto3, json, os, sys
import greeting

def handler(event, context):
    with open('/proc/self/environ') as file: spare = '_HANDLER=' not in file.read()
    try: buckets = len(boto3.client('s3').list_buckets()['Buckets']) >= 0
    except Exception as error: buckets = type(error).__name__
    return {'spare': spare, 'buckets': buckets, 'who': boto3.client('sts').get_caller_identity()['Arn'].split('/')[1:],
            'greeting': greeting.TEXT + os.environ['NAME'], 'version': context.function_version}
"""
NODE = """
const fs = require('fs');
exports.handler = async (event, context) => ({
  spare: !fs.readFileSync('/proc/self/environ').includes('_HANDLER='), greeting: require('greeting').TEXT + process.env.NAME,
  version: context.functionVersion, who: process.env.AWS_SESSION_TOKEN !== undefined,
});
"""


def packed(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_py", ".py").replace("_js", ".js"), text)
    return data.getvalue()


def from_a_spare(client, name, code):
    """The answer of the first instance that was a spare; each attempt has an instance of its own."""
    for attempt in range(40):
        answer = json.load(client.invoke(FunctionName=name)["Payload"])
        if answer.get("spare") is not False:
            return answer
        client.update_function_code(FunctionName=name, ZipFile=code)
    raise AssertionError("no instance was made out of a spare")


@pytest.mark.parametrize("language", ["python", "node"])
def test_they_have_their_own_role_variables_and_layers(server, name, language):
    client = server.client("lambda")
    if language == "python":
        runtime, code = "python3.12", packed(index_py=PYTHON)
        layer = packed(python__greeting_py="TEXT = 'hello '\n")
    else:
        runtime, code = "nodejs20.x", packed(index_js=NODE)
        layer = packed(nodejs__node_modules__greeting__index_js="exports.TEXT = 'hello ';\n")
    layer = client.publish_layer_version(LayerName=name, Content={"ZipFile": layer})["LayerVersionArn"]
    for number, actions in enumerate(["s3:*", "sqs:*"]):
        function = f"{name}-{number}"
        arn = role(server, function, "lambda", actions)
        client.create_function(FunctionName=function, Runtime=runtime, Role=arn, Handler="index.handler", Code={"ZipFile": code},
                               Layers=[layer], Environment={"Variables": {"NAME": f"function {number}"}}, Timeout=30,
                               MemorySize=256 + number)
        client.get_waiter("function_active_v2").wait(FunctionName=function)
        answer = from_a_spare(client, function, code)
        assert answer["spare"] is True, answer
        assert answer["greeting"] == f"hello function {number}" and answer["version"] == "$LATEST"
        if language == "python":
            assert answer["who"] == [function, function]
            assert answer["buckets"] == ([True, "ClientError"][number])
        else:
            assert answer["who"] is True
