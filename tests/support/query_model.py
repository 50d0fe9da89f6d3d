"""The model of Amazon SQS in the query protocol, which clients spoke before AWS moved it to JSON.

Today's botocore has the JSON model only. The names that the query protocol had besides are those of
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
"""
import json
import pathlib

import botocore.loaders

MAPS = {"QueueAttributeMap": "Attribute", "MessageSystemAttributeMap": "Attribute", "TagMap": "Tag",
        "MessageBodyAttributeMap": "MessageAttribute", "MessageBodySystemAttributeMap": "MessageSystemAttribute"}
LISTS = {"StringList": "StringListValue", "BinaryList": "BinaryListValue",
         "MessageSystemAttributeList": "MessageSystemAttributeName"}


def query_model():
    model = botocore.loaders.Loader().load_service_model("sqs", "service-2")
    metadata = {key: value for key, value in model["metadata"].items()
                if key not in ("awsQueryCompatible", "jsonVersion", "targetPrefix")}
    metadata.update(protocol="query", protocols=["query"], xmlNamespace="http://queue.amazonaws.com/doc/2012-11-05/")
    shapes = {}
    for name, shape in model["shapes"].items():
        shape = json.loads(json.dumps(shape))
        if shape["type"] == "map":
            shape["key"]["locationName"] = "Key" if name == "TagMap" else "Name"
            shape["value"]["locationName"] = "Value"
        elif shape["type"] == "list":
            shape["member"]["locationName"] = LISTS.get(name, name.removesuffix("List"))
        for member in shape.get("members", {}).values():
            if member["shape"] in MAPS:
                member["locationName"] = MAPS[member["shape"]]
        shapes[name] = shape
    operations = json.loads(json.dumps(model["operations"]))
    for name, operation in operations.items():
        if "output" in operation:
            operation["output"]["resultWrapper"] = name + "Result"
    return {**model, "metadata": metadata, "shapes": shapes, "operations": operations}


def write_query_model(folder, service):
    """Writes it where a botocore loader that searches the folder finds it as `service`."""
    place = pathlib.Path(folder) / service / "2012-11-05"
    place.mkdir(parents=True)
    (place / "service-2.json").write_text(json.dumps(query_model()))
