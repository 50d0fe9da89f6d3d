"""Blobs that no row names go at the next start, and no others: while the same bytes are put again, and after kill -9.

THIMBLE_LONG_CHECKS=1 kills more often; THIMBLE_SEED repeats a run's choices.
"""
import hashlib
import os
import random
import threading
import time

from support.raw import Raw
from support.server import REGION, Server
from support.workload import make_function, make_role, zipped

LONG = bool(os.environ.get("THIMBLE_LONG_CHECKS"))
SEED = int(os.environ.get("THIMBLE_SEED", random.randrange(1 << 30)))
KILLS = 40 if LONG else 5
WRITERS, KEYS, CONTENTS = 4, 6, 12
COLLECTED_AFTER = 2.0  # Seconds; the server's own pause after a start.


def content(number):
    return f"content {number} ".encode() * 500


class Writer(threading.Thread):
    """Puts and deletes keys of its own, whose contents are everybody's. Knows what each may hold."""

    def __init__(self, number, seed):
        super().__init__()
        self.number, self.chance = number, random.Random(seed)
        self.may_be = {f"w{number}k{key}": {None} for key in range(KEYS)}
        self.stopping, self.port = threading.Event(), None

    def again(self, port):
        """The same writer, for another start of the server."""
        other = Writer(self.number, self.chance.random())
        other.may_be, other.port = self.may_be, port
        other.start()
        return other

    def run(self):
        try:
            raw = Raw(self.port)
            while not self.stopping.is_set():
                key = self.chance.choice(list(self.may_be))
                wanted = self.chance.choice([None, *range(CONTENTS)])
                self.may_be[key] = self.may_be[key] | {wanted}
                status = raw.delete_object("blobs", key) if wanted is None else raw.put_object("blobs", key, content(wanted))
                if status in (200, 204):
                    self.may_be[key] = {wanted}
        except OSError:
            pass  # The server was killed.
        except Exception as error:  # http.client's own, when an answer was cut.
            if "http.client" not in type(error).__module__:
                raise


def read_all(server):
    """Each object's bytes, which have to be those that its row knows."""
    s3, found = server.client("s3"), {}
    for each in s3.list_objects_v2(Bucket="blobs").get("Contents", []):
        body = s3.get_object(Bucket="blobs", Key=each["Key"])["Body"].read()
        assert each["ETag"].strip('"').endswith("-1") or hashlib.md5(body).hexdigest() == each["ETag"].strip('"'), each["Key"]
        found[each["Key"]] = body
    return found


def blob_files(server):
    return [path.name for path in (server.data / "blobs").glob("??/*")]


def wait_for_blobs(server, names):
    deadline = time.monotonic() + 30
    while set(blob_files(server)) != names:
        assert time.monotonic() < deadline, f"{len(blob_files(server))} blobs, but {len(names)} are named"
        time.sleep(0.05)


def test_blobs_that_nothing_names_go_and_no_others():
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    server = Server().start()
    try:
        s3, functions, tables = server.client("s3"), server.client("lambda"), server.client("dynamodb")
        s3.create_bucket(Bucket="blobs", CreateBucketConfiguration={"LocationConstraint": REGION})
        role = make_role(server, "blobs")
        layer = functions.publish_layer_version(LayerName="l", Content={"ZipFile": zipped({"python/shared.py": "said = 'layer'"})})
        make_function(server, "f", role, "def handler(e, c): return 'old'")
        functions.update_function_code(FunctionName="f", ZipFile=zipped({
            "index.py": "import shared\ndef handler(e, c): return 'new ' + shared.said"}))
        functions.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig={"Delay": 1})
        functions.update_function_configuration(FunctionName="f", Layers=[layer["LayerVersionArn"]])
        functions.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig={"Delay": 1})
        upload = s3.create_multipart_upload(Bucket="blobs", Key="parts")["UploadId"]
        part = s3.upload_part(Bucket="blobs", Key="parts", UploadId=upload, PartNumber=1, Body=b"one part")["ETag"]
        tables.create_table(TableName="kept", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
        tables.get_waiter("table_exists").wait(TableName="kept", WaiterConfig={"Delay": 1})
        tables.put_item(TableName="kept", Item={"k": {"S": "kept"}})
        backup = tables.create_backup(TableName="kept", BackupName="kept")["BackupDetails"]["BackupArn"]
        writers = [Writer(number, chance.random()) for number in range(WRITERS)]
        # 1. Kills, some before and some while the blobs of the run before are collected.
        for _ in range(KILLS):
            writers = [each.again(server.port) for each in writers]
            time.sleep(COLLECTED_AFTER * chance.choice([0.1, 1.01, 1.05, 1.3]))
            server.kill()
            for each in writers:
                each.join()
            server = Server(data=server.data).start()
            found = read_all(server)
            for each in writers:
                for key, may_be in each.may_be.items():
                    assert found.get(key) in [None if one is None else content(one) for one in may_be], key
                    each.may_be[key] = {one for one in may_be if found.get(key) == (None if one is None else content(one))}
            answer = server.client("lambda").invoke(FunctionName="f")
            assert answer["Payload"].read() == b'"new layer"', answer
        # 2. What is left is what is named: twice, since the last run made garbage, too.
        s3, functions, tables = server.client("s3"), server.client("lambda"), server.client("dynamodb")
        s3.complete_multipart_upload(Bucket="blobs", Key="parts", UploadId=upload,
                                     MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]})
        server.stop()
        server = Server(data=server.data).start()
        s3, functions, tables = server.client("s3"), server.client("lambda"), server.client("dynamodb")
        found = read_all(server)
        assert found.pop("parts") == b"one part"
        named = {hashlib.sha256(body).hexdigest() for body in [b"one part", *found.values()]}
        deadline = time.monotonic() + 30
        while len(blob_files(server)) > len(named) + 3:  # The layer's, the function's, the backup's.
            assert time.monotonic() < deadline, len(blob_files(server))
            time.sleep(0.05)
        assert named < set(blob_files(server)) and len(blob_files(server)) == len(named) + 3
        assert functions.invoke(FunctionName="f")["Payload"].read() == b'"new layer"'
        tables.restore_table_from_backup(TargetTableName="again", BackupArn=backup)
        tables.get_waiter("table_exists").wait(TableName="again", WaiterConfig={"Delay": 1})
        assert tables.get_item(TableName="again", Key={"k": {"S": "kept"}})["Item"]
        # 3. When all is deleted, nothing is left.
        for key in [*found, "parts"]:
            s3.delete_object(Bucket="blobs", Key=key)
        functions.delete_function(FunctionName="f")
        functions.delete_layer_version(LayerName="l", VersionNumber=1)
        tables.delete_backup(BackupArn=backup)
        server.stop()
        server = Server(data=server.data).start()
        wait_for_blobs(server, set())
    finally:
        server.remove()
