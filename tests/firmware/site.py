"""A download site on this machine: pages in micropython.org's format, and files that come in all the ways they can."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

NAME = "ESP32_GENERIC-20260406-v1.28.0.bin"
URL = f"/resources/firmware/{NAME}"
IMAGE = b"\xe9" + bytes(range(256)) * 1200
BOARDS = (
    ("ESP32_GENERIC", "ESP32 / WROOM", "Espressif"),
    ("ESP32_GENERIC_C3", "ESP32-C3", "Espressif"),
    ("OLIMEX_ESP32_POE", "ESP32 POE", "Olimex"),
    ("RPI_PICO", "Pico", "Raspberry Pi"),
)
BUILDS = {
    "": ("20260406-v1.28.0", "20251209-v1.27.0", "20250911-v1.26.1", "20250809-v1.26.0", "20220117-v1.18"),
    "SPIRAM": ("20260406-v1.28.0", "20251209-v1.27.0"),
    "D2WD": ("20260406-v1.28.0",),
}
PREVIEW = "20260807-v1.29.0-preview.678.g5f2181f938"
ABOUT = {"": "", "SPIRAM": " (Support for SPIRAM / WROVER)", "D2WD": " (ESP32 D2WD)"}


@dataclass
class Answer:
    """What is at a path, and how it is sent.

    The connection ends after ``cut`` bytes of the body; a ``careless`` server does not look at If-Range. One that is
    ``silent`` says nothing, or nothing more after ``cut`` bytes.
    """

    data: bytes
    kind: str = "application/octet-stream"
    status: int = 200
    etag: str = '"one"'
    modified: str = ""
    ranges: bool = True
    careless: bool = False
    length: bool = True
    cut: int | None = None
    silent: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


class Site:
    """What is there by path, and what was asked: paths with the range that was wanted."""

    def __init__(self, url: str, closing: threading.Event) -> None:
        self.url = url
        self.closing = closing
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str]] = []

    def put(self, path: str, data: bytes | str, **how: object) -> None:
        """Put a page or a file at ``path``."""
        body = data.encode() if isinstance(data, str) else data
        answer = Answer(body, kind="text/html; charset=utf-8" if isinstance(data, str) else "application/octet-stream")
        self.answers[path] = replace(answer, **how)  # type: ignore[arg-type]

    def publish(self) -> None:
        """Put what the site usually has: the list, the page of one board, its plain build."""
        self.put("/download/", list_page(BOARDS, ("esp32", "esp32c3", "rp2040")))
        self.put("/download/?mcu=esp32", list_page([BOARDS[0], BOARDS[2]]))
        self.put("/download/ESP32_GENERIC/", board_page("ESP32_GENERIC"))
        self.put(URL, IMAGE)


def list_page(boards: Sequence[tuple[str, str, str]], mcus: Sequence[str] = ()) -> str:
    """Return a list of boards as the site writes it."""
    links = ", \n".join(f'<a href="?mcu={mcu}" class="filter-option">{mcu}</a>' for mcu in mcus)
    cards = "\n".join(
        f'<a class="board-card" href="{board}">\n<div class="board-image">\n<img src="/x/{board}.jpg">\n</div>\n'
        f'<div class="board-product">{product}</div>\n<div class="board-vendor">{vendor}</div>\n</a>'
        for board, product, vendor in boards
    )
    nav = '<nav><a class="nav-link" href="/download">DOWNLOAD</a></nav>'
    return f"<!DOCTYPE html><html><body>{nav}<h1>MicroPython downloads</h1>{links}<br>{cards}</body></html>"


def board_page(board: str) -> str:
    """Return a board's page as the site writes it."""
    sections = "\n".join(_section(board, variant) for variant in BUILDS)
    return f"<!DOCTYPE html><html><body><h2> {board} </h2>\n<p>Text &amp; more.</p>{sections}</body></html>"


def _section(board: str, variant: str) -> str:
    name = f"{board}-{variant}" if variant else board
    rows = "".join(_row(f"{name}-{build}") for build in BUILDS[variant])
    return (
        f"<p><h2>Firmware{ABOUT[variant]}</h2><h3>Releases</h3>{rows}"
        f"<h3>Preview builds</h3><p class=preview-note>Automatic builds.</p>{_row(f'{name}-{PREVIEW}')}</p>"
    )


def _row(stem: str) -> str:
    link = f"/resources/firmware/{stem}"
    return (
        f'<div><strong><a href="{link}.bin">v (2026-04-06) .bin</a></strong> / <a href="{link}.app-bin">[.app-bin]</a>'
        f' / <a href="{link}.meta.zip">[.elf and .map]</a> / <a href="https://example.org/v1">[Release notes]</a></div>'
    )


@contextmanager
def serve() -> Iterator[Site]:
    """Serve a site until the block ends."""
    closing = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.site = Site(f"http://127.0.0.1:{server.server_address[1]}", closing)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.site  # type: ignore[attr-defined]
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        site.asked.append((self.path, self.headers.get("Range", "")))
        answer = site.answers.get(self.path, Answer(b"<html>not found</html>", "text/html", 404))
        if answer.silent and answer.cut is None:
            site.closing.wait()
            return
        start = self._start(answer)
        if start > len(answer.data):
            self.send_error(416)
            return
        self.send_response(206 if start else answer.status)
        body = answer.data[start:]
        for header, value in self._headers(answer, start, body).items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(body if answer.cut is None else body[: answer.cut])
        if answer.silent:
            self.wfile.flush()
            site.closing.wait()

    def _start(self, answer: Answer) -> int:
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = answer.careless or self.headers.get("If-Range") in (answer.etag, answer.modified)
        return int(wanted[1]) if wanted and same and answer.ranges else 0

    def _headers(self, answer: Answer, start: int, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": answer.kind, **answer.headers}
        if answer.etag:
            headers["ETag"] = answer.etag
        if answer.modified:
            headers["Last-Modified"] = answer.modified
        if answer.length:
            headers["Content-Length"] = str(len(body))
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(answer.data) - 1}/{len(answer.data)}"
        return headers

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
