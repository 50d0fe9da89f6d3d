"""A start that loads and keeps little, whatever services there are."""
import pathlib
import subprocess
import time

from support.server import PROGRAM

# With their own dependencies these would cost more than all the rest of a start; they come with the first need, or never.
HEAVY = ("libcurl", "libgnutls", "libldap", "libkrb5", "libicu", "libxml2", "libgit2", "librocksdb", "libprotobuf")
IDLE_MEBIBYTES = 20


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the server is gone")


def test_what_a_start_loads_and_keeps(own_server):
    own_server.start()
    pid = own_server.process.pid
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text()
    assert [name for name in HEAVY if f"/{name}" in maps] == []
    deadline = time.monotonic() + 20
    while (memory := resident(pid)) > IDLE_MEBIBYTES and time.monotonic() < deadline:
        time.sleep(0.2)
    assert memory <= IDLE_MEBIBYTES


def test_the_program_needs_the_c_library_alone():
    needed = subprocess.run(["ldd", str(PROGRAM)], capture_output=True, text=True, check=True).stdout
    names = {line.split()[0].rsplit("/", 1)[-1].split(".so")[0] for line in needed.splitlines()}
    assert names <= {"linux-vdso", "libc", "libm", "libstdc++", "libgcc_s", "ld-linux-x86-64"}, names
