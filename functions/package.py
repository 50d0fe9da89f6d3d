#!/usr/bin/env python3
"""Makes a function's program ready for upload: a folder that runs on provided.al2023, here and on AWS.

usage: package.py PROGRAM FOLDER [--launcher PROGRAM] [--zip FILE]

A static program becomes FOLDER/bootstrap as it is. One that needs shared libraries becomes FOLDER/program, its loader and
libraries go to FOLDER/lib, and the launcher (functions/launcher.cpp, built static) is FOLDER/bootstrap and starts it with
them, so that nothing of the machine it runs on is used.
The certificates to trust go along as FOLDER/certificates.pem.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
def libraries(program: pathlib.Path) -> tuple[str, list[str]]:
    """The program's loader and its libraries; ("", []) for a static program."""
    headers = subprocess.run(["readelf", "-lW", str(program)], check=True, capture_output=True, text=True).stdout
    loader = re.search(r"program interpreter: ([^\]]+)", headers)
    if loader is None:
        return "", []
    found = []
    for line in subprocess.run(["ldd", str(program)], check=True, capture_output=True, text=True).stdout.splitlines():
        if "not found" in line:
            sys.exit(f"package.py: {line.strip()}")
        match = re.search(r"=> (/\S+)", line)
        if match:
            found.append(match.group(1))
    return loader.group(1), found


def copy(source: str, target: pathlib.Path, mode: int) -> None:
    shutil.copyfile(source, target)
    target.chmod(mode)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--launcher", type=pathlib.Path, help="what starts a program that needs shared libraries")
    parser.add_argument("--zip", type=pathlib.Path, help="also write this archive of the folder")
    options = parser.parse_args()

    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    loader, needed = libraries(options.program)
    if not loader:
        copy(str(options.program), options.folder / "bootstrap", 0o755)
    else:
        library_folder = options.folder / "lib"
        library_folder.mkdir()
        for path in needed:
            copy(path, library_folder / pathlib.Path(path).name, 0o644)
        copy(loader, library_folder / pathlib.Path(loader).name, 0o755)
        copy(str(options.program), options.folder / "program", 0o755)
        if options.launcher is None:
            sys.exit("package.py: the program needs shared libraries, so --launcher is needed too")
        copy(str(options.launcher), options.folder / "bootstrap", 0o755)
    certificates = next((path for path in CERTIFICATES if pathlib.Path(path).exists()), None)
    if certificates is None:
        sys.exit("package.py: there are no certificates on this machine (apt-get install ca-certificates)")
    copy(certificates, options.folder / "certificates.pem", 0o644)
    if options.zip:
        with zipfile.ZipFile(options.zip, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(options.folder.rglob("*")):
                archive.write(path, path.relative_to(options.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
