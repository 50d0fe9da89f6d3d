"""Builds that really run in the image that their project names: fetched by podman, run in a box as every build."""
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import subprocess
import threading

import pytest

from support.builds import context, ended, log_of, make_project, printed, spec
from support.server import Server

pytestmark = pytest.mark.skipif(shutil.which("podman") is None or not pathlib.Path("/usr/bin/busybox").exists() or os.geteuid() != 0,
                                reason="needs podman, busybox-static and root")


@pytest.fixture(scope="module")
def podman(tmp_path_factory):
    """A storage of the tests' own, with one small image; the environment that leads to it."""
    folder = tmp_path_factory.mktemp("images")
    (folder / "storage.conf").write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/graph"\nrunroot = "{folder}/run"\n')
    (folder / "registries.conf").write_text('[[registry]]\nprefix = "127.0.0.1"\nlocation = "127.0.0.1"\ninsecure = true\n'
                                          '[[registry]]\nprefix = "docker.io"\nlocation = "registry.invalid"\n')
    environment = {"CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"), "CONTAINERS_REGISTRIES_CONF": str(folder / "registries.conf")}
    root = folder / "root"
    for each in ("bin", "etc", "opt/tools", "home/app", "dev", "tmp"):
        (root / each).mkdir(parents=True)
    shutil.copy("/usr/bin/busybox", root / "bin" / "busybox")
    for each in ("sh", "cat", "id", "ls", "echo", "test", "touch", "env", "pwd", "mkdir", "stat", "date"):
        (root / "bin" / each).symlink_to("busybox")
    (root / "etc" / "release").write_text("the test's image\n")
    (root / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n")
    (root / "etc" / "group").write_text("root:x:0:\napp:x:1000:\n")
    (root / "opt" / "tools" / "hello").write_text("#!/bin/sh\necho hello from the image\n")
    (root / "opt" / "tools" / "hello").chmod(0o755)
    os.chown(root / "home" / "app", 1000, 1000)
    subprocess.run(["tar", "-C", root, "-cf", folder / "image.tar", "."], check=True)
    subprocess.run(["podman", "import", "--quiet", "--change", "ENV PATH=/opt/tools:/bin", "--change", "ENV MADE=here",
                    folder / "image.tar", "localhost/tests/tools:1"], check=True, capture_output=True, env={**os.environ, **environment})
    yield environment, folder / "image.tar"
    subprocess.run(["podman", "rmi", "--all", "--force"], capture_output=True, env={**os.environ, **environment})


@pytest.fixture(scope="module")
def builder(podman, tmp_path_factory):
    before = {name: os.environ.get(name) for name in podman[0]}
    os.environ.update(podman[0])
    server = Server().start()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    yield server
    server.remove()


def build(server, name, buildspec, image="localhost/tests/tools:1", **environment):
    make_project(server, name, buildspec, environment={"image": image, "imagePullCredentialsType": "SERVICE_ROLE", **environment})
    done = ended(server, server.client("codebuild").start_build(projectName=name)["build"]["id"])
    return done, log_of(server, done)


def test_a_build_runs_in_its_image(builder, name):
    done, lines = build(builder, name, """version: 0.2
phases:
  build:
    commands:
      - hello
      - cat /etc/release
      - echo $MADE $PATH
      - id -u
      - stat -c %u /home/app
      - ls /usr /etc
      - touch /etc/changed /bin/changed && cat /etc/changed && echo written
      - export KEPT=1
      - echo $KEPT $CODEBUILD_BUILD_IMAGE
      - test -c /dev/null && echo device
  post_build:
    run-as: app
    commands: ["id -u"]
artifacts:
  files: ["**/*"]
""")
    assert done["buildStatus"] == "SUCCEEDED", "\n".join(lines)
    shown = printed(lines)
    assert shown[:5] == ["hello from the image", "the test's image", "here /opt/tools:/bin", "0", "1000"], lines
    assert shown[-4:] == ["written", "1 localhost/tests/tools:1", "device", "1000"]
    listed = shown[5:-4]
    assert "release" in listed and "hosts" in listed and not {"bin", "local", "shadow", "os-release"} & set(listed)
    assert any("Image localhost/tests/tools:1 is used: sha256:" in line for line in lines)
    # The next build has it unpacked already, and as it was.
    again, lines = build(builder, name + "-again", spec("ls /etc", "ls /bin"))
    assert again["buildStatus"] == "SUCCEEDED" and "changed" not in printed(lines)
    kept = list((builder.data / "builds-images").iterdir())
    assert len(kept) == 1 and not kept[0].name.startswith("new-") and kept[0].parent.stat().st_mode & 0o777 == 0o700
    assert not (kept[0] / "etc" / "changed").exists()


class Registry(http.server.BaseHTTPRequestHandler):
    """As much of a registry as a pull needs: one image of one layer."""
    blobs, manifest, pulls = {}, b"", []

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        kind, reference = self.path.split("/")[-2:]
        body = self.manifest if kind == "manifests" else self.blobs.get(reference)
        if self.path == "/v2/":
            body = b"{}"
        self.send_response(404 if body is None else 200)
        body = body or b""
        self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json" if kind == "manifests" else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.pulls.append(kind)
            self.wfile.write(body)


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


@pytest.fixture
def registry(podman):
    """The address of a registry that has the image tools:2; the kinds of what was read of it."""
    layer = podman[1].read_bytes()
    configuration = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin", "MADE=elsewhere"]},
                                "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}).encode()
    described = [{"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest(data), "size": len(data)}
                 for kind, data in (("config.v1+json", configuration), ("layer.v1.tar", layer))]
    Registry.blobs = {digest(layer): layer, digest(configuration): configuration}
    Registry.manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                                    "config": described[0], "layers": described[1:]}).encode()
    Registry.pulls = []
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{service.server_port}", Registry.pulls
    service.shutdown()


def test_an_image_is_pulled_once(builder, name, registry):
    address, pulls = registry
    for suffix in ("", "-again"):
        done, lines = build(builder, name + suffix, spec("echo $MADE; cat /etc/release"), image=f"{address}/tests/tools:2")
        assert done["buildStatus"] == "SUCCEEDED" and printed(lines) == ["elsewhere", "the test's image"], "\n".join(lines)
        assert pulls.count("manifests") == 1, pulls


@pytest.mark.parametrize("image,words", [("registry.invalid/none:1", "registry.invalid"), ("no-such-image:1", "registry.invalid"),
                                         ("nobody/none:1", "registry.invalid"), ("--help", "invalid reference format")])
def test_an_image_that_cannot_be_had(builder, name, image, words):
    done, lines = build(builder, name, spec("echo hello"), image=image)
    assert done["buildStatus"] == "FAILED"
    told = context(done, "PROVISIONING")
    assert told["statusCode"] == "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE" and words in told["message"]
    assert printed(lines) == []


def test_who_does_not_ask_gets_the_machines_tools(builder, name):
    done, lines = build(builder, name, spec("test -e /etc/release || echo not in the image"), imagePullCredentialsType="CODEBUILD")
    assert done["buildStatus"] == "SUCCEEDED" and printed(lines) == ["not in the image"]
    assert any("WARNING: image localhost/tests/tools:1" in line and "SERVICE_ROLE" in line for line in lines)
    own, lines = build(builder, name + "-own", spec("test -e /etc/release || echo not in the image"), image="aws/codebuild/standard:7.0")
    assert own["buildStatus"] == "SUCCEEDED" and printed(lines) == ["not in the image"]
