import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from support.server import Server  # noqa: E402


@pytest.fixture(scope="session")
def server():
    """One server that most tests share; they name their resources apart."""
    instance = Server(options=["--allow-address", "127.0.0.1"]).start()
    yield instance
    instance.remove()


@pytest.fixture
def own_server():
    """A server for one test alone, which may kill it."""
    instance = Server(options=["--allow-address", "127.0.0.1"])
    yield instance
    instance.remove()


@pytest.fixture
def name(request):
    """A name of resources that no other test uses."""
    import re
    import uuid
    return re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:30].strip("-") + "-" + uuid.uuid4().hex[:8]
