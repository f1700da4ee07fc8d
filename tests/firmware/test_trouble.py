"""esptool's messages in the user's words, and which kind of error each is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from espsh.errors import ConnectError, EspshError, FirmwareError, LinkLostError
from espsh.firmware.trouble import (
    LineError,
    NotInDownloadModeError,
    NotVerifiedError,
    StubError,
    translate,
)

CONNECT = "Failed to connect to Espressif device: "
MESSAGES = {
    CONNECT + "No serial data received.\nFor troubleshooting": (NotInDownloadModeError, "BOOT (GPIO0"),
    CONNECT + "Wrong boot mode detected (0x13)! The chip needs": (NotInDownloadModeError, "boot:0x13"),
    CONNECT + "Invalid head of packet (0x08): Possible serial noise": (NotInDownloadModeError, "not in download mode"),
    CONNECT + "Download mode successfully detected, but getting no sync reply": (ConnectError, "the chip's RX"),
    "No serial data received.": (LineError, "cable"),
    "Failed to write to target flash after seq 3 (result was C100: Bad data checksum)": (LineError, "cable"),
    "Failed to set baud rate 921600. The driver may not support this rate.": (LineError, "cable"),
    "Failed to start stub flasher. There was no response.": (StubError, "does not start"),
    "MD5 of file does not match data in flash!": (NotVerifiedError, "not what was written"),
    "Write failed, the written flash region is empty.": (NotVerifiedError, "not what was written"),
    "Failed to write to target flash (result was 0108: Flash write error)": (FirmwareError, "Flash write error"),
    "Active security features detected, erasing flash is disabled": (FirmwareError, "locked"),
    "Input image (length 9) at offset 1 will not fit in 4 bytes of flash.": (FirmwareError, "flash_id"),
}


@pytest.mark.parametrize("text", MESSAGES, ids=lambda text: text[-40:])
def test_what_esptool_says_becomes_a_kind_of_error_and_a_hint(text: str) -> None:
    kind, words = MESSAGES[text]
    error = translate(RuntimeError(text))
    assert type(error) is kind
    assert words in f"{error.message} {error.hint}"


def test_what_the_port_says_is_a_lost_link_or_one_that_takes_nothing() -> None:
    assert isinstance(translate(OSError(5, "Input/output error")), LinkLostError)
    full = translate(OSError("Write timeout"))
    assert (type(full), full.message) == (ConnectError, "the port takes no data")


@given(st.text())
@example(".")
@example("...\nb")
@example(" . \x0b .")
def test_any_text_is_one_line_with_a_hint(text: str) -> None:
    error = translate(RuntimeError(text))
    assert isinstance(error, EspshError)
    assert error.hint
    assert len(error.message.splitlines()) == 1
