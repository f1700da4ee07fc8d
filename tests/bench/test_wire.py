"""The bench judges by what is on the flash: a tool that does nothing and says so with exit code 0 is found out."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import report
import wire
from clients import CLIENTS, Client

ESPSH = CLIENTS[0]


def test_a_job_that_is_done_is_right_and_its_bytes_are_counted() -> None:
    row = wire.measure(ESPSH, wire.scenarios()["put-py"], "1ms")
    assert (row.right, row.code, row.dropped) == (True, 0, 0)
    assert row.carried == 20480
    assert 2000 < row.up < row.carried
    assert row.line < 20


def test_a_tool_that_does_nothing_is_wrong() -> None:
    liar = Client("python", {"put-py": "-c pass", "sync": "-c pass", "put-tree": "-c pass"})
    for job in ("put-py", "sync"):
        row = wire.measure(liar, wire.scenarios()[job], "1ms")
        assert (row.right, row.code) == (False, 0)
        assert row.verdict == "**WRONG**, exit 0"


def test_the_tables_show_what_was_measured(tmp_path: Path) -> None:
    ours = report.Row(
        "rm", "1ms", "espsh --no-fast", "rm -r it", 0, False, 900, 400, 5, 0.25, 0.0, 0, 0, True, 1
    )  # fmt: skip
    peer = ours._replace(client="mpremote", turns=334)
    late = ours._replace(latency="16ms", turns=7)
    kept = tmp_path / "rows"
    rows: list[report.Row] = []
    for row in (ours, ours._replace(turns=6), peer, late):
        rows = report.record(kept, rows, row)
    assert report.read_rows(kept) == rows
    assert [*report.goals(rows)][2:] == [
        "| rm -r it | turns | 1ms | 6 | 6 | yes | 334 (mpremote) |",
        "| rm -r it | turns | 16ms | 6 | 7 | **no** |  |",
    ]
    assert [*report.table(rows)][2:] == [
        "| rm -r it | espsh --no-fast | 900 | 400 | 6 |  | 0.25 |  | 0.25 |  | right |",
        "| rm -r it | mpremote | 900 | 400 | 334 |  | 0.25 |  |  |  | right |",
    ]
