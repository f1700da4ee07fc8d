"""Keys and texts on their way to one prompt."""

from __future__ import annotations

from espsh.shell.outgoing import Outgoing
from espsh.shell.pasting import PATIENCE

LINES = b"if 1:\n    print(1)\n"


def sent(outgoing: Outgoing, now: float = 0.0) -> bytes:
    """Return what goes at once."""
    data = b""
    while outgoing.due(now) == 0.0:
        data += outgoing.take(now)
    return data


def at_prompt(line: bytes = b"") -> Outgoing:
    outgoing = Outgoing()
    assert outgoing.heard(b"\r\n>>> " + line, 0.0) == b"\r\n>>> " + line
    return outgoing


def test_lines_pasted_at_the_prompt_go_to_paste_mode_and_are_shown() -> None:
    outgoing = at_prompt()
    outgoing.paste(LINES, 0.0)
    assert sent(outgoing) == b"\x05"
    header = b"\r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== "
    assert outgoing.heard(header, 0.0) == header
    assert sent(outgoing) == b"if 1:\r    print(1)\r"
    echo = b"if 1:\r\n===     print(1)\r\n=== "
    assert outgoing.heard(echo, 0.0) == echo
    outgoing.press(b"next")  # waits until the text is there
    assert sent(outgoing) == b"\x04next"


def test_what_is_pasted_elsewhere_is_as_good_as_typed() -> None:
    for outgoing, text, keys in (
        (at_prompt(), b"machine.freq()", b"machine.freq()"),
        (at_prompt(b"x = "), b"1\n2", b"1\r"),
        (Outgoing(), b"Jim\r\n", b"Jim\r"),
        (at_prompt(), b"a\x03\x04b", b"ab"),
    ):
        outgoing.paste(text, 0.0)
        assert sent(outgoing) == keys


def test_a_paste_behind_typed_keys_comes_behind_them() -> None:
    outgoing = at_prompt()
    outgoing.press(b"x = ")
    outgoing.paste(LINES, 0.0)
    assert sent(outgoing) == b"x = if 1:\r"


def test_ctrl_c_ends_a_text_and_what_waits_behind_it() -> None:
    outgoing = at_prompt()
    outgoing.paste(LINES * 100, 0.0)
    sent(outgoing)
    outgoing.heard(b"\r\n=== ", 0.0)
    sent(outgoing)
    outgoing.press(b"\x03")
    assert sent(outgoing) == b"\x03"
    assert outgoing.due(0.0) is None
    assert outgoing.heard(b"\r\n>>> ", 0.0) == b"\r\n>>> "


def test_a_program_is_not_shown_but_what_comes_between_is() -> None:
    outgoing = Outgoing()
    outgoing.press(b"y" * 1000)
    outgoing.inject(b"print(1)\n")
    assert sent(outgoing) == b"\x03"
    assert outgoing.heard(b"\r\n>>> ", 0.0) == b"\r\n>>> "
    assert sent(outgoing) == b"\x05"
    assert outgoing.heard(b"\r\npaste mode\r\n=== ", 0.0) == b""
    assert sent(outgoing) == b"print(1)\r"
    assert outgoing.heard(b"print(1)beep\r\n=== ", 0.0) == b"beep"
    assert sent(outgoing) == b"\x04"
    assert outgoing.heard(b"\r\n1\r\n>>> ", 0.0) == b"\r\n1\r\n>>> "
    assert outgoing.problem == ""


def test_what_is_dropped_half_way_is_cancelled() -> None:
    outgoing = at_prompt()
    outgoing.paste(LINES * 100, 0.0)
    assert sent(outgoing) == b"\x05"
    outgoing.drop()
    assert sent(outgoing) == b"\x03"
    assert outgoing.due(0.0) is None


def test_why_a_text_did_not_go_is_kept_and_keys_go_on() -> None:
    outgoing = at_prompt()
    outgoing.paste(LINES, 0.0)
    assert sent(outgoing) == b"\x05"
    outgoing.press(b"1")
    assert sent(outgoing, PATIENCE) == b"\x031"
    assert outgoing.problem == "the board has no paste mode"
