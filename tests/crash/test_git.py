"""Pushes that are cut off, raced and killed leave repositories whole, and each reference old or new.

THIMBLE_LONG_CHECKS=1 runs the long forms; THIMBLE_SEED repeats a run.
"""
import os
import random
import subprocess
import threading
import time

from support.git import address, commit, environment, git, working_copy

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))


def bare(server):
    """The folder of the only repository."""
    folders = [path for path in (server.data / "repositories").iterdir() if not path.name.startswith(".")]
    assert len(folders) == 1
    return folders[0]


def check_whole(server):
    folder = bare(server)
    done = git("fsck", "--full", "--strict", "--no-dangling", cwd=folder, check=False)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    left = [path for path in (folder / "objects").iterdir() if path.name.startswith(("tmp_", "incoming-"))]
    left += [path for path in (folder / "objects" / "pack").glob("*") if path.suffix in (".keep", ".lock")
             or path.name.startswith("tmp_")]
    left += list(folder.rglob("refs/**/*.lock")) + list(folder.glob("*.lock"))
    assert left == []


def heads(server, repository):
    lines = git("ls-remote", address(server, repository)).stdout.splitlines()
    return {name: target for target, name in (line.split("\t") for line in lines) if name.startswith("refs/heads/")}


def recorded(server, repository):
    client = server.client("codecommit")
    return {f"refs/heads/{name}": client.get_branch(repositoryName=repository, branchName=name)["branch"]["commitId"]
            for name in client.list_branches(repositoryName=repository)["branches"]}


def start_push(here, *arguments):
    return subprocess.Popen(["git", "push", "-q", "--atomic", "origin", *arguments], cwd=here, env=environment(),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_pushes_killed_in_the_middle(own_server, tmp_path):
    """The server dies, or the client does, at a random moment of a push to two references."""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    own_server.start()
    own_server.client("codecommit").create_repository(repositoryName="r")
    here = working_copy(tmp_path / "w", address(own_server, "r"))
    git("push", "-q", "origin", "main", "main:other", cwd=here)
    before = heads(own_server, "r")
    acknowledged = 0
    rounds = 100 if LONG else 16
    for number in range(rounds):
        (here / "big").write_bytes(rng.randbytes(rng.choice([1_000, 200_000, 3_000_000])))
        tip = commit(here, f"f{number}", str(number))
        git("add", "big", cwd=here)
        git("commit", "-q", "--amend", "--no-edit", cwd=here)
        tip = git("rev-parse", "HEAD", cwd=here).stdout.strip()
        git("remote", "set-url", "origin", address(own_server, "r"), cwd=here)
        push = start_push(here, "main", "main:other")
        time.sleep(rng.uniform(0.0, 0.4))
        if number % 2:
            push.kill()
            push.wait()
            time.sleep(rng.uniform(0.0, 0.05))
        done = push.poll() == 0
        own_server.kill()
        done = push.wait() == 0 or done
        own_server.start()
        after = heads(own_server, "r")
        new = {name: tip for name in before}
        assert after in (before, new), "both or neither"
        assert not done or after == new, "an acknowledged push is gone"
        acknowledged += done
        check_whole(own_server)
        deadline = time.monotonic() + 10
        while recorded(own_server, "r") != after:
            assert time.monotonic() < deadline, "the rows do not follow git"
            time.sleep(0.02)
        before = after
        if after != new:
            git("reset", "-q", "--hard", after["refs/heads/main"], cwd=here)
    print(f"{rounds} kills, {acknowledged} pushes acknowledged, 0 lost, 0 torn")


def test_one_of_many_pushes_to_a_reference_wins(own_server, tmp_path):
    own_server.start()
    own_server.client("codecommit").create_repository(repositoryName="r")
    first = working_copy(tmp_path / "first", address(own_server, "r"))
    git("push", "-q", "origin", "main", cwd=first)
    copies = []
    for number in range(6):
        copy = tmp_path / f"copy{number}"
        git("clone", "-q", address(own_server, "r"), copy)
        commit(copy, f"by{number}", "x" * 50_000)
        copies.append(copy)
    results = [None] * len(copies)

    def push(number):
        results[number] = git("push", "origin", "main", cwd=copies[number], check=False).returncode

    threads = [threading.Thread(target=push, args=(number,)) for number in range(len(copies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(0) == 1, results
    winner = git("rev-parse", "HEAD", cwd=copies[results.index(0)]).stdout.strip()
    assert heads(own_server, "r") == recorded(own_server, "r") == {"refs/heads/main": winner}
    check_whole(own_server)


def test_a_change_that_git_knows_and_the_rows_do_not_is_healed(own_server, tmp_path):
    """What a crash between git's work and the commit leaves."""
    own_server.start()
    own_server.client("codecommit").create_repository(repositoryName="r")
    here = working_copy(tmp_path / "w", address(own_server, "r"))
    first = git("rev-parse", "HEAD", cwd=here).stdout.strip()
    commit(here, "second", "2")
    git("push", "-q", "origin", "main", cwd=here)
    own_server.kill()
    folder = bare(own_server)
    git("update-ref", "refs/heads/found", first, cwd=folder)
    (folder / "refs" / "heads" / "main.lock").write_text("")
    (folder / "objects" / "tmp_objdir-incoming-x").mkdir()
    own_server.start()
    deadline = time.monotonic() + 10
    while recorded(own_server, "r").get("refs/heads/found") != first:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    check_whole(own_server)
    commit(here, "third", "3")
    git("push", "-q", address(own_server, "r"), "main", cwd=here)
