import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from saccade.core import downloading
from saccade.core.downloading import download
from saccade.core.errors import DownloadError

CONTENT = bytes(range(256)) * 4000
CHECKSUM = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


class Server(ThreadingHTTPServer):
    """Serves `files` on loopback and remembers the ranges that were asked for.

    Attributes:
        files: content by path.
        ranges: whether it can go on in the middle of a file.
        breaks: how many answers break off in the middle.
        asked: (path, range or None) of every request.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.ranges, self.breaks, self.asked = {"/data.bin": CONTENT}, True, 0, []

    def address(self, path="/data.bin"):
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = self.headers["Range"]
        self.server.asked.append((self.path, wanted))
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.server.ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.breaks:
            self.server.breaks -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "home" / "data.bin"


def debris(target):
    return [path.name for path in target.parent.iterdir() if path != target and path.suffix != ".lock"]


def test_a_file_is_fetched_whole(server, target):
    assert download([server.address()], target, checksum=CHECKSUM).read_bytes() == CONTENT
    assert debris(target) == []


def test_what_is_there_is_not_fetched_again(server, target):
    for _ in range(2):
        download([server.address()], target, checksum=CHECKSUM)
    assert len(server.asked) == 1


def test_an_answer_that_breaks_off_is_gone_on_with(server, target):
    server.breaks = 2
    assert download([server.address()], target, checksum=CHECKSUM).read_bytes() == CONTENT
    half = len(CONTENT) // 2
    assert [asked for _, asked in server.asked] == [None, f"bytes={half}-", f"bytes={half + half // 2}-"]


def test_a_server_that_cannot_go_on_starts_anew(server, target):
    server.breaks, server.ranges = 1, False
    assert download([server.address()], target, checksum=CHECKSUM).read_bytes() == CONTENT
    assert len(server.asked) == 2


def test_a_later_start_goes_on_where_the_last_broke_off(server, target):
    server.breaks = 99
    with pytest.raises(DownloadError, match="broke off again and again"):
        download([server.address()], target, checksum=CHECKSUM)
    assert not target.exists()
    server.breaks = 0
    assert download([server.address()], target, checksum=CHECKSUM).read_bytes() == CONTENT
    assert server.asked[-1][1] is not None


@pytest.mark.parametrize("begun", [b"of another version", CONTENT + b"and more"])
def test_a_wrong_beginning_is_thrown_away(server, target, begun):
    target.parent.mkdir()
    downloading._partial(target, server.address()).write_bytes(begun)
    assert download([server.address()], target, checksum=CHECKSUM).read_bytes() == CONTENT
    assert debris(target) == []


def test_a_wrong_checksum_is_refused_and_leaves_nothing(server, target):
    server.files["/data.bin"] = CONTENT[:-1] + b"!"
    with pytest.raises(DownloadError, match=rf"gave {len(CONTENT)} bytes with the wrong checksum"):
        download([server.address()], target, checksum=CHECKSUM)
    assert not target.exists()
    assert debris(target) == []


def test_after_a_404_and_a_wrong_file_the_next_mirror_is_tried(server, target):
    server.files["/wrong"] = b"<html>please log in</html>"
    mirrors = [server.address("/nowhere"), server.address("/wrong"), server.address()]
    assert download(mirrors, target, checksum=CHECKSUM).read_bytes() == CONTENT
    assert [path for path, _ in server.asked] == ["/nowhere", "/wrong", "/data.bin"]


def test_a_mirror_may_pack_anew(server, tmp_path):
    server.files["/data.gz"] = gzip.compress(CONTENT, compresslevel=1, mtime=12345)
    target = tmp_path / "data.gz"
    download([server.address("/data.gz")], target, checksum=CHECKSUM)
    assert gzip.decompress(target.read_bytes()) == CONTENT


def test_a_gz_file_that_is_none_is_refused(server, tmp_path):
    with pytest.raises(DownloadError, match="wrong checksum"):
        download([server.address()], tmp_path / "data.gz", checksum=CHECKSUM)


def test_without_a_network_it_says_what_to_put_where(server, target):
    server.shutdown()
    server.server_close()
    addresses = [server.address(), server.address("/nowhere")]
    with pytest.raises(DownloadError) as caught:
        download(addresses, target, checksum=CHECKSUM)
    text = str(caught.value)
    assert "data.bin could not be downloaded" in text
    assert all(f"{address}: no connection" in text for address in addresses)
    assert f"put it into {target.parent}/" in text


def test_a_404_is_said(server, target):
    with pytest.raises(DownloadError, match="answered 404 Not Found"):
        download([server.address("/nowhere")], target, checksum=CHECKSUM)
