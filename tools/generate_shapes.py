#!/usr/bin/env python3
"""Writes C++ from AWS's published service models (the pinned botocore package's data).

  generate_shapes.py service OPERATIONS_JSON OUT   tables, structures and conversions of one service
  generate_shapes.py catalog OUT NAME...           the list of those services, and the names of all of AWS's services

A service's structures are written for the operations that its operations.json lists; its tables describe them all.
Files are rewritten only when their text changes. Fails on a constraint that RE2 cannot hold and that has no translation.
"""
import gzip
import json
import pathlib
import re
import sys

import shape_patterns

PARTS = 4  # Sources that the conversions of a service are spread over, so that none takes long to compile.
SCALARS = {
    "string": ("String", "std::string"),
    "character": ("String", "std::string"),
    "blob": ("Blob", "std::string"),
    "boolean": ("Boolean", "bool"),
    "integer": ("Integer", "std::int64_t"),
    "long": ("Long", "std::int64_t"),
    "float": ("Float", "double"),
    "double": ("Double", "double"),
    "timestamp": ("Timestamp", "base::Timestamp"),
}
# Operations that AWS lets every caller make.
NEED_NO_PERMISSION = {"sts:GetCallerIdentity", "sts:GetSessionToken", "sns:ConfirmSubscription"}
LOCATIONS = {"header": "Header", "headers": "Headers", "querystring": "QueryString", "uri": "Uri",
             "statusCode": "StatusCode"}
TIMESTAMPS = {"iso8601": "Iso8601", "unixTimestamp": "UnixTimestamp", "rfc822": "Rfc822"}


class GenerationError(Exception):
    pass


def models_folder() -> pathlib.Path:
    import botocore

    return pathlib.Path(botocore.__file__).parent / "data"


def model_path(name: str) -> pathlib.Path:
    versions = sorted(p for p in (models_folder() / name).iterdir() if (p / "service-2.json.gz").exists())
    if not versions:
        raise GenerationError(f"no service model {name}")
    return versions[-1]


def read_json(path: pathlib.Path):
    with gzip.open(path) as file:
        return json.load(file)


