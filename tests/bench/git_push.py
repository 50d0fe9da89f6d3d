#!/usr/bin/env python3
"""Pushes and clones a large repository: to Thimble, and to git http-backend behind a small CGI server.

  git_push.py THIMBLE_PROGRAM [MEGABYTES]
"""
import http.server
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
os.environ["THIMBLE_PROGRAM"] = sys.argv[1]

from support.git import address, environment, git  # noqa: E402
from support.server import Server  # noqa: E402

RUNS = 3


class Backend(http.server.BaseHTTPRequestHandler):
    """As much of CGI as git http-backend needs; streams both ways."""
    protocol_version = "HTTP/1.1"
    root = ""

    def log_message(self, *arguments):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            left = int(self.headers.get("Content-Length", 0))
            while left:
                piece = self.rfile.read(min(left, 1 << 16))
                left -= len(piece)
                yield piece

    def serve(self):
        path, _, query = self.path.partition("?")
        variables = dict(environment(), GIT_PROJECT_ROOT=self.root, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path,
                         QUERY_STRING=query, REQUEST_METHOD=self.command, REMOTE_USER="u", REMOTE_ADDR="127.0.0.1",
                         CONTENT_TYPE=self.headers.get("Content-Type", ""),
                         HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
                         GIT_PROTOCOL=self.headers.get("Git-Protocol", ""))
        process = subprocess.Popen(["git", "http-backend"], env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def feed():
            for piece in self.body():
                process.stdin.write(piece)
            process.stdin.close()

        feeder = threading.Thread(target=feed)
        feeder.start()
        status, fields = 200, []
        while line := process.stdout.readline().strip():
            name, value = line.decode().split(": ", 1)
            if name == "Status":
                status = int(value[:3])
            else:
                fields.append((name, value))
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := process.stdout.read1(1 << 16):
            self.wfile.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")
        feeder.join()
        process.wait()

    do_GET = do_POST = serve


def make_source(folder, megabytes):
    git("init", "-q", "-b", "main", folder)
    rng = random.Random(1)
    for number in range(megabytes):
        (folder / f"f{number}").write_bytes(rng.randbytes(1 << 20))
    git("add", "-A", cwd=folder)
    git("commit", "-q", "-m", "one", cwd=folder)
    git("repack", "-q", "-a", "-d", cwd=folder)


def timed(*arguments, cwd):
    began = time.monotonic()
    git(*arguments, cwd=cwd)
    return time.monotonic() - began


def main():
    megabytes = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    work = pathlib.Path(tempfile.mkdtemp(prefix="thimble-bench-"))
    source = work / "source"
    make_source(source, megabytes)
    server = Server(data=work / "data").start()
    Backend.root = str(work / "plain")
    plain = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    results = {}
    try:
        for run in range(RUNS):
            server.client("codecommit").create_repository(repositoryName=f"r{run}")
            bare = work / "plain" / f"r{run}"
            git("init", "-q", "--bare", bare)
            for setting in ("http.receivepack=true", "core.fsync=all", "receive.fsckObjects=true", "receive.unpackLimit=1"):
                git("config", *setting.split("="), cwd=bare)
            for name, url in (("thimble", address(server, f"r{run}")),
                              ("http-backend", f"http://127.0.0.1:{plain.server_port}/r{run}")):
                results.setdefault(name + " push", []).append(timed("push", "-q", url, "main", cwd=source))
                results.setdefault(name + " clone", []).append(
                    timed("clone", "-q", "--bare", url, work / f"{name}{run}", cwd=work))
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        for name, times in results.items():
            print(f"{name:20} {sorted(times)[RUNS // 2]:6.2f} s (median of {RUNS}: {', '.join(f'{t:.2f}' for t in times)})")
        print("thimble's peak resident memory:", status.split("VmHWM:")[1].split("\n")[0].strip())
    finally:
        server.stop()
        plain.shutdown()
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
