"""Starts and stops the program for tests. Everything listens on 127.0.0.1, on ports that the system gives."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("THIMBLE_PROGRAM", ROOT / "build" / "thimble"))
ACCOUNT = "000000000000"
REGION = "eu-west-1"


class Server:
    """One run of `thimble serve`. The data folder outlives it, so that a test can kill it and start another."""

    def __init__(self, data=None, options=(), wrap=()):
        self._own_data = data is None
        self.data = pathlib.Path(data or tempfile.mkdtemp(prefix="thimble-test-"))
        self.options = list(options)
        self.wrap = list(wrap)  # A command in front, for example strace with its options.
        self.process = None
        self.port = None
        self.log = None

    def start(self, wait=True):
        log_path = self.data.parent / (self.data.name + ".log")
        self.log = open(log_path, "ab")
        environment = dict(os.environ, THIMBLE_CANARY="canary-of-the-servers-environment")
        self.process = subprocess.Popen(
            [*self.wrap, str(PROGRAM), "serve", "--port", "0", "--data", str(self.data), *self.options],
            stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"http://localhost:(\d+)", line)
        if not found:
            self.process.wait(timeout=10)
            raise RuntimeError(f"thimble did not start: {line!r} {log_path.read_text()[-2000:]}")
        self.port = int(found.group(1))
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds=20):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/_thimble/health", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError):
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("thimble is not ready")
            time.sleep(0.005)

    def paths(self):
        """All that is in the data folder, of which a running server removes things at any time."""
        for folder, folders, files in os.walk(self.data):
            for name in folders + files:
                yield pathlib.Path(folder, name)

    def files_with(self, text):
        """The files in the data folder that hold this text."""
        found = []
        for path in self.paths():
            try:
                if text.encode() in path.read_bytes():
                    found.append(path)
            except (FileNotFoundError, IsADirectoryError):
                pass
        return found

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def kill(self):
        """kill -9, at once; of the program itself when it was started through another (strace)."""
        if self.wrap:
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            for child in children:
                os.kill(int(child), signal.SIGKILL)
        else:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def remove(self):
        self.stop()
        if self._own_data:
            shutil.rmtree(self.data, ignore_errors=True)

    def environment(self, **more):
        """For a client's process: the address and credentials, and nothing of this machine's own AWS settings."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        clean.update(AWS_ENDPOINT_URL=self.url, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
                     AWS_DEFAULT_REGION=REGION, AWS_EC2_METADATA_DISABLED="true",
                     AWS_CONFIG_FILE="/nonexistent", AWS_SHARED_CREDENTIALS_FILE="/nonexistent", AWS_PAGER="")
        clean.update(more)
        return clean

    def client(self, service, **options):
        import boto3
        from botocore.config import Config
        settings = dict(endpoint_url=self.url, region_name=REGION, aws_access_key_id="test",
                        aws_secret_access_key="test",
                        config=Config(retries={"total_max_attempts": 1}, read_timeout=60, connect_timeout=5,
                                      s3={"addressing_style": "path"}, max_pool_connections=64))
        settings.update(options)
        return boto3.client(service, **settings)

    def aws(self, *arguments, check=True, cwd=None, program=None, **environment):
        """Runs the AWS CLI of .venv."""
        program = program or ROOT / ".venv" / "bin" / "aws"
        return subprocess.run([str(program), *map(str, arguments)], env=self.environment(**environment), check=check,
                              capture_output=True, text=True, cwd=cwd, timeout=120)
