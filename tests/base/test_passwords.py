from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.base.passwords import password_of, without_password


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ws://:secret@host", "ws://host"),
        ("ws://me:secret@host:8266", "ws://host:8266"),
        ("ws://:a@b/c@host", "ws://host"),
        ("connect attic=ws://:secret@host name; ls :", "connect attic=ws://host name; ls :"),
        ("cp ws://:one@a ws://:two@b", "cp ws://a ws://b"),
        ("ws://host", "ws://host"),
        ("rfc2217://host:4000", "rfc2217://host:4000"),
        ("echo a@b", "echo a@b"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert without_password(text) == shown


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("ws://:secret@host", "secret"),
        ("ws://:p%40ss%20word@host:8266", "p@ss word"),
        ("ws://:p@ss@host", "p@ss"),
        ("ws://:@host", ""),
        ("ws://host", None),
        ("rfc2217://:secret@host:1", None),
        ("/dev/ttyUSB0", None),
    ],
)
def test_the_password(url: str, password: str | None) -> None:
    assert password_of(url) == password


@given(st.from_regex(r"[!-~]{1,9}", fullmatch=True))
def test_no_password_is_ever_shown(password: str) -> None:
    assert without_password(f"x ws://:{password}@host:8266 y") == "x ws://host:8266 y"
    if "%" not in password:
        assert password_of(f"ws://:{password}@host") == password
