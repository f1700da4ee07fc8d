"""A person at a terminal, in this process: who is asked answers."""

from __future__ import annotations

import io

from espsh.base.world import World
from espsh.cli import main
from tests.conftest import Result, Shell


class Tty(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Person(Shell):
    """The shell with a person at it, who answers each question with the next line of ``answers``."""

    def at_terminal(self, line: str, **env: str) -> Result:
        """Run a line at a terminal."""
        out, err = Tty(io.BytesIO(), "utf-8"), Tty(io.BytesIO(), "utf-8")
        ports = [word for port in self.ports for word in ("-p", port)]
        code = main([*ports, "-c", line], World(io.StringIO(), out, err, {**self.env, **env}, self.folder))
        out.flush()
        err.flush()
        return Result(code, out.buffer.getvalue(), err.buffer.getvalue().decode())

    def answering(self, answers: str, line: str) -> tuple[Result, int]:
        """Run a line; return its result and how often the person was asked."""
        ports = [word for port in self.ports for word in ("-p", port)]
        stdin = Tty(io.BytesIO(answers.encode()), "utf-8")
        out, err = Tty(io.BytesIO(), "utf-8"), Tty(io.BytesIO(), "utf-8")
        env = {**self.env, "NO_COLOR": "1", "TERM": "dumb"}
        code = main([*ports, "-c", line], World(stdin, out, err, env, self.folder))
        out.flush()
        err.flush()
        result = Result(code, out.buffer.getvalue(), err.buffer.getvalue().decode())
        return result, result.err.count("[y/N]")
