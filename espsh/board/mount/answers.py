"""What the directories that one board has mounted answer to its questions."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterable, Iterator, Sequence

from espsh.board.mount.folder import Folder, board_number
from espsh.board.mount.paths import EscapeError, imports
from espsh.board.mount.questions import Question, answer, refusal

_UNKNOWN = 19
"""ENODEV: the mount is an earlier session's, or is about to go."""


class Answers:
    """Folders by their points, each with the number that the board asks for it by.

    ``tell`` gets, once for each path, what was refused since it leads out. ``asked`` says that something was wanted,
    ``deflated`` that the board can inflate.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.asked = False
        self.deflated = False
        self._tell = tell
        self._told: set[str] = set()
        self._folders: dict[str, tuple[int, Folder]] = {}

    def open(self, point: str, number: int, folder: Folder) -> None:
        """Answer for ``folder`` from now on."""
        self._folders[point] = number, folder

    def close(self, point: str) -> None:
        """Answer no more for ``point``: the board learns by that that its mount is an old one."""
        self._folders.pop(point, None)

    def changed(self, point: str) -> list[str]:
        """Return what the board has read at ``point`` and is another file now."""
        return self._folders[point][1].changed() if point in self._folders else []

    def importing(self, point: str, elsewhere: Iterable[str] = ()) -> list[str]:
        """Return the modules that an import finds at ``point`` now, where the board's cwd is, and did not before.

        Those are of what it has imported from ``elsewhere``, now or at an earlier call, or has looked for in vain.
        """
        if point not in self._folders:
            return []
        folder = self._folders[point][1]
        folder.missed.update(elsewhere)
        found = sorted(name for name in list(folder.missed) if imports(folder.directory, name))
        folder.missed.difference_update(found)
        return found

    @contextlib.contextmanager
    def spared(self, arguments: Sequence[object]) -> Iterator[None]:
        """Change nothing meanwhile, and look empty where no argument names the point."""
        folders = list(self._folders.items())
        for point, (_, folder) in folders:
            folder.spared = True
            folder.hidden = not any(str(argument).startswith(point) for argument in arguments)
        try:
            yield
        finally:
            for _, (_, folder) in folders:
                folder.spared = folder.hidden = False

    def __call__(self, question: Question) -> bytes:
        """Return the frame that answers; any program may ask anything."""
        try:
            mount, what, *arguments = question.words
        except ValueError:
            return refusal(question.number, errno.EINVAL)
        folder = next((folder for number, folder in list(self._folders.values()) if number == mount), None)
        if folder is None:
            return refusal(question.number, _UNKNOWN)
        self.asked = True
        try:
            return answer(question.number, folder.ask(what, *arguments), deflated=self.deflated)
        except EscapeError as error:
            self._tell_once(f"{error.strerror} was refused: it leads out of {folder.directory}")
            return refusal(question.number, board_number(error))
        except OSError as error:
            return refusal(question.number, board_number(error))

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(text)
