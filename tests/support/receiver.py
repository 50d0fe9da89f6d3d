"""What functions tell a test: JSON posted over HTTP, kept in the order of arrival. A server whose functions may reach the
receiver is started with `options`."""
import collections
import http.server
import json
import threading
import time
import uuid

TELL = """
import json, urllib.request
def tell(value):
    urllib.request.urlopen("http://127.0.0.1:%d/%s", json.dumps(value).encode(), timeout=10).read()
"""


class Receiver:
    def __init__(self):
        self.told = collections.defaultdict(list)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.told[self.path[1:]].append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def options(self):
        return ["--function-port", str(self.port)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Channel:
    """What the functions of one test tell."""

    def __init__(self, receiver):
        self.receiver, self.name = receiver, uuid.uuid4().hex

    @property
    def source(self):
        """The beginning of a function's source, which defines tell(value)."""
        return TELL % (self.receiver.port, self.name)

    @property
    def told(self):
        return list(self.receiver.told[self.name])

    def wait(self, enough, seconds=60):
        """Until enough(told) holds; what was told."""
        deadline = time.monotonic() + seconds
        while not enough(self.told):
            assert time.monotonic() < deadline, self.told
            time.sleep(0.02)
        return self.told
