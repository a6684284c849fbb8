"""A hub on 127.0.0.1: enough of the APIs of Hugging Face and ModelScope for a download, with faults on order."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "c0ffee" + "0" * 34


@dataclass
class Request:
    """One request as it arrived; ``file`` is the model's file that it asks for, if any."""

    method: str
    path: str
    file: str | None
    range: str | None
    authorization: str | None
    cookie: str | None


@dataclass
class Faults:
    """What goes wrong. Counters count down to zero; then all is well again.

    Args:
        cut_after: file → (times, bytes): close the connection after that many bytes of an answer.
        wrong_bytes: file → times that its content comes with one byte changed.
        statuses: statuses to answer with, in this order, before anything else.
        hang: file → times that nothing is sent for ``hang_seconds``.
        gated: refuse everybody without this token.
        digests: file → the hash to announce instead of its own.
        commit: the commit to announce.
        redirect: send every request for a file on to ``/cdn/…`` of another origin, as real hubs do.
        ignore_ranges: answer 200 with the whole file to every request.
    """

    cut_after: dict[str, tuple[int, int]] = field(default_factory=dict)
    wrong_bytes: dict[str, int] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    retry_after: str | None = None
    hang: dict[str, int] = field(default_factory=dict)
    hang_seconds: float = 5.0
    gated: str | None = None
    ignore_ranges: bool = False
    redirect: bool = False
    seconds_per_chunk: float = 0.0
    digests: dict[str, str] = field(default_factory=dict)
    commit: str = COMMIT


@dataclass
class Hub:
    """The running server: its address, the files it has, the faults it makes, the requests it saw."""

    url: str
    model_id: str
    files: dict[str, bytes]
    faults: Faults = field(default_factory=Faults)
    requests: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ranges_of(self, file: str) -> list[str | None]:
        """The Range header of each GET of a file's bytes, in order."""
        return [request.range for request in self.requests if request.file == file and request.method == "GET"]

    def take(self, counters: dict[str, int], name: str) -> bool:
        """Count one fault down; False when none is left."""
        with self.lock:
            if counters.get(name, 0) <= 0:
                return False
            counters[name] -= 1
            return True


@contextmanager
def running_hub(model_id: str, files: dict[str, bytes]) -> Iterator[Hub]:
    """Serve a model (or, with ``datasets/`` before its id, a data set) on a free port until the block ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    hub = Hub(f"http://127.0.0.1:{server.server_address[1]}", model_id, dict(files))
    server.hub = hub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def is_lfs(path: str) -> bool:
    """Tell whether the hub keeps this file in LFS (and announces its sha256)."""
    return path.endswith((".safetensors", ".gguf", ".bin", ".parquet")) or path == "tokenizer.json"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that are killed or give up are what these tests are about


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined,no-any-return]

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, file = self.hub, self._file()
        with hub.lock:
            hub.requests.append(
                Request(
                    self.command,
                    self.path,
                    file,
                    self.headers.get("Range"),
                    self.headers.get("Authorization"),
                    self.headers.get("Cookie"),
                )
            )
            status = hub.faults.statuses.pop(0) if hub.faults.statuses else None
        if status is not None:
            self._send_json(status, {"error": "ordered"})
        elif hub.faults.gated and self.headers.get("Authorization") != f"Bearer {hub.faults.gated}":
            self._send_json(403, {"error": "gated"}, {"X-Error-Code": "GatedRepo", "X-Error-Message": "gated"})
        elif file is not None and hub.faults.redirect and not self.path.startswith("/cdn/"):
            self._send_json(302, {}, {"Location": f"{hub.url.replace('127.0.0.1', 'localhost')}/cdn/{file}"})
        elif file is not None:
            self._send_file(file)
        else:
            self._send_listing()

    def _file(self) -> str | None:
        url = urlsplit(self.path)
        if match := re.fullmatch(rf"/{self.hub.model_id}/resolve/[^/]+/(.+)", unquote(url.path)):
            return match[1]
        if url.path.startswith("/cdn/"):
            return unquote(url.path.removeprefix("/cdn/"))
        if url.path == f"/api/v1/models/{self.hub.model_id}/repo":
            return parse_qs(url.query)["FilePath"][0]
        return None

    def _send_listing(self) -> None:
        hub, url = self.hub, urlsplit(self.path)
        kind, name = "models", re.escape(hub.model_id)
        if hub.model_id.startswith("datasets/"):
            kind, name = "datasets", re.escape(hub.model_id.removeprefix("datasets/"))
        if re.fullmatch(rf"/api/{kind}/{name}(/revision/(main|v1|{COMMIT}))?", url.path):
            siblings = [_hf_entry(path, data, hub.faults.digests.get(path)) for path, data in hub.files.items()]
            answer = {"id": hub.model_id, "modelId": hub.model_id, "sha": hub.faults.commit, "siblings": siblings}
            self._send_json(200, answer)
        elif re.fullmatch(rf"/api/v1/models/{name}/repo/files", url.path):
            if parse_qs(url.query)["Revision"][0] not in ("master", "v1"):
                self._send_json(404, {"Code": 10010205001, "Success": False})
                return
            files = [
                {
                    "Path": path,
                    "Name": path.rpartition("/")[2],
                    "Size": len(data),
                    "Type": "blob",
                    "Sha256": hub.faults.digests.get(path, _sha(data)),
                }
                for path, data in hub.files.items()
            ]
            self._send_json(200, {"Code": 200, "Success": True, "Data": {"Files": files}})
        elif re.fullmatch(rf"/api/{kind}/{name}/revision/.*", url.path):
            self._send_json(404, {"error": "no such revision"}, {"X-Error-Code": "RevisionNotFound"})
        else:
            self._send_json(404, {"error": "no such model"}, {"X-Error-Code": "RepoNotFound"})

    def _send_file(self, path: str) -> None:
        hub, faults = self.hub, self.hub.faults
        data = hub.files.get(path)
        if data is None:
            self._send_json(404, {"error": "no such file"}, {"X-Error-Code": "EntryNotFound"})
            return
        if self.command == "GET" and hub.take(faults.hang, path):
            time.sleep(faults.hang_seconds)
            self.close_connection = True
            return
        start = 0
        if (match := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))) and not faults.ignore_ranges:
            start = int(match[1])
        body = data[start:]
        if self.command == "GET" and hub.take(faults.wrong_bytes, path):
            body = bytes([body[0] ^ 0xFF]) + body[1:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{_sha(data) if is_lfs(path) else _blob_id(data)}"')
        self.end_headers()
        if self.command == "GET":
            self._send_body(path, body)

    def _send_body(self, path: str, body: bytes) -> None:
        times, limit = self.hub.faults.cut_after.get(path, (0, 0))
        if times > 0:
            self.hub.faults.cut_after[path] = (times - 1, limit)
            body = body[:limit]
            self.close_connection = True
        try:
            for start in range(0, len(body), 1 << 16):
                self.wfile.write(body[start : start + (1 << 16)])
                if self.hub.faults.seconds_per_chunk:
                    time.sleep(self.hub.faults.seconds_per_chunk)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _send_json(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        if self.hub.faults.retry_after and status >= 429:
            self.send_header("Retry-After", self.hub.faults.retry_after)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def _hf_entry(path: str, data: bytes, digest: str | None) -> dict[str, object]:
    entry: dict[str, object] = {"rfilename": path, "size": len(data), "blobId": digest or _blob_id(data)}
    if is_lfs(path):
        entry["lfs"] = {"sha256": digest or _sha(data), "size": len(data), "pointerSize": 134}
    return entry


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _blob_id(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
