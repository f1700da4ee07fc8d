"""plot --save: the numbers as a table, and as a chart."""

from __future__ import annotations

import errno
import math
import os
import re
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from espsh_plugins.plot_lines import Reading
from espsh_plugins.plot_saved import kept
from espsh_plugins.plot_series import Record

from espsh.base.hostfiles import HostFiles
from tests.conftest import Shell

CODE = "for n in range(5): print({'up': n, '_$x$': 10 - n if n != 2 else float('nan')})"
NAN = math.nan


def record(values: Sequence[float], name: str = "a") -> Record:
    made = Record(10)
    for place, value in enumerate(values):
        made.add([Reading(name, value)], place / 10)
    return made


def strokes(svg: Path) -> list[int]:
    """Return of how many strokes each line of a chart is; nothing else is as wide, and the legend's are not clipped."""
    shapes = [shape.attrib for shape in ElementTree.fromstring(svg.read_text()).iter() if "clip-path" in shape.attrib]
    return [shape.get("d", "").count("M") for shape in shapes if "stroke-width: 1.2" in shape.get("style", "")]


def test_a_chart_of_a_program(board: Shell) -> None:
    done = board(f'plot --exec "{CODE}" --save chart.png')
    assert (done.code, done.err) == (0, "1 numbers were not finite\n")
    picture = board.read("chart.png")
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (1200, 660)


def test_a_chart_has_all_names_and_gaps(board: Shell) -> None:
    assert board(f'plot --exec "{CODE}" --save chart.SVG').code == 0
    chart = board.folder / "chart.SVG"
    assert re.findall("<!-- (.*) -->", chart.read_text())[-2:] == ["up", "\u200b_$x$"]
    assert strokes(chart) == [1, 2]


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], []),
        ([NAN, NAN], [0]),
        ([math.inf, 1.0, -math.inf], [1]),
        ([1e308, 2.0, 3.0, sys.float_info.max, 0.0], [2]),
        ([5e-324, 0.0], [1]),
        ([float(n % 7) for n in range(20_000)], [1]),
    ],
    ids=["nothing", "no number", "infinite", "huge", "tiny", "many"],
)
def test_whatever_was_measured_can_be_drawn(values: list[float], drawn: list[int], tmp_path: Path) -> None:
    chart = tmp_path / "chart.svg"
    with kept(record(values, "温度"), str(chart), HostFiles()):
        pass
    assert strokes(chart) == drawn
    assert chart.stat().st_size < 500_000


@pytest.mark.parametrize("name", ["chart.png", "numbers.csv"])
def test_a_disk_that_gets_full_leaves_the_old_file_as_it_was(
    board: Shell, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(_self: Path, _target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    board.write(name, "old")
    monkeypatch.setattr(Path, "replace", is_full)
    done = board(f"plot --exec \"print('a:1')\" --save {name}")
    assert done.code == 1
    assert done.err == f"plot: {board.folder / name}: no space left on device\n"
    assert board.read(name) == b"old"
    assert [path.name for path in board.folder.iterdir()] == [name]


def test_a_folder_that_may_not_be_written_to_is_said_before_anything_is_measured(
    board: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("espsh_plugins.plot_saved.os.access", lambda _place, _how: False)
    done = board("plot --exec \"print('a:1')\" --save a.csv")
    assert (done.code, done.out, done.err) == (1, "", f"plot: {board.folder / 'a.csv'}: permission denied\n")


def test_without_the_library_nothing_is_begun(board: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = board("plot --exec \"print('a:1')\" --save chart.png")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "plot: 'chart.png' needs matplotlib",
        "hint: pip install 'espsh[plot]', or keep the numbers: --save FILE.csv",
    ]
    assert not (board.folder / "chart.png").exists()
