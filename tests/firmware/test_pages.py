"""The pages of the download site: what is read of them, and that nothing on them does harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.errors import UsageError
from espsh.firmware.builds import Board, Build, flashable, matching, read_full_id, read_name
from espsh.firmware.pages import clean, read_boards, read_builds
from tests.firmware.site import BOARDS, BUILDS, NAME, PREVIEW, board_page, list_page

PAGE = "https://micropython.org/download/ESP32_GENERIC/"
PIECES = (
    *('<a class="board-card" href="', "ESP32_GENERIC", '">', "</a>", '<div class="board-product">', "</div>", "<h2>"),
    *("Firmware (x)", "</h2>", '<a href="/resources/firmware/', NAME, "../..", "<![", "<!--", "&#27;[2J", "&#x202e;"),
)
HTML = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=40).map("".join)


def test_the_boards_of_a_list() -> None:
    found = read_boards(list_page(BOARDS, ("esp32", "esp32c3")))
    assert found.boards == tuple(Board(*board) for board in BOARDS)
    assert found.mcus == ("esp32", "esp32c3")


def test_a_list_in_another_layout() -> None:
    found = read_boards(
        "<p><A CLASS='card board-card' HREF='/download/X1/'><h3 class=board-product>One <b>&amp;</b><br> half</h3>"
        "<p>text</p><span class='board-vendor small'>V</span></A><a class=board-card href='Y2'></a>"
        "<div class=board-vendor>no board's</div></p>"
    )
    assert found.boards == (Board("X1", "One & half", "V"), Board("Y2", "", ""))


def test_the_builds_of_a_board() -> None:
    page = read_builds(board_page("ESP32_GENERIC"), PAGE)
    assert page.unread == ()
    builds = flashable(page.builds)
    assert {build.variant for build in builds} == set(BUILDS)
    assert len(builds) == sum(map(len, BUILDS.values())) + len(BUILDS)
    plain = next(build for build in builds if build.name == NAME)
    assert plain == Build(
        "ESP32_GENERIC", "", "1.28.0", "2026-04-06", "bin", f"https://micropython.org/resources/firmware/{NAME}", NAME
    )
    assert {build.about for build in builds if build.variant == "SPIRAM"} == {"Support for SPIRAM / WROVER"}
    assert [build.version for build in builds if build.preview] == ["1.29.0-preview.678.g5f2181f938"] * len(BUILDS)


def test_a_digest_behind_a_link_is_that_files() -> None:
    page = read_builds(f'<a href="{NAME}">x</a> sha256: {"AB" * 32} / <a href="{PREVIEW}">y</a>', PAGE)
    assert [build.sha256 for build in page.builds] == ["ab" * 32]
    assert page.builds[0].url == PAGE + NAME


@pytest.mark.parametrize("href", ["file:///etc/passwd", "ftp://host/", "javascript:", "http://[", "data:,"])
def test_links_to_elsewhere_than_the_web_are_left_alone(href: str) -> None:
    page = read_builds(f'<a href="{href}/{NAME}">x</a><a href="{NAME}">y</a>', PAGE)
    assert [build.url for build in page.builds] == [PAGE + NAME]


def test_an_address_can_be_shown_on_a_terminal() -> None:
    page = read_builds(f'<a href="/a%20b/\x1b[2J\u202eä/{NAME}">x</a>', PAGE)
    assert [b.url for b in page.builds] == [f"https://micropython.org/a%20b/%1B[2J%E2%80%AE%C3%A4/{NAME}"]


def test_what_says_nothing_is_named() -> None:
    page = read_builds('<a href="/resources/firmware/new%1b scheme.bin">x</a>', PAGE)
    assert (page.builds, page.unread) == ((), ("new scheme.bin",))


@pytest.mark.parametrize("text", ["", "<html><body>It works!</body></html>", "<![broken", "\0" * 100])
def test_what_is_no_such_page(text: str) -> None:
    assert read_boards(text).boards == ()
    assert read_builds(text, PAGE).builds == ()


@given(HTML)
def test_no_page_does_harm(text: str) -> None:
    for board in read_boards(text).boards:
        assert board.id.isascii() and board.id.replace("_", "").isalnum()
        assert (board.product + board.vendor).isprintable() and len(board.product) <= 100
    page = read_builds(text, PAGE)
    for build in page.builds:
        assert not set(build.name) & set("/\\:\0") and build.name[0] != "."
        assert build.about.isprintable() and build.url.startswith("http")
        assert build.url.isascii() and build.url.isprintable()
    assert all(name.isprintable() and len(name) <= 100 for name in page.unread)


@given(st.text())
def test_a_cleaned_name_is_one_short_printable_line(text: str) -> None:
    assert clean(text).isprintable()
    assert len(clean(text)) <= 100
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("name", "full_id", "version", "kind", "preview"),
    [
        (NAME, "ESP32_GENERIC", "1.28.0", "bin", False),
        ("S3-SPIRAM_OCT-20241025-v1.24.0.app-bin", "S3-SPIRAM_OCT", "1.24.0", "app-bin", False),
        ("PICO-20240531-v1.24.0-preview.10.gc1a6b95bf.uf2", "PICO", "1.24.0-preview.10.gc1a6b95bf", "uf2", True),
        ("X-20220805-unstable-v1.19.1-240-g9dfabcd6d.bin", "X", "1.19.1-240-g9dfabcd6d", "bin", True),
        ("esp32-20210202-v1.14.meta.zip", "esp32", "1.14", "meta.zip", False),
    ],
)
def test_what_a_files_name_says(name: str, full_id: str, version: str, kind: str, preview: bool) -> None:
    build = read_name(name, "u")
    assert build is not None
    assert (build.full_id, build.version, build.kind, build.preview) == (full_id, version, kind, preview)


@given(st.text() | st.from_regex(r"[A-Z]{1,3}-\d{8}-v1\.\d[./\\-]?.*\.bin", fullmatch=True))
def test_no_name_is_a_path(name: str) -> None:
    build = read_name(name, "u")
    assert build is None or (build.name == name and not set(name) & set("/\\:\0\n") and name.isascii())


def of(*versions: str) -> list[Build]:
    found = [read_name(f"B-20260101-v{version}.bin", version) for version in versions]
    return [build for build in found if build]


THERE = of("1.26.0", "1.28.0", "1.29.0-preview.678.gab", "1.26.1", "1.18", "1.29.0-preview.99.gcd", "1.9.4")


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ("latest", "1.28.0"),
        ("preview", "1.29.0-preview.678.gab"),
        ("1.26", "1.26.1"),
        ("v1.26", "1.26.1"),
        ("1.26.0", "1.26.0"),
        ("v1.18.0", "1.18"),
        ("1.18", "1.18"),
        ("1.9", "1.9.4"),
        ("1.29.0-preview", "1.29.0-preview.678.gab"),
        ("1.29.0-preview.99", "1.29.0-preview.99.gcd"),
        ("v1.29.0-preview.99.gcd", "1.29.0-preview.99.gcd"),
        ("1.29", None),
        ("1.2", None),
        ("1.27.0", None),
    ],
)
def test_what_a_version_means(wanted: str, version: str | None) -> None:
    found = matching(THERE, wanted)
    assert (found and found.version) == version


@pytest.mark.parametrize("wanted", ["newest", "", "v", "1", "1.x", "stable"])
def test_what_is_no_version(wanted: str) -> None:
    with pytest.raises(UsageError, match="no MicroPython version"):
        matching(THERE, wanted)


def test_the_newest_come_first_and_each_once() -> None:
    twice = [*THERE, *(build._replace(kind="hex", url="other") for build in THERE)]
    assert flashable(twice) == flashable(THERE)
    assert [build.version for build in flashable(THERE)] == [
        "1.29.0-preview.678.gab", "1.29.0-preview.99.gcd", "1.28.0", "1.26.1", "1.26.0", "1.18", "1.9.4",
    ]  # fmt: skip


def test_a_boards_name() -> None:
    assert read_full_id("ESP32_GENERIC") == ("ESP32_GENERIC", "")
    assert read_full_id("ESP32_GENERIC_S3-SPIRAM_OCT") == ("ESP32_GENERIC_S3", "SPIRAM_OCT")
    for word in ("", "a b", "../x", "a-b-c", "a/", "ä"):
        with pytest.raises(UsageError):
            read_full_id(word)
