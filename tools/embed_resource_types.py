#!/usr/bin/env python3
"""Writes CloudFormation's resource type files as one C++ source, JSON checked and without its blanks.
Usage: embed_resource_types.py OUTPUT FILE..."""
import json
import pathlib
import sys


def main() -> int:
    output, *files = map(pathlib.Path, sys.argv[1:])
    lines = ['#include "services/cloudformation/resources/resource_type.h"', "", "namespace thimble::services::cloudformation {",
             "", "const std::vector<std::string_view>& resourceTypeFiles() {",
             "  static const std::vector<std::string_view> kFiles = {"]
    for path in sorted(files):
        try:
            value = json.loads(path.read_text())
        except ValueError as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 1
        expected = f"AWS::.*::{path.stem}"
        if value.get("type", "").rsplit("::", 1)[-1] != path.stem:
            print(f"{path}: its type is {value.get('type')}, not {expected}", file=sys.stderr)
            return 1
        lines.append(f'      R"~~~~({json.dumps(value, separators=(",", ":"))})~~~~",')
    lines += ["  };", "  return kFiles;", "}", "", "}  // namespace thimble::services::cloudformation", ""]
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
