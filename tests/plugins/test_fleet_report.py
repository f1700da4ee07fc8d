"""fleet-report: an inventory of boards."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

import pytest
from espsh_plugins.fleet_report import Report, markdown, whole_digest

from tests.conftest import Shell

Port = Callable[..., str]
NOTHING = hashlib.sha256().hexdigest()


@pytest.fixture
def fleet(sh: Shell, port: Port) -> Shell:
    sh.ports += [f"attic={port()}", f"kitchen={port('esp32c3')}"]
    return sh


def test_a_report_in_markdown(fleet: Shell) -> None:
    lines = fleet("@all fleet-report").lines
    assert re.fullmatch(r"# Boards on \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", lines[0])
    cells = [line.strip("| ").split(" | ") for line in lines[2:]]
    assert cells[0] == ["name", "chip", "id", "firmware", "free heap", "free flash", "up", "files", "digest"]
    assert [row[:2] for row in cells[2:]] == [["attic", "ESP32"], ["kitchen", "ESP32-C3"]]
    assert all(row[7:] == ["0, 0 B", NOTHING[:12]] for row in cells[2:])
    assert all(re.fullmatch(r"(\d+ d )?\d+:\d\d h", row[6]) for row in cells[2:])


def test_the_digest_is_that_of_sha256sum(fleet: Shell) -> None:
    for name, content in (("b.py", "b"), ("lib/a.py", "aa"), ("a b.txt", "")):
        fleet.write(f"src/{name}", content)
    fleet("@all rsync src/ :/")
    facts = json.loads(fleet("@all fleet-report --json").out)
    listed = "".join(
        f"{hashlib.sha256(fleet.read(f'src/{name}')).hexdigest()}  {name}\n" for name in ("a b.txt", "b.py", "lib/a.py")
    )
    digest = hashlib.sha256(listed.encode()).hexdigest()
    assert [one["digest"] for one in facts["boards"]] == [digest] * 2
    assert [(one["files"], one["files_size"]) for one in facts["boards"]] == [(3, 3)] * 2
    assert all(one["heap_free"] > 50_000 and one["flash_free"] > 1_000_000 for one in facts["boards"])
    assert len({one["unique_id"] for one in facts["boards"]}) == 2


def test_it_goes_into_a_file(fleet: Shell) -> None:
    assert fleet("@all fleet-report > fleet.md").code == 0
    assert fleet.read("fleet.md").count(b"| ESP32") == 2


def test_one_board_needs_no_set(board: Shell) -> None:
    assert len(json.loads(board("fleet-report --json").out)["boards"]) == 1


def test_a_board_that_fails_is_in_it_with_the_reason(fleet: Shell) -> None:
    fleet.write("broken.py", "import os\ndef no(*a): raise OSError(5)\nos.ilistdir = os.statvfs = no\n")
    found = fleet("@kitchen run broken.py; @all fleet-report")
    assert found.code == 1
    assert "| attic | ESP32 |" in found.out
    assert re.search(r"^- \*\*kitchen\*\* failed: .+", found.out, re.MULTILINE)


def test_what_a_board_cannot_tell_is_left_out(sh: Shell, port: Port) -> None:
    sh.ports.append(port(without="time.ticks_ms"))
    assert json.loads(sh("fleet-report --json").out)["boards"][0]["uptime"] is None
    assert sh("fleet-report").code == 0


def test_a_name_stays_in_its_cell() -> None:
    report = Report("a", "E|S\n<b>", "", "", "", None, None, 90000, 0, 0, "d" * 64)
    row = list(markdown("now", [report], []))[-1]
    assert row == "| a | E\\|S &lt;b> |  |  |  |  | 1 d 1:00 h | 0, 0 B | dddddddddddd |"


def test_the_digest_of_nothing() -> None:
    assert whole_digest({}) == NOTHING
