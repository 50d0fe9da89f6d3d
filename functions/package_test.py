#!/usr/bin/env python3
"""Packages a static and a dynamic program, and runs each in a root that holds the package and nothing else.

usage: package_test.py STATIC_PROGRAM SHARED_PROGRAM LAUNCHER
"""
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

PACKAGE = pathlib.Path(__file__).parent / "package.py"
SKIPPED = 77


class RuntimeApi(http.server.BaseHTTPRequestHandler):
    """Gives one event, then closes the connection at the next question."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.server.given:
            self.close_connection = True
            return
        self.server.given = True
        body = b'{"hello": "bare root"}'
        self.send_response(200)
        for name, value in (("Lambda-Runtime-Aws-Request-Id", "r-1"), ("Lambda-Runtime-Deadline-Ms", "99999999999999"),
                            ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.server.answer = (self.path, self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def answer_of(program: str, launcher: str) -> tuple[str, bytes]:
    with tempfile.TemporaryDirectory() as root:
        subprocess.run([sys.executable, str(PACKAGE), program, root + "/var/task", "--launcher", launcher], check=True)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
        server.given, server.answer = False, None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % server.server_port, "LAMBDA_TASK_ROOT": "/var/task"}
        subprocess.run(["unshare", "--map-root-user", "--root", root, "/var/task/bootstrap"], env=environment, check=True,
                       timeout=60)
        server.shutdown()
        return server.answer


def main() -> int:
    if subprocess.run(["unshare", "--map-root-user", "true"], capture_output=True).returncode != 0:
        print("SKIPPED: user namespaces are not available here")
        return SKIPPED
    static, shared, launcher = sys.argv[1:]
    for program in (static, shared):
        path, body = answer_of(program, launcher)
        assert path == "/2018-06-01/runtime/invocation/r-1/response", path
        assert json.loads(body) == {"hello": "bare root"}, body
        print("ok:", os.path.basename(program))
    return 0


if __name__ == "__main__":
    sys.exit(main())
