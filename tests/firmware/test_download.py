"""Downloads: whole and checked or not there, and what was begun goes on."""

from __future__ import annotations

import hashlib
import http.client
import io
import itertools
import os
import re
import threading
import urllib.request
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.base.events import Progress
from espsh.errors import ConnectError, EspshError, FirmwareError, NotFoundError, TransferError
from espsh.firmware import download
from espsh.firmware.builds import Build
from espsh.firmware.download import download_build, downloaded
from espsh.firmware.parts import Head, claimed
from espsh.firmware.plausible import check_plausible
from espsh.web.asking import Patience, WebRedirects, get_page
from tests.firmware.site import IMAGE, NAME, URL, Site

HALF = len(IMAGE) // 2


@pytest.fixture
def build(site: Site) -> Build:
    site.put(URL, IMAGE)
    return Build("ESP32_GENERIC", "", "1.28.0", "2026-04-06", "bin", site.url + URL, NAME)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_comes_whole_and_once(site: Site, build: Build, tmp_path: Path) -> None:
    heard: list[Progress] = []
    path = download_build(build, tmp_path, listen=heard.append, board="attic")
    assert path.read_bytes() == IMAGE and path.name == NAME
    assert files(tmp_path) == [NAME, f"{NAME}.sha256"]
    assert downloaded(tmp_path) == [path]
    assert heard[-1] == Progress("attic", NAME, len(IMAGE), len(IMAGE))
    assert [event.done for event in heard] == sorted(event.done for event in heard)
    assert download_build(build, tmp_path) == path
    assert site.asked == [(URL, "")]
    path.unlink()
    assert downloaded(tmp_path) == []


def test_a_cut_connection_goes_on_next_time(site: Site, build: Build, tmp_path: Path) -> None:
    site.answers[URL].cut = HALF
    with pytest.raises(TransferError, match=f"broke off after {HALF} of {len(IMAGE)} bytes"):
        download_build(build, tmp_path)
    assert files(tmp_path) == [f"{NAME}.part"]
    assert downloaded(tmp_path) == []
    site.answers[URL].cut = None
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert site.asked == [(URL, ""), (URL, f"bytes={HALF}-")]
    assert files(tmp_path) == [NAME, f"{NAME}.sha256"]


def interrupt(event: Progress) -> None:
    raise KeyboardInterrupt


def test_what_ctrl_c_leaves_goes_on_next_time(site: Site, build: Build, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        download_build(build, tmp_path, listen=interrupt)
    assert files(tmp_path) == [f"{NAME}.part"]
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert re.fullmatch(r"bytes=[1-9]\d*-", site.asked[-1][1])


def test_interrupted_at_the_last_byte_nothing_is_asked_again(site: Site, build: Build, tmp_path: Path) -> None:
    def at_the_end(event: Progress) -> None:
        if event.done == event.total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download_build(build, tmp_path, listen=at_the_end)
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert len(site.asked) == 1


OTHER = b"\xe9" + bytes(reversed(IMAGE[1:]))


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ({}, {"etag": '"two"'}, f"bytes={HALF}-"),
        ({"etag": "", "modified": "Mon, 06 Apr 2026"}, {"etag": "", "modified": "Tue, 07 Apr 2026"}, f"bytes={HALF}-"),
        ({}, {"ranges": False}, f"bytes={HALF}-"),
        ({}, {"etag": '"two"', "careless": True}, f"bytes={HALF}-"),
        ({"etag": ""}, {"etag": ""}, ""),
        ({"etag": 'W/"one"'}, {"etag": 'W/"one"'}, ""),
    ],
    ids=["other ETag", "other date", "no ranges", "careless", "nothing to tell by", "weak ETag"],
)
def test_a_file_that_may_have_changed_comes_anew(
    site: Site, build: Build, tmp_path: Path, before: dict[str, object], after: dict[str, object], asked: str
) -> None:
    site.put(URL, IMAGE, cut=HALF, **before)
    with pytest.raises(TransferError):
        download_build(build, tmp_path)
    site.put(URL, OTHER, **after)
    assert download_build(build, tmp_path).read_bytes() == OTHER
    assert site.asked[1] == (URL, asked)


