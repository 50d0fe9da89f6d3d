#!/usr/bin/env python3
"""Makes a folder of sources with which a repository builds its Lambda functions in C++ on any machine.

usage: source_bundle.py FOLDER --include FOLDER... --source FILE... --file FILE...

Each source, and each header that it includes from one of the include folders, is copied to the place under FOLDER that its
name there says; files (the build rules and tools) are copied beside them. A file whose text is the same is left as it is.
"""
import argparse
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--include", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--source", type=pathlib.Path, nargs="+", required=True)
    parser.add_argument("--file", type=pathlib.Path, nargs="+", default=[])
    options = parser.parse_args()

    def name_of(path: pathlib.Path) -> pathlib.Path:
        roots = [root for root in options.include if path.is_relative_to(root)]
        if roots:  # The innermost: one include folder may hold another.
            return path.relative_to(max(roots, key=lambda root: len(root.parts)))
        sys.exit(f"source_bundle.py: {path} is in none of the include folders")

    def found(name: str, beside: pathlib.Path) -> pathlib.Path:
        for root in [beside, *options.include]:
            if (root / name).is_file():
                return root / name
        sys.exit(f"source_bundle.py: {name} is nowhere")

    wanted: dict[pathlib.Path, pathlib.Path] = {}
    waiting = list(options.source)
    while waiting:
        path = waiting.pop()
        name = name_of(path)
        if name in wanted:
            continue
        wanted[name] = path
        waiting += [found(include, path.parent) for include in INCLUDE.findall(path.read_text())]
    for path in options.file:
        wanted[pathlib.Path(path.name)] = path

    for name, path in wanted.items():
        target = options.folder / name
        text = path.read_bytes()
        if not target.is_file() or target.read_bytes() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
    for old in [path for path in options.folder.rglob("*") if path.is_file()]:
        if old.relative_to(options.folder) not in wanted:
            old.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
