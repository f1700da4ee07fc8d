"""The board's exceptions in the user's words: one line, a hint, the board's traceback as detail."""

from __future__ import annotations

import re

from espsh.errors import EspshError, NotFoundError, RemoteError

_CLASS = re.compile(r"<class '([^']+)'>")
_LAST = re.compile(r"^(\w+(?:\.\w+)*)(?:: ?(.*))?$", re.DOTALL)
_FRAME = re.compile(r'^  File "([^"]*)", line (\d+)(?:, in (.*))?$')
_NUMBER = re.compile(r"\((\d{1,9}),")
_ERRNO = re.compile(r"^(?:\[Errno (\d{1,9})\]|-?(\d{1,9})$)")

# What a number of an OSError means to the user: sentence, hint.
ERRNO: dict[int, tuple[str, str | None]] = {
    1: ("the board does not permit that", None),
    5: ("the board's flash cannot be read or written (EIO)", "its filesystem or flash is damaged"),
    12: ("the board has not enough memory (ENOMEM)", "soft-reset it to free memory: reset"),
    13: ("access denied, or the directory is not empty (EACCES)", None),
    16: ("it is busy (EBUSY)", None),
    17: ("it exists already (EEXIST)", None),
    19: ("no filesystem is there (ENODEV)", None),
    20: ("a part of the path is a file, not a directory (ENOTDIR)", None),
    21: ("it is a directory (EISDIR)", None),
    22: ("the board refuses that name or value (EINVAL)", None),
    27: ("the file would be too large (EFBIG)", None),
    28: (
        "no room left on the board (ENOSPC)",
        "rm what is not needed; where an old file is there: cp --in-place, without it meanwhile",
    ),
    30: ("the filesystem is read-only (EROFS)", None),
    36: ("the name is too long (ENAMETOOLONG)", None),
    39: ("the directory is not empty (ENOTEMPTY)", "remove it with all it holds: rm -r"),
    84: ("the filesystem is damaged", None),
}
_MISSING = 2
_CANNOT_WRITE = re.compile(r"'\w+' object has no attribute '(?:remove|rename|mkdir|rmdir)'")
"""What a filesystem that is read-only by its kind, as a ROM's is, says to who would change it."""
_MEMORY = ("the board has not enough memory", "soft-reset it to free memory: reset; large modules: compile them (.mpy)")


def kind_of(type_text: str) -> str:
    """Return ``OSError`` for ``<class 'OSError'>``: old boards know no ``__name__``."""
    match = _CLASS.search(type_text)
    return match[1] if match else type_text


def errno_of(arguments: str) -> int | None:
    """Return the number in an exception's arguments as the board spells them: ``(28,)``."""
    match = _NUMBER.match(arguments)
    return int(match[1]) if match else None


def board_error(kind: str, text: str, errno: int | None, traceback: str, subject: str = "") -> EspshError:
    """Return the error for an exception in our own code on the board, about ``subject`` (a path or "")."""
    if errno is None and kind == "OSError":
        errno = _errno_in(text)
    about = f"{subject}: " if subject else ""
    if kind == "OSError" and (errno == _MISSING or "not found" in text):
        return NotFoundError(f"{about}no such file or directory", detail=traceback or None)
    if kind == "MemoryError":
        return RemoteError(about + _MEMORY[0], _MEMORY[1], kind=kind, traceback=traceback)
    if kind == "AttributeError" and _CANNOT_WRITE.fullmatch(text):
        kind, errno = "OSError", 30
    if kind == "OSError" and errno in ERRNO:
        sentence, hint = ERRNO[errno]
        return RemoteError(about + sentence, hint, kind=kind, errno=errno, traceback=traceback)
    said = f"{kind}: {text}" if text else kind
    return RemoteError(about + said, kind=kind, errno=errno, traceback=traceback)


def program_error(kind: str, text: str, errno: int | None, traceback: str) -> RemoteError:
    """Return the error for an exception in the user's code: its last line, and where it happened."""
    if kind == "SystemExit":
        return RemoteError(f"the program ended with SystemExit({text})", kind=kind, traceback=traceback)
    hint = None
    if kind == "MemoryError":
        text, hint = text.replace(" allocating %u bytes", ""), _MEMORY[1]
    elif kind == "OSError":
        errno = _errno_in(text) if errno is None else errno
        hint = ERRNO.get(errno or 0, (None, None))[0]
    message = f"{kind}: {text}" if text else kind
    frames = [match for line in traceback.splitlines() if (match := _FRAME.match(line))]
    where = f" ({frames[-1][1]}, line {frames[-1][2]})" if frames else ""
    return RemoteError(message + where, hint, kind=kind, errno=errno, traceback=traceback)


def clean_traceback(raw: bytes, filename: str, *, own_frames: int = 1) -> str:
    """Return the board's traceback as the user's program knows it.

    ``own_frames`` outermost lines are ours and go; ``<string>`` (boards without ``compile``) is ``filename``.
    """
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    start = text.find("Traceback (most recent call last):")
    if start < 0:
        return ""
    lines = text[start:].rstrip("\n").split("\n")
    frames = [number for number, line in enumerate(lines) if _FRAME.match(line)]
    ours = set(frames[:own_frames]) if len(frames) > own_frames or _is_syntax(lines) else set()
    kept = [line for number, line in enumerate(lines) if number not in ours]
    return "\n".join(line.replace('File "<string>"', f'File "{filename}"', 1) for line in kept)


def parse_traceback(text: str) -> tuple[str, str, int | None]:
    """Return (class, message, errno) of a traceback's last line; ("", "", None) where it is none."""
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    frames = [number for number, line in enumerate(lines) if _FRAME.match(line)]
    start = frames[-1] + 1 if frames else 0
    match = _LAST.match("\n".join(lines[start:]))
    if not match:
        return "", "", None
    return match[1], match[2] or "", _errno_in(match[2] or "") if match[1] == "OSError" else None


def innermost(text: str) -> str:
    """Return the name of the function in which a traceback ends; "" where it names none."""
    names = re.findall(r'^\s*File "[^"]*", line \d+, in (\S+)', text, re.MULTILINE)
    return names[-1] if names else ""


def _is_syntax(lines: list[str]) -> bool:
    return lines[-1].startswith(("SyntaxError", "IndentationError"))


def _errno_in(text: str) -> int | None:
    match = _ERRNO.match(text)
    return int(match[1] or match[2]) if match else None
