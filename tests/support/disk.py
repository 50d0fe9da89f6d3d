"""A disk of its own for a test: an ext4 image mounted through a loop device, whose power can be cut."""
import os
import pathlib
import shutil
import subprocess
import tempfile


def available():
    return os.geteuid() == 0 and pathlib.Path("/dev/loop-control").exists() and shutil.which("mkfs.ext4") is not None


class Disk:
    def __init__(self, mebibytes=256, options="data=ordered"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="thimble-disk-"))
        self.image = self.folder / "image"
        self.mount_point = self.folder / "mounted"
        self.mount_point.mkdir()
        self.options = options
        with open(self.image, "wb") as file:
            file.truncate(mebibytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        self._mount(self.image, self.mount_point)

    def _mount(self, image, where):
        subprocess.run(["mount", "-o", f"loop,{self.options}", image, where], check=True)

    def as_after_a_power_cut(self):
        """Mounts a copy of what had reached the image by now; returns the folder. Stop the writers first (SIGSTOP)."""
        copy = self.folder / "cut"
        shutil.copyfile(self.image, copy)
        where = self.folder / "after"
        where.mkdir(exist_ok=True)
        self._mount(copy, where)
        return where

    def drop_after(self):
        subprocess.run(["umount", "-q", self.folder / "after"], check=False, stderr=subprocess.DEVNULL)
        (self.folder / "cut").unlink(missing_ok=True)

    def remove(self):
        self.drop_after()
        subprocess.run(["umount", "-l", self.mount_point], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
