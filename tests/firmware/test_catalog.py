"""What can be had: boards by chip and name, the build for a chip, and a site that is out of reach."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.errors import ConnectError, FirmwareError, NotFoundError, TransferError, UsageError
from espsh.firmware.catalog import Catalog
from espsh.firmware.selection import Facts, select
from tests.firmware.site import IMAGE, URL, Site, board_page

MB = 1024 * 1024
Make = Callable[..., Catalog]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def make(site: Site, tmp_path: Path, said: list[str]) -> Make:
    """Make a catalogue, as each run of espsh does; ``later`` is how many seconds after now it runs."""
    site.publish()
    return lambda later=0.0: Catalog(tmp_path, site.url, said.append, now=lambda: time.time() + later)


@pytest.mark.parametrize(
    ("facts", "full_id", "remark"),
    [
        (Facts("ESP32", 4 * MB, 0, 301, 2), "ESP32_GENERIC-", ""),
        (Facts("ESP32", 4 * MB, 8 * MB, 301, 2), "ESP32_GENERIC-SPIRAM", ""),
        (Facts("ESP32", 4 * MB), "ESP32_GENERIC-", "ESP32_GENERIC-SPIRAM may be the better one"),
        (Facts("ESP32", 2 * MB, 0), "ESP32_GENERIC-D2WD", ""),
        (Facts("ESP32", 4 * MB, cores=1), "ESP32_GENERIC-UNICORE", ""),
        (Facts("esp32s3", 8 * MB, 0), "ESP32_GENERIC_S3-", ""),
        (Facts("ESP32-S3", 4 * MB, 0), "ESP32_GENERIC_S3-", ""),
        (Facts("ESP32-S3", 8 * MB, 2 * MB), "ESP32_GENERIC_S3-", ""),
        (Facts("ESP32-S3", 16 * MB, 8 * MB), "ESP32_GENERIC_S3-SPIRAM_OCT", ""),
        (Facts("ESP32-S3"), "ESP32_GENERIC_S3-", "ESP32_GENERIC_S3-SPIRAM_OCT may be the better one"),
        (Facts("ESP32-S2", psram=2 * MB), "ESP32_GENERIC_S2-", ""),
        (Facts("ESP32-C3"), "ESP32_GENERIC_C3-", ""),
        (Facts("ESP32-C6", 4 * MB, 0), "ESP32_GENERIC_C6-", ""),
        (Facts("ESP32-C2", 2 * MB), "ESP32_GENERIC_C2-FLASH_2M", ""),
        (Facts("ESP32-P4", 16 * MB, revision=103), "ESP32_GENERIC_P4-PRE_REV3", ""),
        (Facts("ESP32-P4", 16 * MB, revision=301), "ESP32_GENERIC_P4-", ""),
        (Facts("ESP32-P4"), "ESP32_GENERIC_P4-", "the chip's revision is not known"),
        (Facts("ESP8266", MB // 2), "ESP8266_GENERIC-FLASH_512K", ""),
        (Facts("ESP8266", MB), "ESP8266_GENERIC-FLASH_1M", ""),
        (Facts("ESP8266", 4 * MB), "ESP8266_GENERIC-", ""),
        (Facts("ESP8266"), "ESP8266_GENERIC-", ""),
    ],
)
def test_the_build_for_a_chip(facts: Facts, full_id: str, remark: str) -> None:
    chosen = select(facts)
    assert f"{chosen.board}-{chosen.variant}" == full_id
    assert remark in chosen.remark and bool(remark) == bool(chosen.remark)


def test_a_chip_without_generic_firmware() -> None:
    with pytest.raises(NotFoundError, match="ESP32-H4"):
        select(Facts("ESP32-H4"))


numbers = st.none() | st.integers(0, 64 * MB)


@given(st.sampled_from(["ESP8266", "ESP32", "ESP32-S3", "ESP32-P4"]), numbers, numbers, numbers, st.none() | st.just(1))
def test_any_facts_choose_a_build(
    chip: str, flash: int | None, psram: int | None, revision: int | None, cores: int | None
) -> None:
    chosen = select(Facts(chip, flash, psram, revision, cores))
    known_none = Facts(chip, flash, psram, revision, cores)._replace(psram=0)
    assert chosen.board.startswith("ESP")
    assert "SPIRAM" not in select(known_none).variant


def test_boards_by_chip_and_by_name(make: Make, site: Site) -> None:
    catalog = make()
    assert len(catalog.boards()) == 4
    assert [board.id for board in catalog.boards("ESP32")] == ["ESP32_GENERIC", "OLIMEX_ESP32_POE"]
    assert [board.id for board in catalog.boards("olimex")] == ["OLIMEX_ESP32_POE"]
    assert [board.id for board in catalog.boards("ESP32_GENERIC")] == ["ESP32_GENERIC"]
    assert [board.product for board in catalog.boards("raspberry")] == ["Pico"]
    with pytest.raises(NotFoundError, match="no board or chip 'esp32_genric'") as raised:
        catalog.boards("esp32_genric")
    assert raised.value.hint == "did you mean 'ESP32_GENERIC'?"
    assert [path for path, _ in site.asked] == ["/download/", "/download/?mcu=esp32"]


def test_a_build_by_name_and_version(make: Make) -> None:
    catalog = make()
    assert catalog.find("ESP32_GENERIC").version == "1.28.0"
    assert catalog.find("ESP32_GENERIC", "SPIRAM", "1.27").name == "ESP32_GENERIC-SPIRAM-20251209-v1.27.0.bin"
    assert catalog.find("ESP32_GENERIC", version="preview").version.startswith("1.29.0-preview")
    for variant, version, hint in (
        ("OCTAL", "latest", "there are: ESP32_GENERIC, ESP32_GENERIC-D2WD, ESP32_GENERIC-SPIRAM"),
        ("SPIRAM", "1.18", "there are: 1.29.0-preview.678.g5f2181f938, 1.28.0, 1.27.0"),
    ):
        with pytest.raises(NotFoundError) as raised:
            catalog.find("ESP32_GENERIC", variant, version)
        assert raised.value.hint == hint


def test_a_board_that_is_not_there(make: Make) -> None:
    catalog = make()
    catalog.boards()
    with pytest.raises(NotFoundError, match="no board 'esp32_generic'") as raised:
        catalog.builds("esp32_generic")
    assert raised.value.hint == "did you mean 'ESP32_GENERIC'?"


def test_pages_are_asked_for_once_an_hour(make: Make, site: Site) -> None:
    make().boards()
    make(later=3000).boards()
    assert len(site.asked) == 1
    make(later=4000).boards()
    assert len(site.asked) == 2


def test_out_of_reach_the_kept_list_serves_and_its_age_is_said(make: Make, site: Site, said: list[str]) -> None:
    before = [make().boards(), make().find("ESP32_GENERIC")]
    site.put("/download/", "", status=503)
    site.put("/download/ESP32_GENERIC/", "", status=503)
    asked = len(site.asked)
    catalog = make(later=3 * 86400 + 5)
    assert [catalog.boards(), catalog.find("ESP32_GENERIC")] == before
    assert len(said) == 1 and said[0].endswith("this is what was known 3 days ago") and "503" in said[0]
    assert len(site.asked) == asked + 1, "one wait is enough"


def test_out_of_reach_and_nothing_kept(make: Make, site: Site) -> None:
    site.answers["/download/"].status = 500
    with pytest.raises(ConnectError, match="answers 500"):
        make().boards()


def test_a_login_page_does_not_take_the_lists_place(make: Make, site: Site, said: list[str]) -> None:
    boards = make().boards()
    site.put("/download/", "<html>please log in</html>")
    assert make(later=7200).boards() == boards
    assert "not what espsh can read" in said[0] and said[0].endswith("2 hours ago")
    site.publish()
    assert make(later=7200).boards() == boards
    assert len(said) == 1


def test_half_a_page_is_not_kept(make: Make, site: Site) -> None:
    site.answers["/download/"].cut = len(site.answers["/download/"].data) - 100
    with pytest.raises(TransferError, match="broke off"):
        make().boards()
    site.publish()
    assert len(make().boards()) == 4


def test_a_new_layout_is_told(make: Make, site: Site) -> None:
    site.put("/download/ESP32_GENERIC/", "<html><h1>ESP32</h1><button>Download</button></html>")
    with pytest.raises(FirmwareError, match="not what espsh can read") as raised:
        make().builds("ESP32_GENERIC")
    assert "browser" in (raised.value.hint or "")


def test_files_that_cannot_be_read_are_counted(make: Make, site: Site, said: list[str]) -> None:
    odd = '<a href="/resources/firmware/new scheme.bin">x</a>'
    site.put("/download/ESP32_GENERIC/", board_page("ESP32_GENERIC") + odd)
    assert make().find("ESP32_GENERIC").version == "1.28.0"
    assert said == [f"1 files of {site.url}/download/ESP32_GENERIC/ have names that espsh cannot read: new scheme.bin"]


def test_known_boards_are_not_asked_for(make: Make, site: Site) -> None:
    assert make().known_boards() == () and make().known_builds("ESP32_GENERIC") == ()
    make().boards()
    make().builds("ESP32_GENERIC")
    asked = list(site.asked)
    assert len(make(later=10**9).known_boards()) == 4
    assert len(make(later=10**9).known_builds("ESP32_GENERIC")) == 11
    assert site.asked == asked


def test_the_firmware_for_a_chip(make: Make, said: list[str]) -> None:
    got = make().for_chip(Facts("ESP32", 4 * MB))
    assert got.path.read_bytes() == IMAGE
    assert (got.build.full_id, got.build.version) == ("ESP32_GENERIC", "1.28.0")
    assert said == [
        "whether it has PSRAM is not known: this is ESP32_GENERIC, ESP32_GENERIC-SPIRAM may be the better one"
    ]


def test_what_is_here_needs_no_site(make: Make, site: Site) -> None:
    path = make().for_chip(Facts("ESP32", 4 * MB, 0)).path
    site.answers.clear()
    site.put("/download/ESP32_GENERIC/", "", status=502)
    assert make(later=10**6).for_chip(Facts("ESP32", 4 * MB, 0)).path == path
    assert [asked for asked, _ in site.asked].count(URL) == 1


def test_a_cache_that_cannot_be_written_costs_time_only(site: Site, tmp_path: Path) -> None:
    site.publish()
    (tmp_path / "file").touch()
    catalog = Catalog(tmp_path / "file", site.url)
    assert catalog.boards() == catalog.boards()
    assert len(site.asked) == 2


def test_a_damaged_page_in_the_cache_is_asked_for_anew(make: Make, tmp_path: Path, site: Site) -> None:
    boards = make().boards()
    for path in (tmp_path / "pages").iterdir():
        path.write_bytes(os.urandom(300))
    assert make().boards() == boards
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    "address", ["micropython.org", "file:///tmp", "http://", "", "ftp://x", "http://[", "http://x:99999"]
)
def test_what_is_no_site(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match="ESPSH_FIRMWARE_URL"):
        Catalog(tmp_path, address)
