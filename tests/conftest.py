"""The front door for tests: ``sh("cp a.py :")`` runs a line as a user's script would, on virtual boards."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from espsh.pytest_plugin import sh as sh  # also where espsh was installed before it had this
from espsh.testing import Result as Result
from espsh.testing import Shell, VirtualBoards

if TYPE_CHECKING:
    from tests.firmware.site import Site
    from tests.terminal import Terminal

settings.register_profile("espsh", deadline=None)  # a loaded computer is no failure
settings.load_profile("espsh")

if threading.current_thread() is threading.main_thread():
    # Started in the background by a script, all this has Ctrl-C ignored, and so would every espsh that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers ``-n auto`` means: most of a test's time is spent waiting for a board's line."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Make the port of a new virtual board without files; its options are sim's (``port(baud="0")``).

    Powered off afterwards.
    """
    boards = VirtualBoards(tmp_path / "nothing")
    yield boards.new
    boards.power_off()


@pytest.fixture
def board(sh: Shell, port: Callable[..., str]) -> Shell:
    """A shell with one virtual board, fast as USB."""
    sh.ports.append(port())
    return sh


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A terminal whose programs start in the test's folder."""
    from tests.terminal import Terminal

    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A download site with nothing on it yet, and no proxy before it."""
    from tests.firmware.site import serve

    for variable in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    with serve() as site:
        yield site
