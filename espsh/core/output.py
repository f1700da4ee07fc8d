"""What commands say. They hand over values; how those look is the renderer's business, where they go the sink's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

_LARGEST_PAINTED = 32 * 1024
"""Bytes of a file that is coloured: nothing is seen of it until all is there, 3 s at 115200 baud."""


class Styled(NamedTuple):
    """Text with a role that a renderer may colour: ``directory``, ``python``, ``board``, ``good``, ``bad``, ``dim``."""

    text: str
    role: str = ""

    def __str__(self) -> str:
        return self.text


Cell = str | int | Styled


class Table(NamedTuple):
    """Rows under headings. A heading that starts with ``>`` is right-aligned.

    ``spare`` are the headings of columns that a screen does without where it is too narrow, the first one first.
    """

    headings: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    spare: tuple[str, ...] = ()

    def without(self, heading: str) -> Table:
        """Return the table without a column, the same where it has none of that heading."""
        kept = [i for i, other in enumerate(self.headings) if other.removeprefix(">") != heading]
        rows = [[row[i] for i in kept] for row in self.rows]
        return self._replace(headings=tuple(self.headings[i] for i in kept), rows=rows)


class Picture(NamedTuple):
    """What is drawn to fit: ``drawn(columns, lines)`` returns its lines, at most so many, each of cells that adjoin.

    Its cells may have the roles ``series1`` to ``series6``, too.
    """

    drawn: Callable[[int, int], Sequence[Sequence[Styled]]]


class Renderer(Protocol):
    """Turns values into text for one kind of screen."""

    @property
    def plain(self) -> Renderer:
        """The renderer for what is no screen: a file, or one board's share of the output."""

    @property
    def streamed(self) -> Renderer:
        """The renderer for lines that go out one by one under a board's name: colours, but no columns."""

    def line(self, cells: Sequence[Cell]) -> str:
        """Return cells joined by blanks."""

    def table(self, table: Table) -> str:
        """Return the table's lines."""

    def names(self, names: Sequence[Cell]) -> str:
        """Return names in columns where the screen has any, else one a line."""

    def tiles(self, tiles: Sequence[Cell]) -> str:
        """Return cells of one column each, as many a line as the screen has room for."""

    def prose(self, text: str) -> str:
        """Return running text, broken at blanks where the screen is narrower."""

    @property
    def folded(self) -> Renderer:
        """The renderer for a board's share of the output, which is compared with others' before it is shown."""

    def content(self, data: bytes) -> bytes:
        """Return a file's bytes as they may be shown: nothing in them steers a screen."""

    def code(self, name: str) -> Callable[[bytes], bytes] | None:
        """Return what colours the whole content of a file of this name; None where it is shown as it is."""


class Sink(Protocol):
    """Where output goes: a stream, a file on some place, a board's share of a common screen."""

    def write(self, data: bytes, /) -> object:
        """Take bytes."""


class Aside(Protocol):
    """Takes what jobs say while something else has the screen. It comes out in order, in whole lines."""

    def write(self, lines: bytes, /) -> object:
        """Take lines of output; wait for room where the screen is slow."""

    def offer(self, lines: bytes, /) -> object:
        """Take lines of output, or leave them out where a slow screen has no room for them, and tell how many."""

    def say(self, text: str, /, role: str = "") -> None:
        """Take a line for stderr."""

    def flush(self) -> None:
        """Wait until all that was taken is on the screen."""


class Output:
    """The output of one command on one board. Results go to the sink, remarks to ``note``."""

    def __init__(self, sink: Sink, render: Renderer, note: Callable[[str], None]) -> None:
        self._sink = sink
        self._render = render
        self._note = note
        self._program_ends_in_cr = False

    def text(self, *cells: Cell) -> None:
        """Write a line."""
        self._put(self._render.line(cells) + "\n")

    def table(self, table: Table) -> None:
        """Write a table."""
        self._put(self._render.table(table))

    def names(self, names: Sequence[Cell]) -> None:
        """Write a list of names."""
        self._put(self._render.names(names))

    def tiles(self, tiles: Sequence[Cell]) -> None:
        """Write a picture made of cells of one column each."""
        self._put(self._render.tiles(tiles))

    def prose(self, text: str) -> None:
        """Write text that a person reads: paragraphs, and lines that begin with a blank."""
        self._put(self._render.prose(text) + "\n")

    def json(self, value: Any) -> None:
        """Write a value for a program to read."""
        import json

        self._put(json.dumps(value, ensure_ascii=False) + "\n")

    def data(self, data: bytes) -> None:
        """Write bytes as they are: what a program of the host prints."""
        self._sink.write(data)

    def content(self, name: str, blocks: Iterable[bytes]) -> None:
        """Write a file's content, in colours where the screen has them and knows the kind of file by its name.

        A long one is written as it comes. On a screen what would steer it is spelled.
        """
        coming = map(self._render.content, _uncut(blocks))
        paint = self._render.code(name)
        if paint is not None:
            head = bytearray()
            try:
                while len(head) <= _LARGEST_PAINTED and (block := next(coming, b"")):
                    head += block
            finally:  # of a file that could not be read to its end, too, all is shown that came
                self._sink.write(bytes(head) if len(head) > _LARGEST_PAINTED else paint(bytes(head)))
        for block in coming:
            self._sink.write(block)

    def program(self, data: bytes) -> None:
        """Write what a program on the board prints, as it comes. CR LF becomes LF again, across blocks too."""
        if self._program_ends_in_cr:
            data = b"\r" + data
        self._program_ends_in_cr = data.endswith(b"\r")
        if self._program_ends_in_cr:
            data = data[:-1]
        self._sink.write(data.replace(b"\r\n", b"\n"))

    def note(self, text: str) -> None:
        """Say something that is not the command's result: what was skipped, what happens now."""
        self._note(text)

    def _put(self, text: str) -> None:
        self._sink.write(text.encode("utf-8", "surrogateescape"))


def _uncut(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the blocks, none of which cuts one of the two-byte characters that steer a terminal (C1) in two."""
    held = b""
    for block in blocks:
        joined = held + block
        held = joined[-1:] if joined.endswith(b"\xc2") else b""
        yield joined[: len(joined) - len(held)]
    if held:
        yield held
