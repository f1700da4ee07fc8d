"""What concerns the host: its shell, command files, waiting, echoing."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Annotated

from espsh.api import PATH, TEXT, Arg, Context, EspshError, Location, Number, UsageError, command


@command(boards="none", aliases=("!",), rest="", examples=("!git status", "shell make"))
def shell(ctx: Context, line: Annotated[str, Arg(TEXT, "a command; the rest of the line")]) -> None:
    """Run a command in the host's shell."""
    directory = ctx.session.host_directory
    if ctx.terminal.interactive:
        code = ctx.terminal.run(_shell(ctx.session.world.env, line), directory)
    else:
        code = _run_captured(ctx, line, directory)
    if code:
        raise EspshError(f"exit code {code}")


@command(boards="none", examples=("source deploy.espsh",))
def source(ctx: Context, file: Annotated[Location, Arg(PATH, "a command file on the host")]) -> None:
    """Run a file of commands."""
    if not file.on_host:
        raise UsageError(f"{file} is on a board; a command file is read from the host")
    ctx.run_file(file.path)


@command(boards="none", examples=("sleep 0.5",))
def sleep(
    ctx: Context,
    seconds: Annotated[float, Arg(Number("SECONDS", least=0, whole=False), "how long")],
) -> None:
    """Wait so many seconds."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        # In short pieces: a Ctrl-C that comes just before the system call is seen only after it.
        time.sleep(min(left, 0.2))
        ctx.heed()


@command(boards="none", examples=("echo 'name = \"attic\"' > :board.py",))
def echo(ctx: Context, words: Annotated[list[str], Arg(TEXT, "what to print", many="*")]) -> None:
    """Print its words."""
    ctx.out.text(*words)


@command(boards="none")
def args(ctx: Context, words: Annotated[list[str], Arg(TEXT, "any words", many="*")]) -> None:
    """Show how the line was split into words."""
    for position, word in enumerate(words):
        ctx.out.text(f"arg[{position}] = {word!r}")


def _shell(env: Mapping[str, str], line: str) -> list[str]:
    if os.name == "nt":
        return [env.get("COMSPEC", "cmd.exe"), "/c", line]
    return [env.get("SHELL") or "/bin/sh", "-c", line]


def _run_captured(ctx: Context, line: str, directory: str) -> int:
    import subprocess

    argv = _shell(ctx.session.world.env, line)
    with subprocess.Popen(argv, cwd=directory, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            while block := process.stdout.read1(65536):  # type: ignore[attr-defined]  # a BufferedReader by bufsize=-1
                ctx.out.data(block)
        except BaseException:
            process.terminate()
            raise
    return process.returncode
