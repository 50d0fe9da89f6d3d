#!/usr/bin/env python3
"""Checks that each folder under src/ includes only the folders that ARCHITECTURE.md allows it, so that the picture of
the architecture cannot drift from the code. Usage: check_includes.py SOURCE_ROOT"""
import pathlib
import re
import sys

# Folder -> the folders whose headers it may include, itself aside. The longest matching prefix of a file's folder counts.
SHAPES = "wire/shapes"
ALLOWED = {
    "base": [],
    "platform": ["base"],
    "store": ["base", "platform"],
    "sandbox": ["base", "platform"],
    "lang": ["base"],
    "wire/shapes": ["base"],
    "wire": ["base", "platform"],
    "dispatch": ["base", "platform", "store", "lang/policy", SHAPES],
    "services": ["base", "platform", "store", "sandbox", "lang", "wire", "dispatch"],
    "app": ["base", "platform", "store", "sandbox", "lang", "wire", "dispatch", "services"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def within(folder: str, prefix: str) -> bool:
    return folder == prefix or folder.startswith(prefix + "/")


def room(folder: str) -> str:
    """The part of the house whose inner includes are free: a service or a language is a room of its own."""
    parts = folder.split("/")
    return "/".join(parts[:2]) if parts[0] in ("services", "lang") else parts[0]


def main() -> int:
    source = pathlib.Path(sys.argv[1]) / "src"
    problems = []
    for path in sorted(source.rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        folder = path.parent.relative_to(source).as_posix()
        rule = max((p for p in ALLOWED if within(folder, p)), key=len, default=None)
        if rule is None:
            problems.append(f"{path}: no rule for this folder")
            continue
        for target in INCLUDE.findall(path.read_text()):
            target_folder = target.rsplit("/", 1)[0] if "/" in target else ""
            if not target_folder:
                problems.append(f'{path}: "{target}" is not written from src/')
                continue
            if folder.startswith("wire/shapes"):
                allowed = within(target_folder, SHAPES) or within(target_folder, "base")
            else:
                allowed = room(target_folder) == room(folder) or any(within(target_folder, p) for p in ALLOWED[rule])
                if rule == "lang" and target_folder.startswith("lang/"):
                    allowed = True  # A language may build on another (ASL on JSONPath); cycles fail to link.
            if not allowed:
                problems.append(f'{path}: {folder}/ may not include "{target}"')
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
