"""The board's exceptions in the user's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from espsh.board.prompt.failures import board_error, clean_traceback, errno_of, kind_of, parse_traceback, program_error
from espsh.errors import NotFoundError, RemoteError

TRACEBACK = (
    b"Traceback (most recent call last):\r\n"
    b'  File "<string>", line 11, in run\r\n'
    b'  File "app.py", line 3, in <module>\r\n'
    b'  File "app.py", line 2, in f\r\n'
    b"ZeroDivisionError: divide by zero\r\n"
)


@pytest.mark.parametrize(
    ("errno", "message"),
    [(28, "no room left"), (30, "read-only"), (17, "exists already"), (39, "not empty"), (21, "is a directory")],
)
def test_numbers_become_sentences(errno: int, message: str) -> None:
    error = board_error("OSError", f"[Errno {errno}] X", errno, "", "/a")
    assert isinstance(error, RemoteError)
    assert error.errno == errno
    assert error.message.startswith("/a: ")
    assert message in error.message


@pytest.mark.parametrize(("text", "errno"), [("[Errno 2] ENOENT", 2), ("file not found", None), ("2", None)])
def test_a_missing_file_on_old_and_new_boards(text: str, errno: int | None) -> None:
    assert isinstance(board_error("OSError", text, errno, "", "/a"), NotFoundError)


def test_the_format_that_could_not_be_filled_in() -> None:
    error = program_error("MemoryError", "memory allocation failed, allocating %u bytes", None, "")
    assert error.message == "MemoryError: memory allocation failed,"
    assert error.hint is not None


def test_our_own_frame_is_not_shown() -> None:
    text = clean_traceback(TRACEBACK, "app.py")
    assert "run" not in text
    assert text.splitlines()[1] == '  File "app.py", line 3, in <module>'
    assert program_error("ZeroDivisionError", "divide by zero", None, text).message == (
        "ZeroDivisionError: divide by zero (app.py, line 2)"
    )


def test_boards_without_compile_name_the_file_all_the_same() -> None:
    text = clean_traceback(TRACEBACK.replace(b'"app.py"', b'"<string>"'), "app.py")
    assert "<string>" not in text


def test_a_syntax_error_has_no_frame_of_the_user() -> None:
    raw = (
        b'Traceback (most recent call last):\r\n  File "<string>", line 9, in run\r\n'
        b'  File "app.py", line 1\r\nSyntaxError: invalid syntax\r\n'
    )
    assert clean_traceback(raw, "app.py").splitlines()[1:] == ['  File "app.py", line 1', "SyntaxError: invalid syntax"]


@given(st.sampled_from(["OSError", "ValueError", "my.mod.Error"]), st.text("abc :\n'\"()[]é", max_size=40))
def test_the_last_line_is_read_whatever_it_says(kind: str, text: str) -> None:
    text = text.strip("\n ")
    traceback = f'Traceback (most recent call last):\n  File "a", line 1, in <module>\n{kind}: {text}\n'
    assert parse_traceback(traceback)[:2] == (kind, text)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_parser(raw: bytes) -> None:
    clean_traceback(raw, "a.py")
    parse_traceback(raw.decode("utf-8", "replace"))


def test_classes_and_arguments_as_boards_spell_them() -> None:
    assert kind_of("<class 'OSError'>") == "OSError"
    assert errno_of("(28,)") == 28
    assert errno_of("('text',)") is None
