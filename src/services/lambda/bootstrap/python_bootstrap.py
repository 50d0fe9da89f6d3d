"""Runs a Python function: asks the Runtime API for invocations and calls the handler, one at a time.

Started as `python3 -S -B bootstrap.py` in the function's box. Modules are imported only when needed, since a cold start
pays for each. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""
import sys
import os

# The bootstrap's own modules are the interpreter's, whatever files the function brings.
del sys.path[0]

import json
import socket
import time

INVOCATION = "/2018-06-01/runtime/invocation/"


class Fault(Exception):
    """An error of the function's set-up, which every invocation reports."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []


class RuntimeApi:
    """HTTP/1.1 over one connection that stays open."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.host = address
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def request(self, method, path, body=b"", headers=""):
        head = "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n" % (method, path, self.host, len(body), headers)
        self.socket.sendall(head.encode("latin-1") + body)
        while b"\r\n\r\n" not in self.buffer:
            self.receive()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            fields[name.strip().lower()] = value.strip()
        length = int(fields.get("content-length", "0"))
        while len(self.buffer) < length:
            self.receive()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return int(lines[0].split(" ")[1]), fields, body

    def receive(self):
        piece = self.socket.recv(262144)
        if not piece:
            sys.exit(0)
        self.buffer += piece


class CognitoIdentity:
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]

    def __init__(self):
        self.cognito_identity_id = None
        self.cognito_identity_pool_id = None


class ClientContext:
    def __init__(self, fields):
        class Client:
            pass

        self.custom = fields.get("custom")
        self.env = fields.get("env")
        self.client = None
        if fields.get("client") is not None:
            self.client = Client()
            for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
                setattr(self.client, name, fields["client"].get(name))


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, fields):
        self.aws_request_id = fields["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = fields.get("lambda-runtime-invoked-function-arn")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = CognitoIdentity()
        self.client_context = None
        if fields.get("lambda-runtime-client-context"):
            self.client_context = ClientContext(json.loads(fields["lambda-runtime-client-context"]))
        self._deadline = int(fields.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


current_request = ""


def prepare_logging(logging):
    """Gives the root logger a handler in AWS's format, as functions expect to find it."""
    class Handler(logging.Handler):
        def emit(self, record):
            sys.stdout.write(self.format(record))

    class WithRequest(logging.Filter):
        def filter(self, record):
            record.aws_request_id = current_request
            return True

    handler = Handler()
    formatter = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n",
                                  "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(WithRequest())
    logging.getLogger().addHandler(handler)


class LoggingFinder:
    """Prepares the logging module at the moment that the function imports it, and costs nothing otherwise."""

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        from importlib.machinery import PathFinder
        spec = PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            prepare_logging(module)

        spec.loader.exec_module = exec_module
        return spec


def load_handler(name):
    """The function's handler, or a Fault's raiser in its place."""
    parts = name.rsplit(".", 1)
    if len(parts) != 2:
        return fault("Runtime.MalformedHandlerName", "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name)
    module_name, function_name = parts
    if module_name.split(".")[0] in sys.builtin_module_names:
        return fault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module_name = module_name.replace("/", ".")
        __import__(module_name)
        module = sys.modules[module_name]
    except ImportError as error:
        return fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s\n' % (error.filename, error.lineno, (error.text or "").strip("\n"))]
        return fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), trace)
    except Exception as error:
        kept = error

        def raiser(event, context):
            raise kept

        return raiser
    try:
        return getattr(module, function_name)
    except AttributeError:
        return fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))


def fault(kind, message, trace=None):
    def raiser(event, context):
        raise Fault(kind, message, trace)

    return raiser


def serialise_other(value):
    if type(value).__name__ == "Decimal":
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def describe(error, request_id):
    """The error as the invoker receives it."""
    if isinstance(error, Fault):
        return {"errorMessage": str(error), "errorType": error.kind, "requestId": request_id, "stackTrace": error.trace}
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__
              and not frame.filename.startswith("<frozen importlib")]
    return {"errorMessage": str(error), "errorType": type(error).__name__, "requestId": request_id,
            "stackTrace": traceback.format_list(frames)}


def log_error(report):
    text = "[ERROR] %s: %s" % (report["errorType"], report["errorMessage"])
    if report["stackTrace"]:
        text += "\nTraceback (most recent call last):\n" + "".join(report["stackTrace"])
    # One event of the log: a line feed would begin another.
    sys.stdout.write(text.rstrip("\n").replace("\n", "\r") + "\n")


