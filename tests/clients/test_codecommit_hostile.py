"""What nobody should send to a git server: each is refused, and the repository stays as it was."""
import base64
import hashlib
import http.client
import os
import struct
import zlib

import pytest

from support.git import address, git, working_copy

ZERO = "0" * 40


class Raw:
    """Speaks the protocol by hand."""

    def __init__(self, server, repository):
        self.server, self.repository = server, repository

    def request(self, method, path, body=b"", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        fields = {"Authorization": "Basic " + base64.b64encode(b"test:test").decode(), **headers}
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def receive(self, body, **headers):
        return self.request("POST", f"/v1/repos/{self.repository}/git-receive-pack", body,
                            **{"Content-Type": "application/x-git-receive-pack-request", **headers})

    def push(self, reference, target, pack, old=ZERO):
        command = f"{old} {target} {reference}".encode() + b"\0report-status"
        return self.receive(b"%04x" % (len(command) + 4) + command + b"0000" + pack)


def pack_of(*objects):
    """A pack of whole objects: (type number, content)."""
    body = b"PACK" + struct.pack(">II", 2, len(objects))
    for kind, content in objects:
        size, first = len(content), (kind << 4) | (len(content) & 15)
        size >>= 4
        while size:
            body += bytes([first | 128])
            first, size = size & 127, size >> 7
        body += bytes([first]) + zlib.compress(content)
    return body + hashlib.sha1(body).digest()


def identify(kind, content):
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).hexdigest()


def commit_of(entries):
    """A commit of a tree with these (mode, name, kind, content); its id and its pack."""
    objects, tree = [], b""
    for mode, name, content in entries:
        objects.append((3, content))
        tree += mode + b" " + name + b"\0" + bytes.fromhex(identify("blob", content))
    text = (f"tree {identify('tree', tree)}\nauthor A <a@b> 1700000000 +0000\n"
            f"committer A <a@b> 1700000000 +0000\n\nx\n").encode()
    return identify("commit", text), pack_of(*objects, (2, tree), (1, text))


@pytest.fixture
def raw(server, name):
    server.client("codecommit").create_repository(repositoryName=name)
    return Raw(server, name)


def branches(server, repository):
    return server.client("codecommit").list_branches(repositoryName=repository)["branches"]


def test_the_forger_can_push_what_is_right(server, raw):
    """Else the refusals below would prove nothing."""
    target, pack = commit_of([(b"100644", b"hello.txt", b"hello")])
    status, answer = raw.push("refs/heads/main", target, pack)
    assert status == 200 and b"ok refs/heads/main" in answer
    assert branches(server, raw.repository) == ["main"]


@pytest.mark.parametrize("entry", [
    (b"100644", b".git", b"x"), (b"100644", b".GIT", b"x"), (b"100644", b"..", b"x"), (b"100644", b".", b"x"),
    (b"100644", b"a/b", b"x"), (b"100644", b"", b"x"), (b"100644", b".g\xe2\x80\x8cit", b"x"), (b"100644", b"git~1", b"x"),
    (b"120000", b".gitmodules", b"/etc/passwd"),
    (b"100644", b".gitmodules", b"[submodule \"x\"]\n\tpath = x\n\turl = --upload-pack=touch /tmp/owned\n"),
    (b"100644", b".gitmodules", b"[submodule \"../x\"]\n\tpath = x\n\turl = https://example.com\n"),
], ids=lambda entry: repr(entry[1] + b":" + entry[2][:8]))
def test_trees_that_would_harm_a_clone(server, raw, entry):
    target, pack = commit_of([entry])
    status, answer = raw.push("refs/heads/main", target, pack)
    assert status == 200 and b"ok refs/heads/main" not in answer, answer
    assert branches(server, raw.repository) == []


@pytest.mark.parametrize("reference", [
    "refs/../x", "refs/heads/../../config", "refs/heads/a..b", "refs/heads/x.lock", "HEAD", "config", "refs/heads/",
    "--upload-pack=touch", "refs/heads/a b", "refs/heads/a\\b", "refs/heads/\x01", "refs/thimble/x"])
