"""git as a client of the server: nothing of this machine's or the user's configuration."""
import os
import subprocess


def environment(**more):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "AWS_"))}
    clean.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL="/dev/null", GIT_TERMINAL_PROMPT="0", LC_ALL="C",
                 GIT_AUTHOR_NAME="Ada", GIT_AUTHOR_EMAIL="ada@example.com", GIT_COMMITTER_NAME="Ada",
                 GIT_COMMITTER_EMAIL="ada@example.com")
    clean.update(more)
    return clean


def git(*arguments, cwd=None, check=True, input=None, **more):
    """Runs git; with check=False the caller looks at returncode and stderr."""
    done = subprocess.run(["git", *map(str, arguments)], cwd=cwd, env=environment(**more), input=input,
                          capture_output=True, text=not isinstance(input, bytes), timeout=120)
    if check and done.returncode != 0:
        raise AssertionError(f"git {' '.join(map(str, arguments))}: {done.stderr}")
    return done


def address(server, repository, user="test", password="test"):
    return f"http://{user}:{password}@127.0.0.1:{server.port}/v1/repos/{repository}"


def working_copy(path, url=None, branch="main"):
    """An empty working copy with one commit."""
    path.mkdir(parents=True)
    git("init", "-q", "-b", branch, cwd=path)
    if url:
        git("remote", "add", "origin", url, cwd=path)
    commit(path, "README.md", "one\n")
    return path


def commit(path, name, content, message=None):
    file = path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    git("add", "--", name, cwd=path)
    git("commit", "-q", "-m", message or f"change {name}", cwd=path)
    return git("rev-parse", "HEAD", cwd=path).stdout.strip()
