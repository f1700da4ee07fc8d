"""What a firmware loads, by its own word or by its release."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.board.identity import USUAL, Abilities, Identity
from espsh.errors import UsageError
from espsh.mpycross import ARCHITECTURES, CompileError, Target, check_mpy, compile_source, target_named

XTENSAWIN = 10
ESP32 = Target(6, 3, XTENSAWIN, "1.29.0")
NATIVE = b"@micropython.native\ndef f(a):\n    return a + 1\n"


def of_board(firmware: str, mpy: int, chip: str = "ESP32") -> Target:
    abilities = Abilities(*USUAL, mpy=mpy, epoch=0, heap=100_000)  # type: ignore[misc]
    return Target.of(Identity("", chip, "", firmware), abilities)


@pytest.mark.parametrize("release", ["1.8.7", "0.9", "1.99", "2.0"])
def test_a_release_without_a_compiler_is_refused(release: str) -> None:
    with pytest.raises(CompileError, match=release) as refused:
        target_named(release, "", "")
    assert refused.value.exit_code == 1


@pytest.mark.parametrize("release", ["latest", "1", "1.x"])
def test_what_is_no_release_is_a_usage_error(release: str) -> None:
    with pytest.raises(UsageError):
        target_named(release, "", "")


@pytest.mark.parametrize(
    ("release", "bytecode", "march", "target"),
    [
        ("1.22", "", "", (6, 2, 0, "1.22")),
        ("1.18", "", "xtensawin", (5, 0, XTENSAWIN, "1.18")),
        ("", "6", "", (6, 3, 0, "")),
        ("", "6.1", "armv6m", (6, 1, 4, "")),
        ("", "v5", "", (5, 0, 0, "")),
        ("", "", "rv32imc", (6, 3, 11, "")),
    ],
)
def test_what_is_named_without_a_board(release: str, bytecode: str, march: str, target: tuple[object, ...]) -> None:
    assert target_named(release, bytecode, march) == target


def test_nothing_named_is_no_target() -> None:
    assert target_named("", "", "") is None


@pytest.mark.parametrize(("bytecode", "said"), [("7", "7"), ("6.4", "6.4"), ("1", "makes .mpy version 1")])
def test_a_version_that_no_compiler_makes(bytecode: str, said: str) -> None:
    with pytest.raises(CompileError, match=said):
        Target.of_bytecode(bytecode)


@pytest.mark.parametrize(("bytecode", "march"), [("six", ""), ("6.1.2", ""), ("", "esp32"), ("6", "host")])
def test_what_is_no_version_and_no_architecture(bytecode: str, march: str) -> None:
    with pytest.raises(UsageError):
        target_named("", bytecode, march)


@pytest.mark.parametrize(
    ("firmware", "mpy", "target"),
    [
        ("1.29.0", 11014, (6, 3, XTENSAWIN)),
        ("1.20.0", 9478, (6, 1, 9)),
        ("1.27.0", 6 | 3 << 8 | 11 << 10 | 1 << 16, (6, 3, 11)),  # a RISC-V with its extensions above the architecture
        ("1.9.2", 0, (2, 0, 0)),
        ("1.11", 0, (4, 0, 0)),  # native code in .mpy files began with 1.12
        ("1.18.0", 0, (5, 0, XTENSAWIN)),
        ("1.18.0", 5 | 2 << 8 | 10 << 10, (5, 0, 10)),  # 2: with Unicode, which is no sub-version
    ],
)
def test_a_board_says_what_it_loads_or_its_release_and_chip_do(
    firmware: str, mpy: int, target: tuple[int, int, int]
) -> None:
    assert of_board(firmware, mpy) == (*target, firmware)


@pytest.mark.parametrize(("chip", "native"), [("ESP8266", "xtensa"), ("RP2040", "armv6m"), ("micro:bit", "")])
def test_an_old_board_runs_what_its_chip_does(chip: str, native: str) -> None:
    assert of_board("1.17", 0, chip).native == native


@pytest.mark.parametrize("firmware", ["1.29.0", "1.8.7", "unknown"])
def test_a_board_that_loads_none(firmware: str) -> None:
    with pytest.raises(CompileError, match=firmware):
        of_board(firmware, 0)


@given(st.integers(0, 6), st.integers(0, 3), st.sampled_from(ARCHITECTURES))
def test_a_board_s_own_word_is_read_back(version: int, sub_version: int, native: str) -> None:
    arch = ARCHITECTURES.index(native) + 1
    target = of_board("1.25.0", version | sub_version << 8 | arch << 10)
    if version:
        assert (target.version, target.native) == (version, native)
        assert target.sub_version == (sub_version if version == 6 else 0)


def test_bytecode_runs_whatever_the_sub_version_and_native_code_does_not() -> None:
    older = ESP32._replace(sub_version=2, firmware="1.22.0")
    check_mpy(compile_source(b"x = 1\n", "x.py", older), ESP32, "x.py")
    with pytest.raises(CompileError, match=r"6\.2.*6\.3"):
        check_mpy(compile_source(NATIVE, "x.py", older), ESP32, "x.py")
    with pytest.raises(CompileError, match=r"xtensawin.*armv6m"):
        check_mpy(compile_source(NATIVE, "x.py", ESP32), ESP32._replace(arch=4), "x.py")


@pytest.mark.parametrize(
    ("made_for", "said"),
    [
        ("1.9", "version 2 (for MicroPython 1.9 to 1.9.2), and MicroPython 1.29.0 loads version 6"),
        ("1.11", "version 4 (for MicroPython 1.11), and MicroPython 1.29.0 loads version 6"),
        ("1.18", "version 5 (for MicroPython 1.12 to 1.18), and MicroPython 1.29.0 loads version 6"),
    ],
)
def test_a_file_for_another_release_is_refused_and_both_are_named(made_for: str, said: str) -> None:
    made = compile_source(b"x = 1\n", "x.py", Target.of_release(made_for))
    with pytest.raises(CompileError) as refused:
        check_mpy(made, ESP32, "lib/x.mpy")
    assert refused.value.message == f"lib/x.mpy: compiled as .mpy {said}"


def test_a_file_that_is_newer_than_its_board() -> None:
    with pytest.raises(CompileError, match=r"version 6 \(for MicroPython 1.19 and up\), and MicroPython 1.18 loads"):
        check_mpy(compile_source(b"x = 1\n", "x.py", ESP32), of_board("1.18", 0), "x.mpy")


@given(st.binary(max_size=12))
def test_any_bytes_are_taken_or_refused_in_words(data: bytes) -> None:
    try:
        check_mpy(data, ESP32, "x.mpy")
    except CompileError as refused:
        assert refused.message.startswith("x.mpy: ")
    else:
        assert data[:2] == b"M\x06"