def test_references_that_are_none(server, raw, reference):
    target, pack = commit_of([(b"100644", b"hello.txt", b"hello")])
    status, answer = raw.push(reference, target, pack)
    assert status == 400 or b"ng refs/thimble/x" in answer, (status, answer)
    assert branches(server, raw.repository) == []
    assert git("ls-remote", address(server, raw.repository)).stdout == ""


@pytest.mark.parametrize("body", [
    b"", b"0", b"zzzz", b"0003", b"0001", b"fff0", b"ffff" + b"x" * 100, b"0009hello0000",
    b"0014" + b"x" * 16 + b"0000", (b"0032" + b"shallow " + b"0" * 38) * 3, b"00" * 5000])
def test_what_is_no_push(server, raw, body):
    status, answer = raw.receive(body)
    assert status == 400 or (body == b"00" * 5000 and status in (200, 400)), (status, answer)
    assert branches(server, raw.repository) == []


def test_packs_that_are_broken(server, raw):
    target, pack = commit_of([(b"100644", b"hello.txt", b"hello")])
    flipped = bytearray(pack)
    flipped[len(pack) // 2] ^= 0xFF
    many = b"PACK" + struct.pack(">II", 2, 10**6) + b"\x30" * 2000
    for bad in (pack[:-1], pack[: len(pack) // 2], bytes(flipped), b"", b"PACK", b"JUNK" * 100, many,
                pack[:-20] + b"\0" * 20):
        status, answer = raw.push("refs/heads/main", target, bad)
        assert b"ok refs/heads/main" not in answer, bad[:20]
        assert branches(server, raw.repository) == []
    # A commit whose tree is nowhere.
    text = f"tree {'1' * 40}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n".encode()
    status, answer = raw.push("refs/heads/main", identify("commit", text), pack_of((1, text)))
    assert b"ok refs/heads/main" not in answer
    status, answer = raw.push("refs/heads/main", target, pack)
    assert b"ok refs/heads/main" in answer


def test_a_body_that_says_it_is_compressed_and_is_not(server, raw):
    for body in (b"hello", zlib.compress(b"hello"), b"\x1f\x8b" + b"\0" * 50):
        status, _ = raw.request("POST", f"/v1/repos/{raw.repository}/git-upload-pack", body,
                                **{"Content-Type": "application/x-git-upload-pack-request", "Content-Encoding": "gzip"})
        assert status == 400


@pytest.mark.parametrize("path", [
    "/v1/repos/../../etc/passwd/info/refs?service=git-upload-pack", "/v1/repos/%2e%2e/info/refs?service=git-upload-pack",
    "/v1/repos/NAME/objects/info/packs", "/v1/repos/NAME/HEAD", "/v1/repos/NAME/config", "/v1/repos/NAME/info/refs",
    "/v1/repos/NAME/info/refs?service=git-upload-archive", "/v1/repos/--upload-pack=x/info/refs?service=git-upload-pack",
    "/v1/repos/NAME%00/info/refs?service=git-upload-pack", "/v1/repos//info/refs?service=git-upload-pack"])
def test_paths_that_lead_nowhere(raw, path):
    status, _ = raw.request("GET", path.replace("NAME", raw.repository))
    assert status in (400, 404)


def test_hooks_and_settings_that_are_pushed_do_nothing(server, raw, tmp_path):
    marker = tmp_path / "marker"
    here = working_copy(tmp_path / "w", address(server, raw.repository))
    for name in ("hooks/post-receive", "hooks/pre-receive", ".githooks/update"):
        script = here / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"#!/bin/sh\ntouch {marker}\n")
        script.chmod(0o755)
    (here / ".gitattributes").write_text("* filter=run\n")
    (here / ".gitconfig").write_text(f'[filter "run"]\n\tsmudge = touch {marker}\n')
    git("add", "-A", cwd=here)
    git("commit", "-q", "-m", "hooks", cwd=here)
    git("push", "-q", "origin", "main", cwd=here)
    assert not marker.exists()
    assert not os.path.exists("/tmp/owned")
