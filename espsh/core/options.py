"""The parameter types of ``set``: an option's name, and the value that fits the name before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from espsh.core.params import Candidate, Scope, Text
from espsh.core.session import CHOICES, Options

_SWITCH = ("on", "off")


class OptionName(Text):
    """The name of an option of the session."""

    def __init__(self) -> None:
        super().__init__("OPTION")

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the options, each with its values where they are few."""
        return (Candidate(name, meaning=", ".join(_values(name))) for name in _defaults() if name.startswith(prefix))


class OptionValue(Text):
    """The value of the option that is named before it."""

    def __init__(self) -> None:
        super().__init__("VALUE")

    def complete(self, prefix: str, scope: Scope) -> Iterable[Candidate]:
        """Offer the values where they are few."""
        return (Candidate(value) for name in scope.before[:1] for value in _values(name) if value.startswith(prefix))


def _defaults() -> dict[str, object]:
    return {name.replace("_", "-"): value for name, value in vars(Options()).items()}


def _values(name: str) -> Sequence[str]:
    return _SWITCH if isinstance(_defaults().get(name), bool) else CHOICES.get(name, ())


OPTION = OptionName()
OPTION_VALUE = OptionValue()
