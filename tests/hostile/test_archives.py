"""Archives made to write where they must not, or without end, as the code of a function (reliability check 30)."""
import io
import json
import os
import pathlib
import stat
import struct
import zipfile
import zlib

import pytest
from botocore.exceptions import ClientError

from support.server import REGION, Server

OUTSIDE = "outside"
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                 "Principal": {"Service": "lambda.amazonaws.com"}}]}


def zipped(*entries):
    """A zip of (name, content[, mode with the file's type])."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, *mode in entries:
            entry = zipfile.ZipInfo("placeholder")
            entry.filename = name  # As it is: the constructor would mend it.
            entry.create_system = 3
            entry.external_attr = (mode[0] if mode else stat.S_IFREG | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return data.getvalue()


def link(name, target):
    return name, target, stat.S_IFLNK | 0o777


def local(name, packed, size, crc, method=8, flags=0):
    return struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 0, crc, len(packed), size, len(name), 0) + name + packed


def central(name, packed_size, size, crc, offset, extra=b"", method=8, flags=0):
    return struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x31e, 20, flags, method, 0, 0, crc, packed_size, size, len(name),
                       len(extra), 0, 0, 0, (stat.S_IFREG | 0o644) << 16, offset) + name + extra


def ending(entries, size, offset):
    """The end of a directory, with zip64's when there are more entries than fit."""
    out = b""
    if entries > 0xfffe:
        out += struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, size, offset)
        out += struct.pack("<4sLQL", b"PK\6\7", 0, offset + size, 1)
    few = min(entries, 0xffff)
    return out + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, few, few, size, offset, 0)