def test_a_file_of_another_length_comes_anew(site: Site, build: Build, tmp_path: Path) -> None:
    site.answers[URL].cut = HALF
    with pytest.raises(TransferError):
        download_build(build, tmp_path)
    site.put(URL, OTHER + b"longer", etag="", careless=True)
    assert download_build(build, tmp_path).read_bytes() == OTHER + b"longer"


def test_a_date_will_do_to_go_on(site: Site, build: Build, tmp_path: Path) -> None:
    site.put(URL, IMAGE, cut=HALF, etag='W/"x"', modified="Mon, 06 Apr 2026 10:00:00 GMT")
    with pytest.raises(TransferError):
        download_build(build, tmp_path)
    site.answers[URL].cut = None
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert site.asked[1][1] == f"bytes={HALF}-"


def test_a_part_that_is_too_long_comes_anew(site: Site, build: Build, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        download_build(build, tmp_path, listen=interrupt)
    (part,) = tmp_path.rglob("*.part")
    with part.open("ab") as file:
        file.write(IMAGE * 2)
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert len(site.asked) == 3  # 416 in between


@pytest.mark.parametrize("junk", [b"", b"{}\n", b"no json", b"[[[[\n", b'{"url": 1}\n', b"\xff\xfe\n"])
def test_a_damaged_part_comes_anew(site: Site, build: Build, tmp_path: Path, junk: bytes) -> None:
    path = download_build(build, tmp_path)
    path.unlink()
    path.with_name(f"{NAME}.part").write_bytes(junk + IMAGE[1:50])
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert files(tmp_path) == [NAME, f"{NAME}.sha256"]


def test_a_part_of_a_killed_download_is_taken_up_a_living_ones_is_not(site: Site, build: Build, tmp_path: Path) -> None:
    folder = download_build(build, tmp_path).parent
    for path in folder.iterdir():
        path.unlink()
    dead, living = folder / f"{NAME}.00.part", folder / f"{NAME}.11.part"
    with claimed(folder, NAME) as part:
        part.begin(Head(build.url, '"one"', len(IMAGE)))
        part.add(IMAGE[:1000])
        for path in (dead, living):
            path.write_bytes(part.path.read_bytes())
    os.utime(dead, (0, 0))
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert site.asked[-1] == (URL, "bytes=1000-")
    assert files(tmp_path) == [NAME, living.name, f"{NAME}.sha256"]


def test_two_at_once_do_not_spoil_each_other(site: Site, build: Build, tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()
    found: list[Path] = []

    def wait(event: Progress) -> None:
        begun.set()
        assert go_on.wait(20)

    first = threading.Thread(target=lambda: found.append(download_build(build, tmp_path, listen=wait)))
    first.start()
    try:
        assert begun.wait(20)
        found.append(download_build(build, tmp_path))
        assert found[0].read_bytes() == IMAGE
    finally:
        go_on.set()
        first.join()
    assert found[0] == found[1] and found[1].read_bytes() == IMAGE
    assert files(tmp_path) == [NAME, f"{NAME}.sha256"]
    assert [asked for asked in site.asked if asked[1]] == []


def test_a_digest_that_is_published_is_held(site: Site, build: Build, tmp_path: Path) -> None:
    right = build._replace(sha256=hashlib.sha256(IMAGE).hexdigest())
    site.put(URL, OTHER)
    with pytest.raises(TransferError, match="SHA-256"):
        download_build(right, tmp_path)
    assert files(tmp_path) == []
    site.put(URL, IMAGE)
    assert download_build(right, tmp_path).read_bytes() == IMAGE


@pytest.mark.parametrize("damaged", [NAME, f"{NAME}.sha256"])
def test_a_file_that_was_damaged_here_comes_anew(site: Site, build: Build, tmp_path: Path, damaged: str) -> None:
    path = download_build(build, tmp_path)
    path.with_name(damaged).write_bytes(b"\xff" * 64)
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert len(site.asked) == 2


PAGE = b"<!DOCTYPE html><html>please log in</html>"


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (PAGE, "text/html", "is a web page"),
        (PAGE, "application/octet-stream", "is a web page"),
        (b"\xef\xbb\xbf\r\n <html>", "", "is a web page"),
        (b"Service unavailable\n", "text/plain", "is text"),
        (b"", "application/octet-stream", "came empty"),
    ],
)
def test_a_page_is_never_taken_for_firmware(
    site: Site, build: Build, tmp_path: Path, data: bytes, kind: str, said: str
) -> None:
    site.put(URL, data, kind=kind)
    with pytest.raises(FirmwareError, match=said):
        download_build(build, tmp_path)
    assert files(tmp_path) == []


