"""HTTP framing that is not to be trusted (reliability check 27): each case ends in one 4xx, or in a closed connection."""
import pathlib
import re
import socket
import urllib.request

import pytest

GET = b"GET /_thimble/health HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
SMUGGLED = b"GET /_thimble/health HTTP/1.1\r\nHost: localhost\r\n\r\n"

# name: what is sent. None of these is a good request, so none may get a 2xx or two answers.
REFUSED = {
    "length too large": POST + b"Content-Length: 1000000000000\r\n\r\n",
    "length beyond 64 bits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "negative length": POST + b"Content-Length: -5\r\n\r\nhello",
    "length with a sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "hexadecimal length": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "length with text": POST + b"Content-Length: 5 a\r\n\r\nhello",
    "empty length": POST + b"Content-Length: \r\n\r\nhello",
    "two different lengths": POST + b"Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello" + SMUGGLED,
    "lengths in a list": POST + b"Content-Length: 5, 6\r\n\r\nhello!" + SMUGGLED,
    "length and chunked": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two transfer encodings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked is not last": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "unknown transfer encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "transfer encoding after a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "space before the colon": POST + b"Content-Length : 5\r\n\r\nhello" + SMUGGLED,
    "space before chunked's colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunk size is no number": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "chunk size with a sign": POST + b"Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
    "chunk size with 0x": POST + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "chunk size beyond 64 bits": POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "chunk size beyond the limit": POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\nhello",
    "chunk without its end": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n",
    "chunk size and a bare LF": POST + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n" + SMUGGLED,
    "chunk data and a bare LF": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n" + SMUGGLED,
    "endless chunk extension": POST + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 100_000 + b"\r\nhello\r\n0\r\n\r\n",
    "chunk extension with a bare LF": POST + b"Transfer-Encoding: chunked\r\n\r\n5;a\nb\r\nhello\r\n0\r\n\r\n" + SMUGGLED,
    "endless trailers": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 50_000 + b"\r\n",
    "bare LF lines": b"GET /_thimble/health HTTP/1.1\nHost: localhost\n\n",
    "bare LF after a header": b"GET /_thimble/health HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
    "bare CR in a header": GET + b"X: a\rb\r\n\r\n",
    "folded header": GET + b"X: a\r\n b\r\n\r\n",
    "folded length": POST + b"Content-Length:\r\n 5\r\n\r\nhello" + SMUGGLED,
    "header line begins with a space": GET + b" X: a\r\n\r\n",
    "header without a colon": GET + b"nonsense\r\n\r\n",
    "header without a name": GET + b": value\r\n\r\n",
    "NUL in a header's value": GET + b"X: a\0b\r\n\r\n",
    "NUL in a header's name": GET + b"X\0Y: a\r\n\r\n",
    "NUL in the path": b"GET /_thimble/health\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "control character in the path": b"GET /_thimble/\x01health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "header of 8 MiB": GET + b"X: " + b"a" * (8 << 20) + b"\r\n\r\n",
    "100,000 headers": GET + b"".join(b"X-%d: a\r\n" % number for number in range(100_000)) + b"\r\n",
    "request line of 1 MiB": b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "two spaces in the request line": b"GET  /_thimble/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "tab in the request line": b"GET\t/_thimble/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no version": b"GET /_thimble/health\r\nHost: localhost\r\n\r\n",
    "HTTP/0.9": b"GET /_thimble/health HTTP/0.9\r\n\r\n",
    "HTTP/2.0": b"GET /_thimble/health HTTP/2.0\r\nHost: localhost\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "version in small letters": b"GET /_thimble/health http/1.1\r\nHost: localhost\r\n\r\n",
    "no Host": b"GET /_thimble/health HTTP/1.1\r\n\r\n",
    "two Hosts": GET + b"Host: localhost\r\n\r\n",
    "Host with a path": b"GET /_thimble/health HTTP/1.1\r\nHost: localhost/evil\r\n\r\n",
    "Host of another": b"GET /?Action=ListUsers HTTP/1.1\r\nHost: attacker.example\r\n\r\n",
    "absolute form of another": b"GET http://attacker.example/?Action=ListUsers HTTP/1.1\r\nHost: attacker.example\r\n\r\n",
    "absolute form that differs from Host": b"GET http://attacker.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "absolute form": b"GET http://localhost/_thimble/health HTTP/1.1\r\nHost: localhost\r\n\r\n",  # For proxies alone.
    "CONNECT": b"CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n",
    "method with a bracket": b"G{T /_thimble/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "unknown expectation": POST + b"Content-Length: 5\r\nExpect: 200-ok\r\n\r\nhello",
    "TLS greeting": bytes.fromhex("1603010200010001fc0303") + bytes(200),
    "zeros": bytes(4096),
    "nothing but line ends": b"\r\n" * 10_000,
}

# name: what is sent, and the status that it gets. Unusual, but good.
ACCEPTED = {
    "plain": (GET + b"\r\n", 200),
    "empty line in front": (b"\r\n" + GET + b"\r\n", 200),
    "HTTP/1.0": (b"GET /_thimble/health HTTP/1.0\r\nHost: localhost\r\n\r\n", 200),
}


def exchange(port, data, seconds=3):
    """Sends everything as far as it is taken; the statuses that come back, and whether the server closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It was closed or refused in the middle of the sending.
        received, closed = b"", False
        try:
            while True:
                part = connection.recv(65536)
                if not part:
                    closed = True
                    break
                received += part
        except socket.timeout:
            pass
        except OSError:
            closed = True
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", received)], closed


def resident(server):
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(server, case):
    statuses, closed = exchange(server.port, REFUSED[case])
    final = [status for status in statuses if status != 100]
    assert len(final) <= 1, f"{statuses}: two answers to one request"
    assert closed, "the connection stays open"
    # Servers of HTTP answer a version that they do not speak with 505, a method with 501.
    assert all(400 <= status < 500 or status in (501, 505) for status in final), statuses


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_is_accepted(server, case):
    data, status = ACCEPTED[case]
    statuses, _ = exchange(server.port, data)
    assert statuses == [status]


def test_all_of_them_cost_no_memory(own_server):
    own_server.start()
    for data in REFUSED.values():
        exchange(own_server.port, data)
    before = resident(own_server)
    for _ in range(3):
        for data in REFUSED.values():
            exchange(own_server.port, data)
    after = resident(own_server)
    print(f"{4 * len(REFUSED)} requests: {before:.1f} MiB, then {after:.1f} MiB (threshold 1 MiB more)")
    assert after - before <= 1
    with urllib.request.urlopen(f"{own_server.url}/_thimble/health") as answer:
        assert answer.status == 200
