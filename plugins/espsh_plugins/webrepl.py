"""MicroPython's prompt over Wi-Fi."""

from __future__ import annotations

from typing import Annotated

from espsh.api import HOST_FILE, Arg, Choice, Context, Location, Opt, UsageError, command
from espsh_plugins.onboard import ask
from espsh_plugins.passwords import Secret, password, untraced

ESPSH_API = 1

_HAS_IT = "import webrepl\ndef answer():return 1"
_SHORTEST, _LONGEST = 4, 9
"""Of a password, as MicroPython's own webrepl_setup has it."""


@command(
    boards="each",
    examples=("webrepl setup", "@lab webrepl setup -y --password-file webrepl.key"),
)
def webrepl(
    ctx: Context,
    action: Annotated[str, Arg(Choice(("setup",)), "what to do")],
    *,
    password_file: Annotated[
        str | None, Opt("--password-file", help="its first line is the password", type=HOST_FILE)
    ] = None,
    yes: Annotated[bool, Opt("-y", "--yes", help="do not ask")] = False,
) -> None:
    """Have the board start WebREPL at each start, as its own webrepl_setup does.

    Written are webrepl_cfg.py, which holds the password as plain text, and two
    lines of boot.py. It can be reached once boot.py has joined a network, as
    ws://HOST. The password, of 4 to 9 characters, is asked for, or read from a
    file or from the variable ESPSH_WEBREPL_PASSWORD.
    """
    ask(ctx.board, _HAS_IT, read=lambda _: None)
    config, boot = Location(ctx.board.name, "/webrepl_cfg.py"), Location(ctx.board.name, "/boot.py")
    files = ctx.files(boot)
    before = b"".join(files.read(boot.path)).decode("utf-8", "surrogateescape") if files.find(boot.path) else ""
    after = started(before)
    if not yes:
        ctx.agree(f"write {config}{'' if after == before else f' and two lines of {boot}'}?")
    secret = password(ctx, Secret("ESPSH_WEBREPL_PASSWORD", password_file, "new password for WebREPL", new=True))
    if not _SHORTEST <= len(secret) <= _LONGEST:
        raise UsageError(f"a password for WebREPL has {_SHORTEST} to {_LONGEST} characters")
    with untraced(ctx):
        files.write(config.path, [f"PASS = {secret!a}\n".encode()])
    if after != before:
        files.write(boot.path, [after.encode("utf-8", "surrogateescape")])
    ctx.out.text("WebREPL starts with the board; it can be reached once boot.py has joined a network")


def started(boot: str) -> str:
    """Return a boot.py that starts WebREPL: lines that were comments come to life, else they are added at the end."""
    lines = boot.splitlines()
    for wanted in ("import webrepl", "webrepl.start()"):
        if wanted in lines:
            continue
        comment = next((at for at, line in enumerate(lines) if line.lstrip("# ").rstrip() == wanted), None)
        if comment is None:
            lines.append(wanted)
        else:
            lines[comment] = wanted
    return boot if lines == boot.splitlines() else "\n".join(lines) + "\n"
