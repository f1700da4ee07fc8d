"""Several chips worked on at once: what esptool says and how far it is goes to whose board it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from espsh.base.events import Event, EventBus, Progress
from espsh.board.board import Board
from espsh.errors import ConnectError
from espsh.firmware import flashing
from espsh.firmware.esp import Esp
from espsh.firmware.payload import Part, Role
from espsh.firmware.work import Work
from espsh.ports.open import PortSettings

SIZES = {"attic": 0x8000, "cellar": 0x10000, "garden": 0x18000, "kitchen": 0x20000}


def test_progress_and_words_of_boards_do_not_mix(port: Callable[..., str], tmp_path: Path) -> None:
    events: list[Event] = []
    bus = EventBus()
    bus.subscribe(events.append)
    together = threading.Barrier(len(SIZES))

    def write(name: str) -> tuple[str, list[str]]:
        board = Board.open(port(blank="1"), settings=PortSettings(), events=bus, names=None, name=name)
        work = Work(board, tmp_path)
        part = Part(0x20_0000, bytes(range(256)) * (SIZES[name] // 256), Role.DATA, f"{name}.bin")

        def job(esp: Esp) -> tuple[str, list[str]]:
            together.wait()
            flashing.write(work, esp, [part])
            return esp.target.mac, work._log

        try:
            return work.run(job)
        finally:
            board.close()

    with ThreadPoolExecutor(len(SIZES)) as workers:
        done = dict(zip(SIZES, workers.map(write, SIZES), strict=True))
    for name, size in SIZES.items():
        own = [event for event in events if isinstance(event, Progress) and event.board == name]
        assert {(event.what, event.total) for event in own} == {(f"{name}.bin", size)}
        assert [event.done for event in own] == sorted(event.done for event in own)
        assert own[-1].done == size
        said = [line for line in done[name][1] if line.startswith("Wrote")]
        assert [line.split()[1] for line in said] == [str(size)]
    assert len({mac for mac, _ in done.values()}) == len(SIZES)


def test_a_chip_that_is_not_the_board_that_was_met_is_refused(port: Callable[..., str], tmp_path: Path) -> None:
    board = Board.open(port(), settings=PortSettings(), events=EventBus(), names=None)
    try:
        board.meet()
        assert Work(board, tmp_path).run(lambda esp: esp.target.mac).replace(":", "") == board.identity.unique_id
        board._connection.identity = board.identity._replace(unique_id="30aea4000000")
        with pytest.raises(ConnectError, match=r"another chip is on .* now: .*, not 30:ae:a4:00:00:00"):
            Work(board, tmp_path, changes=True).run(lambda esp: esp.erase())
    finally:
        board.close()