def deflated(size):
    """Zeros of this size, packed, with their checksum."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = bytes(1 << 20)
    packed, crc = b"", 0
    for _ in range(size >> 20):
        packed += packer.compress(piece)
        crc = zlib.crc32(piece, crc)
    return packed + packer.flush(), crc


def one(size, claimed=None, extra=b"", **kind):
    """A zip of one file of zeros whose directory may say otherwise."""
    packed, crc = deflated(size)
    body = local(b"a", packed, size, crc, **kind)
    directory = central(b"a", len(packed), claimed or size, crc, 0, extra, **kind)
    return body + directory + ending(1, len(directory), len(body))


def overlapping():
    """Forty entries over the same ten packed mebibytes."""
    packed, crc = deflated(10 << 20)
    body = local(b"a", packed, 10 << 20, crc)
    directory = b"".join(central(b"%02d" % i, len(packed), 10 << 20, crc, 0) for i in range(40))
    return body + directory + ending(40, len(directory), len(body))


def many():
    each = local(b"a", b"\3\0", 0, 0)
    start = central(b"a", 2, 0, 0, 0)[:42]
    directory = b"".join(start + struct.pack("<L", i * len(each)) + b"a" for i in range(1_000_000))
    return each * 1_000_000 + directory + ending(1_000_000, len(directory), 1_000_000 * len(each))


def flipped():
    whole = bytearray(zipped(("a", bytes(range(256)) * 400)))
    whole[60] ^= 0x55
    return bytes(whole)


REFUSED = {
    "a step up": lambda: zipped(("../" + OUTSIDE, "x")),
    "steps up in the middle": lambda: zipped(("a/../../" + OUTSIDE, "x")),
    "many steps up": lambda: zipped(("../" * 40 + "tmp/" + OUTSIDE, "x")),
    "an absolute name": lambda: zipped(("/tmp/" + OUTSIDE, "x")),
    "an absolute name of two slashes": lambda: zipped(("//tmp/" + OUTSIDE, "x")),
    "backslashes": lambda: zipped(("..\\..\\" + OUTSIDE, "x")),
    "the folder above": lambda: zipped(("..", "", stat.S_IFDIR | 0o755)),
    "a link to the folder above": lambda: zipped(link("up", "..")),
    "a link to an absolute name": lambda: zipped(link("etc", "/etc")),
    "a link that climbs": lambda: zipped(link("a/up", "../../" + OUTSIDE)),
    "a link over a link": lambda: zipped(link("here", "."), link("up", "here/..")),
    "a file through a link": lambda: zipped(link("here", "there"), ("here/x", "y")),
    "a file through a link to above": lambda: zipped(link("up", ".."), ("up/" + OUTSIDE, "x")),
    "a link of 5,000 bytes": lambda: zipped(link("long", "x" * 5000)),
    "a file below a file": lambda: zipped(("a", "x"), ("a/b", "y")),
    "a name of 300 bytes": lambda: zipped(("n" * 300, "x")),
    "a hundred folders deep": lambda: zipped(("d/" * 100 + "x", "y")),
    "a terminal": lambda: zipped(("tty", "", stat.S_IFCHR | 0o666)),
    "a disk": lambda: zipped(("sda", "", stat.S_IFBLK | 0o666)),
    "a socket": lambda: zipped(("socket", "", stat.S_IFSOCK | 0o777)),
    "a wrong checksum": flipped,
    "a part": lambda: zipped(("a", os.urandom(5000)))[:3000],
    "nothing": lambda: b"",
    "text": lambda: b"this is no zip",
    "1,000 mebibytes": lambda: one(1000 << 20),
    "1,000 mebibytes that say one": lambda: one(1000 << 20, claimed=1),
    "an unknown packing": lambda: one(1 << 20, method=99),
    "a password": lambda: one(1 << 20, flags=1),
    "a million entries": many,
}
# What a reader may take, if only it makes plain files of it, and not more than it may.
ACCEPTED = {
    "a program of root": lambda: zipped(("index.py", "x", stat.S_IFREG | 0o6777)),
    "names that differ in case": lambda: zipped(("index.py", "x"), ("Index.py", "y")),
    "a name twice": lambda: zipped(("index.py", "x"), ("index.py", "y")),
    "a drive": lambda: zipped(("C:\\" + OUTSIDE, "x")),
    "a pipe": lambda: zipped(("pipe", "", stat.S_IFIFO | 0o666)),
    "zip64 sizes without end": lambda: one(1 << 20, claimed=0xffffffff, extra=struct.pack("<2HQ", 1, 8, 1 << 62)),
    "entries over each other": overlapping,
    "a link inside": lambda: zipped(("lib/index.py", "x"), link("index.py", "lib/index.py")),
}
WORDS = ("Could not unzip uploaded file. Please check your file, then try to upload again.",
         "Unzipped size must be smaller than 262144000 bytes", "Uploaded file must be a non-empty zip")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the server's data in it, a bucket and a role."""
    folder = tmp_path_factory.mktemp("archives")
    server = Server(data=folder / "data").start()
    server.client("s3").create_bucket(Bucket="archives", CreateBucketConfiguration={"LocationConstraint": REGION})
    role = server.client("iam").create_role(RoleName="archives", AssumeRolePolicyDocument=json.dumps(TRUST))
    yield folder, server, role["Role"]["Arn"]
    server.stop()


def create(place, name, archive):
    folder, server, role = place
    server.client("s3").put_object(Bucket="archives", Key="code.zip", Body=archive)
    function = "f" + "".join(c for c in name if c.isalnum())
    server.client("lambda").create_function(FunctionName=function, Runtime="python3.11", Role=role, Handler="index.h",
                                            Code={"S3Bucket": "archives", "S3Key": "code.zip"})


def names_outside(folder):
    return sorted(str(path) for path in folder.iterdir())


def unpacked(folder):
    """What is left of unpacked code, and of attempts at it."""
    return sorted(str(path) for path in (folder / "data" / "functions").rglob("*") if path.is_file() or path.is_symlink())


@pytest.mark.parametrize("name", REFUSED)
def test_refused(place, name):
    folder = place[0]
    before, code = names_outside(folder), unpacked(folder)
    with pytest.raises(ClientError) as refused:
        create(place, name, REFUSED[name]())
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException" and error["Message"] in WORDS, error
    assert names_outside(folder) == before
    assert unpacked(folder) == code
    assert not pathlib.Path("/tmp", OUTSIDE).exists()


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted_and_harmless(place, name):
    folder = place[0]
    before = names_outside(folder)
    create(place, name, ACCEPTED[name]())
    assert names_outside(folder) == before
    modes = [os.lstat(path).st_mode for path in (folder / "data" / "functions").rglob("*")]
    assert all(stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode) for mode in modes)
    assert not any(mode & 0o7000 for mode in modes)
    assert sum(os.lstat(path).st_size for path in unpacked(folder)) < 250 << 20
