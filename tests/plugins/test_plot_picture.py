"""Series as braille dots, on any screen, of any numbers."""

from __future__ import annotations

import itertools
import math

from espsh_plugins.plot_lines import Reading
from espsh_plugins.plot_picture import drawn, thinned
from espsh_plugins.plot_series import MOST, Record, whole_csv
from hypothesis import given
from hypothesis import strategies as st

from espsh.api import Styled


def text(lines: list[list[Styled]]) -> list[str]:
    return ["".join(cell.text for cell in line).rstrip() for line in lines]


def test_a_rise_goes_from_corner_to_corner() -> None:
    lines = text(drawn({"a": [(1, 0.0), (2, 10.0)]}, 33, 6, "below"))
    assert lines == [
        "a 10",
        "10 ┤                      ⣀⣀⠤⠤⠒⠒⠉",
        "   │              ⢀⣀⡠⠤⠔⠒⠉⠉",
        "   │       ⣀⣀⠤⠔⠒⠊⠉⠁",
        " 0 ┤⣀⠤⠤⠒⠒⠉⠉",
        "below",
    ]


def test_each_series_has_its_colour_and_its_last_value() -> None:
    legend = drawn({"a": [(1, 1.0)], "b": [(1, 2.0)], "c": [(1, 3.0)]}, 80, 10, "")[0]
    assert [(cell.text, cell.role) for cell in legend if cell.role] == [
        ("a 1", "series1"),
        ("b 2", "series2"),
        ("c 3", "series3"),
    ]


def test_a_value_that_is_not_finite_makes_a_gap() -> None:
    points = [(1, 0.0), (2, 0.0), (3, float("nan")), (4, 0.0), (5, 0.0)]
    line = next(line for line in text(drawn({"a": points}, 29, 5, ""))[1:-1] if line.strip())
    assert [bool(run.strip()) for run in ("".join(it) for _, it in itertools.groupby(line, str.isspace))] == [
        True, False, True,
    ]  # fmt: skip


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=30),
        st.lists(st.tuples(st.integers(1, 500), st.floats()), max_size=30),
        max_size=12,
    ),
    st.integers(1, 200),
    st.integers(1, 60),
)
def test_any_numbers_fit_any_screen(series: dict[str, list[tuple[int, float]]], columns: int, lines: int) -> None:
    ordered = {name: sorted(points, key=lambda point: point[0]) for name, points in series.items()}
    found = drawn(ordered, columns, lines, "lines 1 to 500")
    assert len(found) <= lines
    assert all(sum(len(cell.text) for cell in line) <= max(columns, 14) for line in found)


@given(st.lists(st.lists(st.floats(), min_size=1, max_size=3), min_size=1, max_size=40), st.integers(2, 10))
def test_a_record_keeps_a_window_and_all_rows(rows: list[list[float]], window: int) -> None:
    record = Record(window)
    for second, row in enumerate(rows):
        record.add([Reading(f"s{place}", value) for place, value in enumerate(row)], float(second))
    assert all(len(points) <= window for points in record.shown().values())
    assert len(list(whole_csv(record))) == len(rows) + 1
    assert sum(series.count + series.odd for series in record.series.values()) == sum(map(len, rows))


@given(st.lists(st.floats(), max_size=400), st.integers(1, 30))
def test_many_points_keep_their_extremes(values: list[float], dots: int) -> None:
    points = list(enumerate(values))
    kept = thinned(points, dots)
    assert [row for row, _ in kept] == sorted({row for row, _ in kept})
    finite, left = ([value for _, value in some if math.isfinite(value)] for some in (points, kept))
    assert (min(finite, default=0), max(finite, default=0)) == (min(left, default=0), max(left, default=0))
    assert len(kept) <= 10 * dots


def test_names_without_end_take_no_room() -> None:
    record = Record(10)
    for number in range(100):
        record.add([Reading(f"k{number}", 1.0)], 0.0)
    assert (len(record.series), record.left_out) == (MOST, 100 - MOST)
