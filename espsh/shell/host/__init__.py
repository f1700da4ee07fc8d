"""What espsh hands to the host's shells and to man: TAB completion and the manual page, made from the declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from espsh.core.command import Command
from espsh.shell.host.bash import bash_completion
from espsh.shell.host.fish import fish_completion
from espsh.shell.host.manpage import manual_page
from espsh.shell.host.zsh import zsh_completion

MADE: Mapping[str, Callable[[Sequence[Command]], str]] = MappingProxyType(
    {"bash": bash_completion, "zsh": zsh_completion, "fish": fish_completion, "man": manual_page}
)
"""What there is, by whom it is for."""
