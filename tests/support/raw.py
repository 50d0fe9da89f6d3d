"""Calls over plain sockets, for load that boto3 would be too slow to make. Credentials are the open door's."""
import hashlib
import http.client
import json
import time

from .server import REGION


class Raw:
    """One keep-alive connection."""

    def __init__(self, port, timeout=20):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.connection.connect()

    def _headers(self, service, **more):
        day = time.strftime("%Y%m%d", time.gmtime())
        return {"Authorization": f"AWS4-HMAC-SHA256 Credential=test/{day}/{REGION}/{service}/aws4_request, "
                                 f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
                "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), **more}

    def json(self, service, target, body, version="1.0"):
        """A call of a JSON protocol, its body a value or a text as it is; returns (status, answer)."""
        self.connection.request("POST", "/", body if isinstance(body, str) else json.dumps(body), self._headers(
            service, **{"X-Amz-Target": target, "Content-Type": f"application/x-amz-json-{version}"}))
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else {}

    def states(self, operation, **body):
        return self.json("states", f"AWSStepFunctions.{operation}", body)

    def put_object(self, bucket, key, body):
        self.connection.request("PUT", f"/{bucket}/{key}", body, self._headers(
            "s3", **{"x-amz-content-sha256": hashlib.sha256(body).hexdigest()}))
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

    def get_object(self, bucket, key):
        self.connection.request("GET", f"/{bucket}/{key}", headers=self._headers(
            "s3", **{"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}))
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def delete_object(self, bucket, key):
        self.connection.request("DELETE", f"/{bucket}/{key}", headers=self._headers(
            "s3", **{"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}))
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

    def close(self):
        self.connection.close()
