"""Builds that really run in the image that their project names: fetched by podman, run in a box as every build."""
import base64
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


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def command_lines():
    """Those of all processes."""
    lines = []
    for each in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(each.read_bytes().decode(errors="replace"))
        except OSError:  # It has ended.
            pass
    return lines


class Registry:
    """As much of a registry as a pull needs: one image of one layer. With a login ("name:password") for nobody else."""

    def __init__(self, layer, made, login=None):
        self.login, self.pulls, self.refused, self.seen_on_command_lines = login, [], 0, False
        manifest_type = "application/vnd.oci.image.manifest.v1+json"
        configuration = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin", f"MADE={made}"]},
                                    "rootfs": {"type": "layers", "diff_ids": [digest(layer)]}}).encode()
        described = [{"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest(data), "size": len(data)}
                     for kind, data in (("config.v1+json", configuration), ("layer.v1.tar", layer))]
        blobs = {digest(layer): layer, digest(configuration): configuration}
        manifest = json.dumps({"schemaVersion": 2, "mediaType": manifest_type, "config": described[0],
                               "layers": described[1:]}).encode()
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

            def answer(self, status, kind, body, **headers):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def do_GET(self):
                if registry.login:
                    given = self.headers.get("Authorization", "")
                    if given != "Basic " + base64.b64encode(registry.login.encode()).decode():
                        registry.refused += bool(given)
                        refusal = {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
                        return self.answer(401, "application/json", json.dumps(refusal).encode(), WWW_Authenticate='Basic realm="tests"')
                    password = registry.login.split(":", 1)[1]
                    registry.seen_on_command_lines |= any(password in line for line in command_lines())
                kind, reference = self.path.split("/")[-2:]
                body = b"{}" if self.path == "/v2/" else manifest if kind == "manifests" else blobs.get(reference)
                if self.command == "GET":
                    registry.pulls.append(kind)
                self.answer(404 if body is None else 200, manifest_type if kind == "manifests" else "application/octet-stream", body or b"")

            do_HEAD = do_GET

        self.service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.service.server_port}"
        threading.Thread(target=self.service.serve_forever, daemon=True).start()


@pytest.fixture
def registry(podman):
    made = Registry(podman[1].read_bytes(), "elsewhere")
    yield made
    made.service.shutdown()


@pytest.fixture
def private_registry(podman):
    made = Registry(podman[1].read_bytes(), "in private", login="mary:open:Sesame-3141")
    yield made
    made.service.shutdown()


def test_an_image_is_pulled_once(builder, name, registry):
    for suffix in ("", "-again"):
        done, lines = build(builder, name + suffix, spec("echo $MADE; cat /etc/release"), image=f"{registry.address}/tests/tools:2")
        assert done["buildStatus"] == "SUCCEEDED" and printed(lines) == ["elsewhere", "the test's image"], "\n".join(lines)
        assert registry.pulls.count("manifests") == 1, registry.pulls


def secret(server, name, value):
    return server.client("secretsmanager").create_secret(Name=name, SecretString=value)["ARN"]


def credential(of):
    return {"credential": of, "credentialProvider": "SECRETS_MANAGER"}


def test_an_image_of_a_private_registry(builder, name, private_registry):
    image = f"{private_registry.address}/private/tools:1"
    right = secret(builder, name, json.dumps({"username": "mary", "password": "open:Sesame-3141"}))
    wrong = secret(builder, name + "-wrong", json.dumps({"username": "mary", "password": "Guess-2718"}))
    # Nobody, and somebody else.
    for suffix, more in (("-nobody", {}), ("-other", {"registryCredential": credential(wrong)})):
        done, lines = build(builder, name + suffix, spec("echo hello"), image=image, **more)
        told = context(done, "PROVISIONING")
        assert told["statusCode"] == "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE", told
        assert "authentication required" in told["message"] or "unauthorized" in told["message"], told
        assert "Guess-2718" not in json.dumps([told, lines])
    assert private_registry.refused > 0
    # The right one, by the secret's name, given to one build.
    make_project(builder, name, spec("echo $MADE"), environment={"image": image, "imagePullCredentialsType": "SERVICE_ROLE",
                                                                 "registryCredential": credential(wrong)})
    done = ended(builder, builder.client("codebuild").start_build(
        projectName=name, registryCredentialOverride=credential(name))["build"]["id"])
    lines = log_of(builder, done)
    assert done["buildStatus"] == "SUCCEEDED" and printed(lines) == ["in private"], "\n".join(lines)
    assert not private_registry.seen_on_command_lines
    # It is left nowhere.
    assert "Sesame" not in "\n".join(lines) and not any("WARNING" in line for line in lines)
    assert not [each for each in (builder.data / "builds-images").iterdir() if each.name.startswith("new-")]
    assert builder.client("codebuild").batch_get_projects(names=[name])["projects"][0]["environment"]["registryCredential"] == credential(wrong)
    assert right


@pytest.mark.parametrize("value,words", [(None, "ResourceNotFoundException"), ("mary:open", "a JSON object with a username"),
                                         ('{"username": "mary"}', "a JSON object with a username"), ("[1]", "a JSON object with a username"),
                                         ('{"username": "ma:ry", "password": "x"}', "the name no colon")])
def test_a_registry_credential_that_is_none(builder, name, private_registry, value, words):
    if value is not None:
        secret(builder, name, value)
    done, lines = build(builder, name, spec("echo hello"), image=f"{private_registry.address}/private/tools:2",
                        registryCredential=credential(name))
    told = context(done, "PROVISIONING")
    assert done["buildStatus"] == "FAILED" and told["statusCode"] == "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE"
    assert words in told["message"] and private_registry.pulls == []
    assert printed(lines) == []


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
