#!/usr/bin/env python3
"""Writes a C++ source that holds a file as a std::string_view constant: policy_templates.json becomes
kPolicyTemplatesJson. Usage: embed_text.py FILE NAMESPACE OUTPUT"""
import pathlib
import re
import sys

CHUNK = 8000  # Characters a string literal; compilers limit their length.


def main() -> None:
    source, namespace, output = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
    name = "k" + "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]+", source.name))
    text = source.read_text()
    assert ')embedded"' not in text
    pieces = "\n".join(f'R"embedded({text[at:at + CHUNK]})embedded"' for at in range(0, len(text), CHUNK)) or '""'
    output.write_text(
        f"// Made from {source.name}.\n#include <string_view>\n\nnamespace {namespace} {{\n\n"
        f"extern const std::string_view {name};\nconst std::string_view {name} =\n{pieces};\n\n}}  // namespace {namespace}\n")


if __name__ == "__main__":
    main()