def test_a_check_that_is_passed_in_is_asked(site: Site, build: Build, tmp_path: Path) -> None:
    def refuse(name: str, data: bytes) -> None:
        assert (name, data) == (NAME, IMAGE)
        raise FirmwareError("no image")

    with pytest.raises(FirmwareError, match="no image"):
        download_build(build, tmp_path, check=refuse)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "data", "good"),
    [
        ("x.uf2", b"UF2\n\x00", True), ("x.uf2", b"\xe9\x00", False), ("x.hex", b":1000\n", True),
        ("x.hex", b"hex", False), ("x.elf", b"\x7fELF\x01", True), ("x.dfu", b"DfuSe\x01", True),
        ("x.dfu", b"\x00", False), ("x.bin", b"\x00\x20", True), ("x.app-bin", b"\xe9\x01", True),
        ("x.bin", b"hello", False), ("x.map", b"map", True),
    ],
)  # fmt: skip
def test_what_a_file_may_begin_with(name: str, data: bytes, good: bool) -> None:
    if good:
        check_plausible(name, data)
    else:
        with pytest.raises(FirmwareError):
            check_plausible(name, data)


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (404, NotFoundError, "has no"),
        (410, NotFoundError, "has no"),
        (500, ConnectError, "answers 500"),
        (403, ConnectError, "answers 403"),
    ],
)
def test_a_site_that_refuses(
    site: Site, build: Build, tmp_path: Path, status: int, kind: type[EspshError], said: str
) -> None:
    site.put(URL, "<html>", status=status)
    with pytest.raises(kind, match=said):
        download_build(build, tmp_path)
    assert files(tmp_path) == []


def test_a_refusal_leaves_what_had_come(site: Site, build: Build, tmp_path: Path) -> None:
    site.answers[URL].cut = HALF
    with pytest.raises(TransferError):
        download_build(build, tmp_path)
    site.put(URL, "<html>", status=500)
    with pytest.raises(ConnectError):
        download_build(build, tmp_path)
    site.put(URL, IMAGE)
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert site.asked[-1][1] == f"bytes={HALF}-"


def test_a_site_that_says_nothing(site: Site, build: Build, tmp_path: Path) -> None:
    site.answers[URL].silent = True
    with pytest.raises(ConnectError, match=r"did not answer within 0\.05 s"):
        download_build(build, tmp_path, patience=Patience(silence=0.05))


def test_a_site_that_falls_silent(site: Site, build: Build, tmp_path: Path) -> None:
    site.put(URL, IMAGE, cut=HALF, silent=True)
    with pytest.raises(TransferError, match="silent in the middle"):
        download_build(build, tmp_path, patience=Patience(silence=0.2))
    site.put(URL, IMAGE)
    assert download_build(build, tmp_path).read_bytes() == IMAGE
    assert site.asked[-1][1] == f"bytes={HALF}-"


def test_a_site_that_drips_is_left_in_the_end(site: Site, build: Build, tmp_path: Path) -> None:
    clock = itertools.count(step=100.0)
    with pytest.raises(TransferError, match="took more than 250 s"):
        download_build(build, tmp_path, patience=Patience(whole=250.0), clock=lambda: float(next(clock)))


