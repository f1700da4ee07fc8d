"""firmware list, get and cached, against a site on this machine."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.conftest import Shell
from tests.firmware.site import IMAGE, NAME, URL, Site

PAGE = "/download/ESP32_GENERIC/"


@pytest.fixture
def shop(sh: Shell, site: Site) -> Shell:
    """A shell whose firmware comes from the local site, which has what it usually has."""
    site.publish()
    sh.env["ESPSH_FIRMWARE_URL"] = f"{site.url}/"
    return sh


def test_the_boards(shop: Shell) -> None:
    result = shop("firmware list")
    assert (result.code, result.err) == (0, "")
    assert result.lines[0].split() == ["board", "product", "vendor"]
    assert [line.split()[0] for line in result.lines[1:]] == [
        "ESP32_GENERIC", "ESP32_GENERIC_C3", "OLIMEX_ESP32_POE", "RPI_PICO",
    ]  # fmt: skip
    assert [line.split()[0] for line in shop("firmware list esp32").lines[1:]] == ["ESP32_GENERIC", "OLIMEX_ESP32_POE"]
    (pico,) = json.loads(shop("firmware list pico --json").out)
    assert pico == {"board": "RPI_PICO", "product": "Pico", "vendor": "Raspberry Pi"}


def test_the_builds_of_a_board(shop: Shell) -> None:
    lines = shop("firmware list ESP32_GENERIC --variants").lines
    assert [line.split()[0] for line in lines] == [
        "firmware", "ESP32_GENERIC", "ESP32_GENERIC-D2WD", "ESP32_GENERIC-SPIRAM",
    ]  # fmt: skip
    assert lines[1].split()[1:] == ["1.28.0", "2026-04-06", "1.18", "1.29.0-preview.678.g5f2181f938"]
    assert "Support for SPIRAM / WROVER" in lines[3]
    builds = json.loads(shop("firmware list ESP32_GENERIC --variants --json").out)
    assert {build["version"] for build in builds if build["variant"] == "SPIRAM" and not build["preview"]} == {
        "1.28.0", "1.27.0",
    }  # fmt: skip


def test_a_file_is_got_once_and_its_path_is_the_answer(shop: Shell, site: Site) -> None:
    result = shop("firmware get ESP32_GENERIC")
    assert result.code == 0
    assert Path(result.lines[-1]).read_bytes() == IMAGE
    assert result.err == "ESP32_GENERIC 1.28.0 (2026-04-06), 307.2 kB\n"
    assert shop("firmware get ESP32_GENERIC v1.28.0").out == result.out
    assert [path for path, _ in site.asked] == [PAGE, URL]
    assert shop("firmware cached").lines[1].split() == ["307.2", "kB", result.out.strip()]
    assert json.loads(shop("firmware cached --json").out) == [{"path": result.out.strip(), "size": len(IMAGE)}]


@pytest.mark.parametrize(("out", "made"), [(".", NAME), ("dir", f"dir/{NAME}"), ("dir/", f"dir/{NAME}"), ("x", "x")])
def test_a_copy_where_it_is_wanted(shop: Shell, out: str, made: str) -> None:
    (shop.folder / "dir").mkdir()
    result = shop(f"firmware get ESP32_GENERIC -o {out}")
    assert (result.code, result.out) == (0, "")
    assert shop.read(made) == IMAGE


def test_an_interrupted_download_goes_on(shop: Shell, site: Site) -> None:
    site.answers[URL].cut = 1000
    result = shop("firmware get ESP32_GENERIC")
    assert result.code == 4 and result.out == ""
    assert f"broke off after 1000 of {len(IMAGE)} bytes\nhint: try again" in result.err
    assert shop("firmware cached").out == ""
    site.answers[URL].cut = None
    assert Path(shop("firmware get ESP32_GENERIC").lines[-1]).read_bytes() == IMAGE
    assert site.asked[-1] == (URL, "bytes=1000-")


def test_offline(shop: Shell, site: Site) -> None:
    got = shop("firmware get ESP32_GENERIC").out
    listed = shop("firmware list").out
    for page in Path(shop.env["ESPSH_CACHE_DIR"], "firmware", "pages").iterdir():
        os.utime(page, (time.time() - 2 * 86400 - 60,) * 2)
    site.put("/resources/firmware/ESP32_GENERIC-20251209-v1.27.0.bin", IMAGE)
    for answer in site.answers.values():
        answer.status = 503
    for line, out in (("firmware get ESP32_GENERIC", got), ("firmware list", listed)):
        result = shop(line)
        assert (result.code, result.out) == (0, out)
        assert "answers 503" in result.err and "this is what was known 2 days ago\n" in result.err
    result = shop("firmware get ESP32_GENERIC 1.27.0")
    assert (result.code, result.out) == (3, "") and "v1.27.0.bin" in result.err


def test_offline_from_the_start(sh: Shell) -> None:
    sh.env["ESPSH_FIRMWARE_URL"] = "http://127.0.0.1:1"
    result = sh("firmware list")
    assert (result.code, result.out) == (3, "")
    assert "127.0.0.1:1 cannot be reached" in result.err and "hint: nothing is known of it" in result.err
    assert sh("firmware cached").code == 0


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("firmware", 2, "ACTION is missing"),
        ("firmware put", 2, "none of: list, get, cached"),
        ("firmware list a b", 2, "one word too many"),
        ("firmware cached a", 2, "one word too many"),
        ("firmware list -o x", 2, "-o goes with get"),
        ("firmware list nothing-like-it", 2, "no board or chip"),
        ("firmware get", 2, "wants a board"),
        ("firmware get a b c", 2, "wants a board"),
        ("firmware get ../../etc", 2, "no board's name"),
        ("firmware get NONE", 2, "no board 'NONE'"),
        ("firmware get ESP32_GENERIC-X", 2, "there are: ESP32_GENERIC"),
        ("firmware get ESP32_GENERIC 1.99", 2, "there are: 1.29.0-preview"),
        ("firmware get ESP32_GENERIC newest", 2, "no MicroPython version"),
        ("firmware get ESP32_GENERIC -o none/", 2, "no such directory"),
        ("@all firmware list", 2, "no board"),
    ],
)
def test_what_cannot_be_meant(shop: Shell, line: str, code: int, said: str) -> None:
    result = shop(line)
    assert (result.code, result.out) == (code, "")
    assert said in result.err and "Traceback" not in result.err


def test_a_web_page_is_no_firmware(shop: Shell, site: Site) -> None:
    site.put(URL, "<html>please log in</html>")
    result = shop("firmware get ESP32_GENERIC -o x.bin")
    assert result.code == 5 and "is a web page\nhint: is there a hotspot" in result.err
    assert not (shop.folder / "x.bin").exists()
