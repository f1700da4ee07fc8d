"""What answers behind a port, told from real boot logs (MicroPython on emulated chips with the real ROM)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from espsh.diagnose.answering import Answering, classify, judge

LOGS = Path(__file__).parent / "bootlogs"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"", Answering.SILENT),
        (b"\0\0", Answering.SILENT),
        ((LOGS / "esp32-blank-flash-wdt.bin").read_bytes(), Answering.BOOTLOOP),
        ((LOGS / "esp32-v1.24.0-stalled.bin").read_bytes(), Answering.BOOTING),
        (b"rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT)\r\nwaiting for download\r\n", Answering.DOWNLOAD),
        (b"I (312) sensor: temperature 21.5\r\n" * 50, Answering.FOREIGN),
        (b"\r\nTraceback (most recent call last):\r\nKeyboardInterrupt:\r\n" * 9, Answering.STUCK),
        ((LOGS / "esp32-v1.24.0-stalled.bin").read_bytes() + b"sensor 1\r\n" * 99, Answering.FOREIGN),
        (random.Random(1).randbytes(60), Answering.GARBLED),
        ((LOGS / "esp32-v1.24.0-stalled.bin").read_bytes() + random.Random(2).randbytes(300), Answering.GARBLED),
        (random.Random(3).randbytes(500) + b"I (312) sensor: temperature 21.5\r\n" * 9, Answering.FOREIGN),
        ("température 21,5 °C\r\n".encode() * 20, Answering.FOREIGN),
    ],
)
def test_kinds(said: bytes, kind: Answering) -> None:
    assert classify(said) is kind
    assert judge(said).hint


@pytest.mark.parametrize("name", ["esp32-v1.24.0-normal", "esp32c3-v1.20.0-normal", "esp32-v1.23.0-panic-wlan"])
def test_a_log_that_ends_at_the_prompt_is_no_failure(name: str) -> None:
    assert not classify((LOGS / f"{name}.bin").read_bytes()).is_final


def test_a_crash_in_a_loop() -> None:
    said = b"rst:0xc (SW_CPU_RESET)\r\nGuru Meditation Error: Core  0 panic'ed\r\n" * 4
    assert classify(said) is Answering.PANIC
