"""A password is not shown while it is typed."""

from __future__ import annotations

import io
import os
import sys

import pytest

from espsh.shell.hidden import hidden

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="termios")


def test_a_terminal_shows_nothing_meanwhile() -> None:
    import termios

    master, slave = os.openpty()
    with os.fdopen(slave, "r+b", buffering=0) as raw, io.TextIOWrapper(raw, "utf-8") as stdin:
        with pytest.raises(KeyboardInterrupt), hidden(stdin):
            assert not termios.tcgetattr(slave)[3] & termios.ECHO
            raise KeyboardInterrupt
        assert termios.tcgetattr(slave)[3] & termios.ECHO
    os.close(master)


def test_what_is_no_terminal_is_left_alone() -> None:
    with hidden(io.StringIO("word\n")) as nothing:
        assert nothing is None
