"""Instances that are started ahead of need end with the server, as all others do, and a server without functions has none."""
import io
import os
import time
import zipfile

from support.pipelines import role
from support.server import Server


def commands_below(folder):
    """The processes that see a folder of this server's."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file, open(f"/proc/{process}/mountinfo") as mounts:
                if b"bootstrap" in (command := file.read()) and str(folder) in mounts.read():
                    found.append(command.split(b"\0")[0].decode())
        except OSError:
            pass
    return found


def wait_for(check, seconds=20):
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


def create(server, role, name, runtime, file, code):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(file, code)
    client = server.client("lambda")
    client.create_function(FunctionName=name, Runtime=runtime, Role=role, Handler="index.handler",
                           Code={"ZipFile": data.getvalue()}, MemorySize=256)
    client.get_waiter("function_active_v2").wait(FunctionName=name)


def test_no_spare_survives_a_killed_server():
    server = Server().start()
    try:
        data = os.path.basename(str(server.data))
        server.client("lambda").list_functions()
        assert commands_below(data) == []
        made = role(server, "spares", "lambda")
        create(server, made, "python", "python3.12", "index.py", "def handler(event, context):\n    return 1\n")
        create(server, made, "node", "nodejs20.x", "index.js", "exports.handler = async () => 2;")
        wait_for(lambda: len(commands_below(data)) == 2)
        # One that has become a function's, and the next that waits.
        assert server.client("lambda").invoke(FunctionName="python")["Payload"].read() == b"1"
        assert server.client("lambda").invoke(FunctionName="node")["Payload"].read() == b"2"
        wait_for(lambda: len(commands_below(data)) == 4)
        server.kill()
        wait_for(lambda: commands_below(data) == [])
        # None before the first use.
        server.start()
        assert commands_below(data) == []
        assert server.client("lambda").invoke(FunctionName="node")["Payload"].read() == b"2"
        wait_for(lambda: len(commands_below(data)) == 2)
        server.stop()
        assert commands_below(data) == []
    finally:
        server.remove()
