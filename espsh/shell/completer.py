"""TAB: commands, options with their meaning, values by their type, boards. From memory only, never from the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from espsh.base.location import Location
from espsh.core.command import Command, Opt
from espsh.core.expect import Expectation, Place, expectation
from espsh.core.match import HELP_WORDS
from espsh.core.params import COMMAND, FLAG, SET, Candidate
from espsh.core.paths import PATH
from espsh.core.scope import SessionScope
from espsh.core.session import Session
from espsh.errors import EspshError
from espsh.shell.quoting import quoted


class Offer(Completion):
    """A completion whose words are at hand. A menu asks for those of all its entries, seven times at each drawing, and
    prompt_toolkit puts them together anew each time: with 1,000 entries that was half of the time.
    """

    def __init__(self, text: str, start: int, shown: str, meaning: str) -> None:
        super().__init__(text, start, display=shown, display_meta=meaning)
        self._shown = shown
        self._meaning = meaning

    @property
    def display_text(self) -> str:
        """The entry."""
        return self._shown

    @property
    def display_meta_text(self) -> str:
        """What stands beside it."""
        return self._meaning


class LineCompleter(Completer):
    """Offers what the word at the cursor may become, by the declarations of the commands.

    ``missed`` is told of a board's directory that is not known yet.
    """

    def __init__(self, session: Session, missed: Callable[[Location], None] = lambda _: None) -> None:
        self._session = session
        self._missed = missed

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield each candidate once; a single one ends its word with a blank."""
        text = document.text_before_cursor
        expected = expectation(text, self._find, self._session.registry.typed_rest_rule)
        found = list({candidate.text: candidate for candidate in self._candidates(expected)}.values())
        ends = " " if len(found) == 1 and not document.text_after_cursor.startswith(" ") else ""
        for candidate in found:
            typed = candidate.text
            if expected.place is not Place.BOARDS:
                plain = "@" if typed.startswith("@") and not expected.word.quote else ""  # special in front only
                rest = quoted(typed.removeprefix(plain), expected.word.quote, open_end=not candidate.ends_word)
                typed = plain + rest
            yield Offer(
                typed + (ends if candidate.ends_word else ""),
                expected.word.start - len(text),
                candidate.shown or candidate.text,
                candidate.meaning,
            )

    def _find(self, name: str) -> Command | None:
        try:
            return self._session.registry.find_typed(name)
        except EspshError:
            return None

    def _candidates(self, expected: Expectation) -> Iterator[Candidate]:
        scope = _WatchedScope(self._session, self._missed, expected.before)
        prefix = expected.word.text
        if expected.place is Place.COMMAND:
            yield from COMMAND.complete(prefix, scope)
        elif expected.place is Place.BOARDS:
            yield from SET.complete(prefix if prefix.startswith("@") else f"@{prefix}", scope)
        elif expected.place is Place.OPTION and expected.command is not None:
            yield from _options(prefix, expected.command)
        elif expected.place is Place.TARGET:
            yield from PATH.complete(prefix, scope)
        elif expected.place is Place.VALUE:
            value = prefix.removeprefix(expected.lead)
            for parameter in expected.parameters:
                for candidate in parameter.declaration.type.complete(value, scope):
                    yield _under(expected.lead, candidate)


class _WatchedScope(SessionScope):
    """A scope that tells what it was asked for and did not know. ``before`` are the command's words so far."""

    def __init__(self, session: Session, missed: Callable[[Location], None], before: Sequence[str]) -> None:
        super().__init__(session, session.current)
        self.before = before
        self._missed = missed

    def cached_listing(self, location: Location) -> Sequence[tuple[str, bool]] | None:
        """Return what is known to be at ``location``."""
        found = super().cached_listing(location)
        if found is None and not location.on_host:
            self._missed(location)
        return found


def _options(prefix: str, command: Command) -> Iterator[Candidate]:
    for option in command.options:
        assert isinstance(option.declaration, Opt)
        spellings = [s for s in option.declaration.spellings if s.startswith(prefix)]
        for spelling in spellings[-1:]:
            value = "" if option.declaration.type is FLAG else f" {option.declaration.type.metavar}"
            shown = ", ".join(option.declaration.spellings) + value
            yield Candidate(spelling, shown, option.declaration.help)
    for spelling in HELP_WORDS[-1:]:
        if spelling.startswith(prefix) and spelling not in command.spellings:
            yield Candidate(spelling, ", ".join(HELP_WORDS), "what the command does")


def _under(lead: str, candidate: Candidate) -> Candidate:
    if not lead:
        return candidate
    return Candidate(lead + candidate.text, candidate.shown or candidate.text, candidate.meaning, candidate.ends_word)