def test_no_site_at_all(site: Site, build: Build, tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match="cannot be reached: Connection refused"):
        download_build(build._replace(url="http://127.0.0.1:1/x.bin"), tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1:99999", "127.0.0.1:x", "a..b", "a" * 70, "x y", "\x1b[2J"])
def test_addresses_that_are_none(build: Build, tmp_path: Path, host: str) -> None:
    with pytest.raises(ConnectError, match="cannot be reached") as raised:
        download_build(build._replace(url=f"http://{host}/x.bin"), tmp_path)
    assert raised.value.message.isprintable() and len(raised.value.message) < 300


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_redirects_to_elsewhere_than_the_web(site: Site, build: Build, tmp_path: Path, target: str) -> None:
    site.put(URL, b"", status=302, headers={"Location": target})
    with pytest.raises(ConnectError):
        download_build(build, tmp_path)
    assert files(tmp_path) == []


def test_a_redirect_never_gives_up_encryption() -> None:
    asked = urllib.request.Request("https://micropython.org/x.bin")
    headers = http.client.HTTPMessage()
    with pytest.raises(ConnectError, match="sends us on to 'http://"):
        WebRedirects().redirect_request(asked, io.BytesIO(), 302, "Found", headers, "http://micropython.org/x.bin")
    assert WebRedirects().redirect_request(asked, io.BytesIO(), 302, "Found", headers, "https://elsewhere.org/")


def test_redirects_on_the_web(site: Site, build: Build, tmp_path: Path) -> None:
    site.put("/old", b"", status=301, headers={"Location": URL})
    assert download_build(build._replace(url=f"{site.url}/old"), tmp_path).read_bytes() == IMAGE
    site.put("/loop", b"", status=302, headers={"Location": "/loop"})
    with pytest.raises(ConnectError, match="302") as raised:
        get_page(f"{site.url}/loop")
    assert raised.value.message.isprintable()


def test_a_proxy_of_the_environment(site: Site, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", site.url)
    site.put("http://micropython.invalid/x.bin", IMAGE)
    assert download_build(build._replace(url="http://micropython.invalid/x.bin"), tmp_path).read_bytes() == IMAGE


def test_sizes_are_bounded(site: Site, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.put(URL, IMAGE, length=False, headers={"Content-Length": str(10**12)})
    with pytest.raises(FirmwareError, match="more than 64 MB"):
        download_build(build, tmp_path)
    monkeypatch.setattr(download, "_LARGEST", len(IMAGE) - 1)
    site.put(URL, IMAGE, length=False)
    with pytest.raises(FirmwareError, match="more than 0 MB"):
        download_build(build, tmp_path)
    assert files(tmp_path) == []
    site.put("/long", "x" * 5_000_000)
    with pytest.raises(ConnectError, match="more than 4 MB"):
        get_page(f"{site.url}/long")


def test_without_a_length_it_comes_as_well(site: Site, build: Build, tmp_path: Path) -> None:
    site.answers[URL].length = False
    assert download_build(build, tmp_path).read_bytes() == IMAGE


def test_what_nobody_asked_for(site: Site, build: Build, tmp_path: Path) -> None:
    site.put(URL, IMAGE, headers={"Content-Encoding": "gzip"})
    with pytest.raises(ConnectError, match="compressed"):
        download_build(build, tmp_path)
    site.put(URL, IMAGE, status=206)
    with pytest.raises(ConnectError, match="nobody asked for"):
        download_build(build, tmp_path)
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_made(build: Build, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EspshError, match="not a directory"):
        download_build(build, tmp_path / "file")


@given(st.text(max_size=250) | st.sampled_from(["..", "a/b", "a\\b", "C:x", ".x", "x\n", "nul\0", "x" * 201]))
def test_no_name_leads_out_of_the_cache(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    build = Build("B", "", "1.0", "", "bin", "http://127.0.0.1:1/", name)
    with pytest.raises((FirmwareError, ConnectError)) as raised:
        download_build(build, tmp_path_factory.getbasetemp() / "cache")
    assert raised.type is FirmwareError or re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name)
