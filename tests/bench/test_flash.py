"""The bench judges by what is on the flash, and tells the image's way from what goes before and after it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import flash
from clients import Client
from served import Moment

SMALL = 120_000


@pytest.mark.parametrize("client", [flash.ESPSH, flash.PEER], ids=lambda client: client.program)
def test_an_image_that_is_written_is_right_and_its_way_is_timed(client: Client) -> None:
    row = flash.measure(client, "flash", SMALL)
    assert (row.right, row.code) == (True, 0)
    assert 0 < row.write < row.seconds
    assert row.begin + row.write + row.rest == pytest.approx(row.seconds)


def test_a_tool_that_does_nothing_is_wrong() -> None:
    liar = Client("python", {"flash": "-c pass", "flash-id": "-c pass"})
    for job in ("flash", "flash-id"):
        row = flash.measure(liar, job, SMALL)
        assert (row.right, row.code, row.write) == (False, 0, 0.0)


def test_the_image_is_what_comes_in_download_mode_after_the_stub() -> None:
    bytes_up = (0, 100, 10_000, 40_000, 100_000, 140_000, 141_000)
    moments = [Moment(10.0 + number, 7 + up, number not in (0, 6), 0.0) for number, up in enumerate(bytes_up)]
    assert flash.phases(moments, 9.5, 17.0) == (3.5, 1.0, 3.0)
    assert flash.phases(moments[:1], 9.5, 17.0) == (7.5, 0.0, 0.0)


def test_the_tables_show_what_was_measured() -> None:
    ours = flash.Row("flash", "espsh", 21.0, 2.0, 18.0, 1.0)
    peer = flash.Row("flash", flash.PEER.name, 20.0, 1.5, 18.0, 0.5, code=1)
    four = flash.Row("four", "espsh", 28.0, right=False)
    rows = [flash.median([ours, ours._replace(seconds=22.0), ours._replace(seconds=23.0, right=False)]), peer, four]
    assert [*flash.goals(rows)][2:] == [
        "| the image's way, x esptool | 1.05 | 1.00 | yes |",
        "| all else that esptool does not need: checks, plan, boot, s | 1 | 2.00 | **no** |",
        "| 4 boards at once, x one | 1.3 | 1.27 | yes |",
    ]
    assert [*flash.table(rows)][2:] == [
        "| flash 1.2 MB at 460800 | espsh | 22.00 | 2.00 | 18.00 | 1.00 | 0.00 | **WRONG**, exit 0 |",
        f"| flash 1.2 MB at 460800 | {flash.PEER.name} | 20.00 | 1.50 | 18.00 | 0.50 | 0.00 | **WRONG**, exit 1 |",
        "| flash 4 boards at once | espsh | 28.00 | | | | 0.00 | **WRONG**, exit 0 |",
    ]
