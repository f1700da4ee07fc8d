"""What is known of lines before they are run: whether they are right, and what they need. No board is touched."""

from __future__ import annotations

from collections.abc import Sequence

from espsh.core.dispatch import Dispatcher
from espsh.core.match import match
from espsh.core.parser import Invocation
from espsh.core.registry import Registry
from espsh.errors import EspshError


def check(invocations: Sequence[Invocation], dispatcher: Dispatcher) -> int:
    """Say what is wrong with the commands before any board is touched; return the exit code that makes."""
    for invocation in invocations:
        try:
            match(dispatcher.session.registry.find(invocation.name), invocation)
        except EspshError as error:
            return dispatcher.report(error, invocation.name)
    return 0


def needs_boards(invocations: Sequence[Invocation], registry: Registry) -> bool:
    """Tell whether the commands, as far as they are known before, are more than a call for help."""
    return not invocations or any(not _is_help(invocation, registry) for invocation in invocations)


def needs_port(invocation: Invocation, registry: Registry) -> bool:
    """Tell whether a command works on a board that does not answer, which then is no reason to stop before it."""
    try:
        return registry.find(invocation.name).needs == "port"
    except EspshError:
        return False


def _is_help(invocation: Invocation, registry: Registry) -> bool:
    try:
        command = registry.find(invocation.name)
        return command.name == "help" or match(command, invocation).wants_help
    except EspshError:
        return False