def write_if_changed(path: pathlib.Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def literal(text: str) -> str:
    """A C++ string literal; bytes outside of printable ASCII as octal escapes, which never swallow what follows."""
    out = []
    for byte in text.encode("utf-8"):
        char = chr(byte)
        if char in '"\\':
            out.append("\\" + char)
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"sv'


# Of several protocols of a service botocore's clients speak the first of these.
PROTOCOLS = ("json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "query", "ec2")


def protocol_of(metadata: dict) -> str:
    offered = metadata.get("protocols", [])
    protocol = next((name for name in PROTOCOLS if name in offered), metadata.get("protocol", "json"))
    if protocol == "json":
        return "Json11" if metadata.get("jsonVersion") == "1.1" else "Json10"
    names = {"query": "Query", "rest-json": "RestJson", "rest-xml": "RestXml", "ec2": "Ec2",
             "smithy-rpc-v2-cbor": "RestCbor"}
    return names[protocol]


class Fields:
    """Designated initialisers, in the order in which the structure declares them; defaults are left out."""

    def __init__(self):
        self.items = []

    def add(self, name, value, default=None):
        if value is not None and value != default:
            self.items.append(f".{name} = {value}")

    def text(self, name, value):
        if value:
            self.add(name, literal(value))

    def flag(self, name, value):
        if value:
            self.add(name, "true")

    def __str__(self):
        return "{" + ", ".join(self.items) + "}"


class Pool:
    """A constant array that spans point into."""

    def __init__(self, name: str, element: str):
        self.name, self.element, self.items, self.known = name, element, [], {}

    def span(self, items: list) -> str:
        if not items:
            return "{}"
        key = tuple(items)
        if key not in self.known:
            self.known[key] = len(self.items)
            self.items.extend(items)
        return f"{{{self.name} + {self.known[key]}, {len(items)}}}"

    def define(self) -> str:
        if not self.items:
            return ""
        rows = ",\n".join("  " + item for item in self.items)
        return f"constexpr {self.element} {self.name}[] = {{\n{rows}}};\n"


class Model:
    def __init__(self, operations_path: pathlib.Path):
        self.name = operations_path.parent.name
        self.facts = json.loads(operations_path.read_text())
        folder = model_path(self.facts["model"])
        self.raw = read_json(folder / "service-2.json.gz")
        self.metadata = self.raw["metadata"]
        self.shapes = self.raw["shapes"]
        self.operations = self.raw["operations"]
        paginators = folder / "paginators-1.json"
        packed = folder / "paginators-1.json.gz"
        if packed.exists():
            self.pagination = read_json(packed)["pagination"]
        elif paginators.exists():
            self.pagination = json.loads(paginators.read_text())["pagination"]
        else:
            self.pagination = {}
        self.names = sorted(self.shapes)
        self.index = {name: i for i, name in enumerate(self.names)}
        unknown = set(self.facts["operations"]) - set(self.operations)
        if unknown:
            raise GenerationError(f"{operations_path}: the model has no operation {', '.join(sorted(unknown))}")

    # Structures that the implemented operations reach, each after those that it holds by value.

    def is_document(self, name: str) -> bool:
        shape = self.shapes[name]
        return shape["type"] == "structure" and (shape.get("document") or shape.get("eventstream"))

    def reached(self) -> list:
        order, state = [], {}

        def visit(name):
            if state.get(name):
                return
            state[name] = "open"
            shape = self.shapes[name]
            for target in self.targets(shape):
                visit(target)
            state[name] = "done"
            if shape["type"] == "structure" and not self.is_document(name):
                order.append(name)

        for operation in sorted(self.facts["operations"]):
            for side in ("input", "output"):
                if side in self.operations[operation]:
                    visit(self.operations[operation][side]["shape"])
        return order

    @staticmethod
    def targets(shape: dict) -> list:
        if shape["type"] == "structure":
            return [] if shape.get("document") else [m["shape"] for m in shape["members"].values()]
        if shape["type"] == "list":
            return [shape["member"]["shape"]]
        if shape["type"] == "map":
            return [shape["key"]["shape"], shape["value"]["shape"]]
        return []


class Structures:
    """The header and the conversions."""

    def __init__(self, model: Model):
        self.model = model
        self.order = model.reached()
        self.place = {name: i for i, name in enumerate(self.order)}

    def type_of(self, shape_name: str) -> str:
        shape = self.model.shapes[shape_name]
        kind = shape["type"]
        if kind == "structure":
            return "base::Json" if self.model.is_document(shape_name) else shape_name
        if kind == "list":
            return f"std::vector<{self.type_of(shape['member']['shape'])}>"
        if kind == "map":
            return f"std::map<std::string, {self.type_of(shape['value']['shape'])}>"
        return SCALARS[kind][1]

    def member_type(self, owner: str, shape_name: str, required: bool) -> str:
        shape = self.model.shapes[shape_name]
        base = self.type_of(shape_name)
        if shape["type"] == "structure" and not self.model.is_document(shape_name):
            if self.place[shape_name] >= self.place[owner]:
                return f"Box<{base}>"  # It holds its owner in turn.
        return base if required else f"std::optional<{base}>"

    def header(self) -> str:
        model = self.model
        lines = [f"// API shapes of {model.metadata['serviceFullName']}. Generated by tools/generate_shapes.py.",
                 "#pragma once", "", "#include <cstdint>", "#include <map>", "#include <optional>", "#include <string>",
                 "#include <string_view>", "#include <vector>", "", '#include "base/json.h"', '#include "base/time.h"',
                 '#include "wire/shapes/box.h"', '#include "wire/shapes/from_json.h"', "",
                 f"namespace thimble::shapes::{model.name} {{", "", "using shapes::fromJson;", ""]
        lines += [f"struct {name};" for name in self.order] + [""]
        emptied = []
        for name in self.order:
            shape = model.shapes[name]
            lines.append(f"struct {name} {{")
            required = shape.get("required", [])
            for member, reference in shape["members"].items():
                declared = self.member_type(name, reference["shape"], member in required)
                default = "{}" if declared in ("bool", "std::int64_t", "double") else ""
                lines.append(f"  {declared} {member}_{default};")
            lines += ["};", ""]
        traits = []
        for operation in sorted(model.facts["operations"]):
            types = []
            for side, word in (("input", "Input"), ("output", "Output")):
                if side in model.operations[operation]:
                    types.append(model.operations[operation][side]["shape"])
                else:
                    name = operation + word
                    if name in self.place:
                        name = operation + "Empty" + word
                    emptied.append(name)
                    types.append(name)
            traits += [f"struct {operation} {{", f"  using Input = {types[0]};", f"  using Output = {types[1]};",
                       f'  static constexpr std::string_view kService = "{model.name}";',
                       f'  static constexpr std::string_view kName = "{operation}";', "};"]
        lines += [f"struct {name} {{}};" for name in emptied] + [""] + traits + [""]
        self.emptied = emptied
        names = self.order + emptied
        lines += [f"base::Json toJson(const {name}& value);" for name in names]
        lines += ["", f"}}  // namespace thimble::shapes::{model.name}", "", "namespace thimble::shapes {", ""]
        lines += [f"template <>\n{model.name}::{name} fromJson<{model.name}::{name}>(const base::Json& json);"
                  for name in names]
        lines += ["", "}  // namespace thimble::shapes", ""]
        return "\n".join(lines)

    def sources(self) -> list:
        model = self.model
        names = self.order + self.emptied
        share = (len(names) + PARTS - 1) // PARTS
        result = []
        for part in range(PARTS):
            mine = names[part * share:(part + 1) * share]
            lines = ["// Generated by tools/generate_shapes.py.", f'#include "wire/shapes/{model.name}.h"', "",
                     '#include "wire/shapes/convert.h"', "", f"namespace thimble::shapes::{model.name} {{", ""]
            bodies = []
            for name in mine:
                members = list(model.shapes[name]["members"]) if name in model.shapes and name in self.place else []
                parameter, source = ("value", "json") if members else ("", "")
                lines.append(f"base::Json toJson(const {name}& {parameter}) {{".replace("& )", "&)"))
                lines.append("  base::Json result = base::Json::object();")
                lines += [f'  convert::put(result, "{m}", value.{m}_);' for m in members]
                lines += ["  return result;", "}", ""]
                qualified = f"{model.name}::{name}"
                bodies.append(f"template <>\n{qualified} fromJson<{qualified}>(const base::Json& {source}) {{"
                              .replace("& )", "&)"))
                bodies.append(f"  {qualified} result;")
                bodies += [f'  convert::get(json, "{m}", result.{m}_);' for m in members]
                bodies += ["  return result;", "}", ""]
            lines += [f"}}  // namespace thimble::shapes::{model.name}", "", "namespace thimble::shapes {", ""]
            lines += bodies + ["}  // namespace thimble::shapes", ""]
            result.append("\n".join(lines))
        return result


class Tables:
    def __init__(self, model: Model):
        self.model = model
        self.strings = Pool("kStrings", "std::string_view")
        self.members = Pool("kMembers", "Member")
        self.references = Pool("kShapeReferences", "const Shape*")
        self.conditions = Pool("kConditionKeys", "ConditionKey")
        self.roles = Pool("kPassRoles", "PassRole")

    def strings_of(self, values) -> str:
        if isinstance(values, str):
            values = [values]
        return self.strings.span([literal(value) for value in values])

    def shape_pointer(self, name: str) -> str:
        return f"&kShapes[{self.model.index[name]}]"

    def member(self, name: str, reference: dict, required: bool) -> str:
        target = self.model.shapes[reference["shape"]]
        fields = Fields()
        fields.text("name", name)
        fields.text("location_name", reference.get("locationName") or target.get("locationName"))
        fields.add("shape", self.shape_pointer(reference["shape"]))
        namespace = reference.get("xmlNamespace") or target.get("xmlNamespace") or {}
        if isinstance(namespace, str):
            namespace = {"uri": namespace}
        fields.text("xml_namespace", namespace.get("uri"))
        fields.text("xml_prefix", namespace.get("prefix"))
        if "location" in reference:
            fields.add("location", "Location::" + LOCATIONS[reference["location"]])
        stamp = reference.get("timestampFormat") or target.get("timestampFormat")
        if stamp:
            fields.add("timestamp_format", "TimestampFormat::" + TIMESTAMPS[stamp])
        fields.flag("required", required)
        fields.flag("flattened", reference.get("flattened") or target.get("flattened"))
        fields.flag("xml_attribute", reference.get("xmlAttribute"))
        fields.flag("idempotency_token", reference.get("idempotencyToken"))
        fields.flag("streaming", reference.get("streaming") or target.get("streaming"))
        fields.flag("json_value", reference.get("jsonvalue") or target.get("jsonvalue"))
        fields.flag("event_payload", reference.get("eventpayload"))
        return str(fields)

    def shape(self, name: str) -> str:
        shape = self.model.shapes[name]
        kind = shape["type"]
        fields = Fields()
        fields.text("name", name)
        if kind == "structure":
            fields.add("kind", "ShapeKind::Document" if shape.get("document") else "ShapeKind::Structure")
            required = shape.get("required", [])
            rows = [self.member(m, r, m in required) for m, r in shape["members"].items()]
            fields.add("members", self.members.span(rows), "{}")
        elif kind in ("list", "map"):
            fields.add("kind", "ShapeKind::List" if kind == "list" else "ShapeKind::Map")
            element = ("member", shape["member"]) if kind == "list" else ("value", shape["value"])
            fields.add("element", self.members.span([self.member(*element, False)]).strip("{}").split(",")[0])
            if kind == "map":
                fields.add("key", self.members.span([self.member("key", shape["key"], False)]).strip("{}").split(",")[0])
        else:
            fields.add("kind", "ShapeKind::" + SCALARS[kind][0])
        if "enum" in shape:
            fields.add("enumeration", self.strings_of(shape["enum"]))
        if "pattern" in shape:
            translated = shape_patterns.translate(self.model.facts["model"], name, shape["pattern"],
                                                  shape.get("max"))
            fields.text("pattern", shape["pattern"])
            fields.text("pattern_re2", translated.re2)
            fields.text("forbidden_re2", translated.forbidden)
        fields.add("min", repr(float(shape["min"])) if "min" in shape else None)
        fields.add("max", repr(float(shape["max"])) if "max" in shape else None)
        fields.text("payload", shape.get("payload"))
        fields.text("location_name", shape.get("locationName"))
        namespace = shape.get("xmlNamespace")
        fields.text("xml_namespace", namespace.get("uri") if isinstance(namespace, dict) else namespace)
        if "timestampFormat" in shape:
            fields.add("timestamp_format", "TimestampFormat::" + TIMESTAMPS[shape["timestampFormat"]])
        fields.flag("flattened", shape.get("flattened"))
        fields.flag("event_stream", shape.get("eventstream"))
        fields.flag("event", shape.get("event"))
        fields.flag("union_type", shape.get("union"))
        fields.flag("sensitive", shape.get("sensitive"))
        if shape.get("exception"):
            error = shape.get("error", {})
            fields.flag("exception", True)
            fields.text("error_code", error.get("code") or name)
            fields.add("http_status", str(error.get("httpStatusCode") or (500 if shape.get("fault") else 400)))
        return str(fields)

    def pagination(self, name: str):
        row = self.model.pagination.get(name)
        if not row:
            return None
        fields = Fields()
        fields.add("input_tokens", self.strings_of(row["input_token"]), "{}")
        fields.add("output_tokens", self.strings_of(row["output_token"]), "{}")
        fields.add("result_keys", self.strings_of(row.get("result_key", [])), "{}")
        fields.text("limit_key", row.get("limit_key"))
        return f"Pagination{fields}"

    def authorisation(self, operation: str, facts: dict):
        known = {"action", "resources", "condition_keys", "passes_role", "authorised_by_handler", "validate",
                 "unvalidated", "output_root", "about"}
        if set(facts) - known:
            raise GenerationError(f"{self.model.name}: {operation}: unknown fact {sorted(set(facts) - known)}")
        if "action" not in facts:
            raise GenerationError(f"{self.model.name}: {operation} has no row of authorisation (\"action\")")
        fields = Fields()
        if not facts["action"] and f"{self.model.name}:{operation}" not in NEED_NO_PERMISSION:
            raise GenerationError(f"{self.model.name}: {operation} has an empty action: anyone might call it")
        fields.text("action", facts["action"])
        resources = facts.get("resources", "*")
        fields.add("resources", self.strings_of(resources), "{}")
        keys = [f"{{{literal(k)}, {literal(v)}}}" for k, v in facts.get("condition_keys", {}).items()]
        fields.add("condition_keys", self.conditions.span(keys), "{}")
        roles = [f"{{{literal(r['role'])}, {literal(r['service'])}}}" for r in facts.get("passes_role", [])]
        fields.add("passes_role", self.roles.span(roles), "{}")
        fields.flag("by_handler", facts.get("authorised_by_handler"))
        return str(fields)

    def operation(self, name: str) -> str:
        operation = self.model.operations[name]
        facts = self.model.facts["operations"].get(name)
        fields = Fields()
        fields.text("name", name)
        fields.add("service", "&kService")
        fields.text("method", operation["http"]["method"])
        fields.text("uri", operation["http"]["requestUri"])
        fields.add("response_code", str(operation["http"].get("responseCode", 200)), "200")
        if "input" in operation:
            fields.add("input", self.shape_pointer(operation["input"]["shape"]))
        if "output" in operation:
            fields.add("output", self.shape_pointer(operation["output"]["shape"]))
            fields.text("result_wrapper", operation["output"].get("resultWrapper"))
        if facts is not None:
            fields.text("output_root", facts.get("output_root"))
        if "input" in operation:
            fields.text("input_location_name", operation["input"].get("locationName"))
            fields.text("input_xml_namespace", operation["input"].get("xmlNamespace", {}).get("uri"))
        errors = [self.shape_pointer(error["shape"]) for error in operation.get("errors", [])]
        fields.add("errors", self.references.span(errors), "{}")
        fields.add("pagination", self.pagination(name))
        checksum = operation.get("httpChecksum", {})
        fields.text("checksum_algorithm_member", checksum.get("requestAlgorithmMember"))
        fields.flag("checksum_required", checksum.get("requestChecksumRequired"))
        fields.flag("unsigned_call", operation.get("authtype") == "none" or operation.get("auth") == ["smithy.api#noAuth"])
        fields.flag("unsigned_payload", operation.get("unsignedPayload"))
        if facts is not None:
            fields.flag("implemented", True)
            fields.add("validate", "false" if facts.get("validate") is False else None)
            fields.add("unvalidated_members", self.strings_of(facts.get("unvalidated", [])), "{}")
            fields.add("authorisation", self.authorisation(name, facts))
        return str(fields)

    def source(self) -> str:
        model, metadata = self.model, self.model.metadata
        shapes = ",\n".join("  " + self.shape(name) for name in model.names)
        operations = ",\n".join("  " + self.operation(name) for name in sorted(model.operations))
        service = Fields()
        service.text("name", model.name)
        service.text("model", model.facts["model"])
        service.text("service_id", metadata["serviceId"])
        service.text("full_name", metadata["serviceFullName"])
        service.text("endpoint_prefix", metadata["endpointPrefix"])
        service.text("signing_name", metadata.get("signingName", metadata["endpointPrefix"]))
        service.text("target_prefix", metadata.get("targetPrefix"))
        service.text("api_version", metadata["apiVersion"])
        service.text("xml_namespace", metadata.get("xmlNamespace"))
        service.text("error_namespace", model.facts.get("error_namespace"))
        service.add("protocol", "Protocol::" + protocol_of(metadata))
        style = dict(model.facts.get("validation", {}))
        validation = Fields()
        validation.text("code", style.pop("code", "ValidationError" if protocol_of(metadata) == "Query" else None))
        for flag in ("hides_values", "null_elements", "body_prefix"):
            validation.flag(flag, style.pop(flag, False))
        if style:
            raise GenerationError(f"{model.name}: unknown facts of validation: {', '.join(style)}")
        service.add("validation", str(validation), "{}")
        service.add("operations", "kOperations")
        pools = [self.strings, self.references, self.conditions, self.roles]
        return "\n".join([
            "// Generated by tools/generate_shapes.py.", '#include "wire/shapes/model.h"', "",
            f"namespace thimble::shapes::{model.name} {{", "namespace {", "using std::string_view_literals::operator\"\"sv;",
            f"extern const Shape kShapes[{len(model.names)}];", "}  // namespace", "extern const Service kService;",
            "namespace {", *[pool.define() for pool in pools], self.members.define(),
            f"constexpr Shape kShapes[{len(model.names)}] = {{\n{shapes}}};", "",
            f"constexpr Operation kOperations[] = {{\n{operations}}};", "}  // namespace", "",
            f"const Service kService = {service};", "", f"}}  // namespace thimble::shapes::{model.name}", ""])


def generate_service(operations_path: pathlib.Path, out: pathlib.Path) -> None:
    model = Model(operations_path)
    structures = Structures(model)
    folder = out / "wire" / "shapes"
    write_if_changed(folder / f"{model.name}.h", structures.header())
    for part, text in enumerate(structures.sources(), 1):
        write_if_changed(folder / f"{model.name}_{part}.cpp", text)
    write_if_changed(folder / f"{model.name}_tables.cpp", Tables(model).source())


def service_metadata(path: pathlib.Path) -> dict:
    """The metadata object, without reading the whole of the model where it stands at its beginning."""
    with gzip.open(path) as file:
        head = file.read(16384).decode("utf-8", "ignore")
    at = head.find('"metadata":')
    if at >= 0:
        try:
            return json.JSONDecoder().raw_decode(head, at + len('"metadata":'))[0]
        except json.JSONDecodeError:
            pass
    return read_json(path)["metadata"]


def generate_catalog(out: pathlib.Path, names: list) -> None:
    rows = []
    for folder in sorted(models_folder().iterdir()):
        if not folder.is_dir() or not any((p / "service-2.json.gz").exists() for p in folder.iterdir()):
            continue
        metadata = service_metadata(model_path(folder.name) / "service-2.json.gz")
        values = [folder.name, metadata.get("serviceId", ""), metadata.get("serviceFullName", ""),
                  metadata["endpointPrefix"], metadata.get("signingName", metadata["endpointPrefix"]),
                  metadata.get("targetPrefix", "")]
        rows.append("  {" + ", ".join(literal(v) for v in values) + f", Protocol::{protocol_of(metadata)}}}")
    lines = ["// Generated by tools/generate_shapes.py.", "#include <vector>", "", '#include "wire/shapes/model.h"', "",
             "namespace thimble::shapes {", ""]
    lines += [f"namespace {name} {{\nextern const Service kService;\n}}" for name in sorted(names)]
    pointers = ", ".join(f"&{name}::kService" for name in sorted(names))
    lines += ["", "namespace {", "using std::string_view_literals::operator\"\"sv;",
              f"const std::vector<const Service*>& tables() {{\n  static const std::vector<const Service*> all = "
              f"{{{pointers}}};\n  return all;\n}}",
              "constexpr ServiceName kNames[] = {\n" + ",\n".join(rows) + "};", "}  // namespace", "",
              "std::span<const Service* const> allServices() { return tables(); }",
              "std::span<const ServiceName> allServiceNames() { return kNames; }", "",
              "}  // namespace thimble::shapes", ""]
    write_if_changed(out / "wire" / "shapes" / "catalog.cpp", "\n".join(lines))


def main(arguments: list) -> int:
    try:
        if len(arguments) == 3 and arguments[0] == "service":
            generate_service(pathlib.Path(arguments[1]), pathlib.Path(arguments[2]))
        elif len(arguments) >= 2 and arguments[0] == "catalog":
            generate_catalog(pathlib.Path(arguments[1]), arguments[2:])
        else:
            print(__doc__, file=sys.stderr)
            return 2
    except (GenerationError, shape_patterns.PatternError) as error:
        print(f"generate_shapes.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