class OlderBotocore:
    """Makes a botocore that does not know AWS_ENDPOINT_URL (before 1.31, as Debian 12 has it) heed it.

    A finder in front of the others: it sees botocore.session being imported, lets the others find it, and changes the
    module's clients once it is loaded. Functions that never import botocore pay nothing.
    """

    def find_spec(self, name, path=None, target=None):
        if name != "botocore.session":
            return None
        import importlib.util
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            import botocore
            if tuple(int(part) for part in botocore.__version__.split(".")[:2]) < (1, 31):
                self.change(module.Session)

        spec.loader.exec_module = exec_module
        return spec

    @staticmethod
    def change(session):
        create_client = session.create_client

        def with_endpoint(self, service_name, *arguments, **options):
            if len(arguments) < 5 and options.get("endpoint_url") is None:
                options["endpoint_url"] = os.environ.get("AWS_ENDPOINT_URL")
            return create_client(self, service_name, *arguments, **options)

        session.create_client = with_endpoint


def begin_anew(environment):
    """Starts the interpreter again in the place of this one."""
    arguments = getattr(sys, "orig_argv", [sys.executable, "-S", "-B", __file__])
    os.execve(sys.executable, arguments, environment)


def preload(module):
    """In a spare: imports a module of the machine's. The names of all top-level modules that came with it."""
    before = set(sys.modules)
    sys.meta_path[:0] = [LoggingFinder(), OlderBotocore()]
    try:
        __import__(module)
    except Exception:
        begin_anew(dict(os.environ))
    return {name for name in sys.modules if "." not in name and name not in before}


def become_a_functions(api, loaded):
    """In a spare, an instance started before it is known of which function: waits to be told, and takes its environment.

    What the interpreter itself has put into the environment stays, behind the rest, as in an instance started plainly.
    """
    status, fields, body = api.request("GET", "/thimble/spare")
    if status != 200:
        sys.exit(0)
    given = dict(each.split("=", 1) for each in json.loads(body)["environment"])
    own = {name: value for name, value in os.environ.items() if name not in given}
    os.environ.clear()
    os.environ.update(given)
    os.environ.update(own)
    # The folder that has been mounted over the one of the same name.
    os.chdir(os.getcwd())
    # The function brings a module of the same name as one that is loaded: its own is the one to be found.
    if loaded and any(name.partition(".")[0] in loaded for folder in functions_folders() for name in names_in(folder)):
        begin_anew(given)


def names_in(folder):
    try:
        return os.listdir(folder)
    except OSError:
        return []


def functions_folders():
    root = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
    return [root, "/opt/python/lib/python%d.%d/site-packages" % sys.version_info[:2], "/opt/python"]


def main():
    # Without the site module: what the machine has installed (boto3, perhaps).
    version = "%d.%d" % sys.version_info[:2]
    sys.path += ["/usr/local/lib/python%s/dist-packages" % version, "/usr/local/lib/python%s/site-packages" % version,
                 "/usr/lib/python3/dist-packages", "/usr/lib/python%s/site-packages" % version]
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    loaded = set()
    if "_HANDLER" not in os.environ:
        if module := os.environ.pop("THIMBLE_PRELOAD", ""):
            loaded = preload(module)
        become_a_functions(api, loaded)
    sys.path[:0] = functions_folders()
    global current_request
    if not loaded:
        if os.environ.get("AWS_ENDPOINT_URL"):
            sys.meta_path.insert(0, OlderBotocore())
        sys.meta_path.insert(0, LoggingFinder())
    # Whole lines, at once: what was written before a crash is in the log.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    handler = load_handler(os.environ.get("_HANDLER", ""))
    while True:
        status, fields, body = api.request("GET", INVOCATION + "next")
        if status != 200:
            sys.exit(1)
        request_id = current_request = fields["lambda-runtime-aws-request-id"]
        trace = fields.get("lambda-runtime-trace-id")
        if trace:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        try:
            try:
                event = json.loads(body)
            except ValueError as error:
                raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
            result = handler(event, Context(fields))
            try:
                answer = json.dumps(result, ensure_ascii=False, default=serialise_other).encode("utf-8")
            except Exception as error:
                raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)
            path, headers = "/response", ""
        except Exception as error:
            report = describe(error, request_id)
            log_error(report)
            answer = json.dumps(report, ensure_ascii=False).encode("utf-8", "surrogatepass")
            path = "/error"
            headers = "Lambda-Runtime-Function-Error-Type: Unhandled\r\n"
        sys.stdout.flush()
        sys.stderr.flush()
        api.request("POST", INVOCATION + request_id + path, answer, headers)
        # Nothing of one invocation is kept alive through the wait for the next.
        event = result = answer = body = None


main()
