"""What pytest finds of espsh: the fixture ``sh``. Nothing of espsh is loaded before a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from espsh.testing import Shell


@pytest.fixture
def sh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """Give espsh in a folder of its own, without a board: ``sh.plug("esp32")`` adds one, ``sh("ls :")`` runs a line."""
    from espsh.testing import shell_in

    shell, variables = shell_in(tmp_path)
    for variable, folder in variables.items():
        monkeypatch.setenv(variable, folder)
    for variable in ("ESPSH_PORT", "RSHELL_PORT", "AMPY_PORT"):
        monkeypatch.delenv(variable, raising=False)
    yield shell
    shell.boards.power_off()
