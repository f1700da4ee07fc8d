"""argv to exit code: the composition root, where the parts are joined. See docs/architecture.md for its rooms."""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Sequence

from espsh import __version__
from espsh.base.world import World
from espsh.cli.ending import BROKEN_PIPE, CLOSED_TERMINAL, INTERRUPTED, Terminated, drop, drop_closed_terminal
from espsh.cli.parts import Parts
from espsh.cli.running import run
from espsh.errors import EspshError, UsageError
from espsh.shell.arguments import Arguments, read_arguments, usage
from espsh.shell.screen import Screen, UnwritableError


def main(argv: Sequence[str] | None = None, world: World | None = None) -> int:
    """Run espsh in ``world`` with the words ``argv`` and return its exit code (docs: exit codes)."""
    own = world is None
    try:
        world = world or World.of_process()
    except FileNotFoundError:
        sys.stderr.write("the current directory no longer exists\nhint: go to another: cd\n")
        return UsageError.exit_code
    try:
        return _main(_words() if argv is None else argv, world)
    except BrokenPipeError as error:
        if own:
            drop(sys.stdout)
        return _fail_to_write(world, error)
    except KeyboardInterrupt:  # outside of a command, where dispatch does not see it
        world.stderr.write("interrupted\n")
        return INTERRUPTED
    except Terminated as end:
        return end.exit_code
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return CLOSED_TERMINAL
    finally:
        if own:
            drop_closed_terminal()
            gc.freeze()  # the interpreter's last collection, 10 ms, finds nothing that the system does not free


def _words() -> list[str]:
    """Return the words we were called with; bytes that the locale's encoding has not are UTF-8, as boards' names."""
    return [word.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") for word in sys.argv[1:]]


def _main(argv: Sequence[str], world: World) -> int:
    try:
        arguments = read_arguments(argv, world.env)
    except EspshError as error:
        return _fail(Screen(world), error)
    screen = Screen(
        world,
        quiet=arguments.quiet,
        verbose=arguments.verbose,
        colour=False if arguments.no_color else None,
    )
    try:
        return _answer(arguments, world, screen)
    except EspshError as error:
        return _fail(screen, error)


def _answer(arguments: Arguments, world: World, screen: Screen) -> int:
    if arguments.help:
        screen.write(f"{usage()}\n".encode())
    elif arguments.version:
        screen.write(f"espsh {__version__}\n".encode())
    elif arguments.list or arguments.completion or arguments.man:
        from espsh.cli.answers import answer

        answer(Parts(world, arguments, screen))
    else:
        return run(Parts(world, arguments, screen))
    return 0


def _fail_to_write(world: World, error: BrokenPipeError) -> int:
    """Say why stdout took no more, unless it is only that nobody reads it."""
    if not isinstance(error, UnwritableError):
        return BROKEN_PIPE
    world.stderr.write(f"{error}\n")
    return EspshError.exit_code


def _fail(screen: Screen, error: EspshError) -> int:
    screen.say(error.message)
    if error.hint:
        screen.say(f"hint: {error.hint}")
    return error.exit_code
