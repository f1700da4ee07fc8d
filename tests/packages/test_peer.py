"""mpremote installs from the same index, unchanged: then each finds what the other brought."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Shell
from tests.firmware.site import Site
from tests.packages.index import Index

pytestmark = pytest.mark.peer


def test_what_mpremote_installed(sh: Shell, site: Site, tmp_path: Path) -> None:
    mpremote = shutil.which("mpremote", path=str(Path(sys.executable).parent)) or shutil.which("mpremote")
    if mpremote is None:
        pytest.skip("mpremote is not installed")
    index = Index(site)
    index.usual()
    sh.env["ESPSH_PACKAGES_URL"] = index.url
    link = tmp_path / "ttyUSB0"  # by this name: mpremote treats a bare /dev/pts specially
    command = [sys.executable, "-m", "espsh.sim", "esp32", "--pty", "--link", str(link)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **sh.env}) as board:
        assert board.stdout is not None and board.stdout.readline().strip() == str(link)
        install = [mpremote, "connect", str(link), "mip", "install", "--index", index.url, "greet"]
        subprocess.run(install, check=True, capture_output=True, timeout=60)
        sh.ports.append(str(link))
        result = sh("mip install greet")
        assert (result.code, result.lines[-1]) == (0, "/lib: 0 written, 2 the same"), result.err
        again = subprocess.run(install, check=True, capture_output=True, text=True, timeout=60)
        assert again.stdout.count("Exists:") == 2
        board.terminate()
