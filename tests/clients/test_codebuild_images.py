"""Builds that really run in the image that their project names: fetched by podman, run in a box as every build."""
import os
import pathlib
import shutil
import subprocess

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
    environment = {"CONTAINERS_STORAGE_CONF": str(folder / "storage.conf")}
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
    yield environment
    subprocess.run(["podman", "rmi", "--all", "--force"], capture_output=True, env={**os.environ, **environment})


@pytest.fixture(scope="module")
def builder(podman, tmp_path_factory):
    before = {name: os.environ.get(name) for name in podman}
    os.environ.update(podman)
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
    kept = [each for each in pathlib.Path(builder.data).rglob("builds-images/*")]
    assert len(kept) == 1 and not kept[0].name.startswith("new-") and kept[0].parent.stat().st_mode & 0o777 == 0o700
    assert not (kept[0] / "etc" / "changed").exists()


@pytest.mark.parametrize("image,words", [("registry.invalid/none:1", "registry.invalid"), ("--help", "invalid reference format")])
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
