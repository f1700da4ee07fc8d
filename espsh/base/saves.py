"""Noticing that files of the host were saved, and whether that changed what they hold. Only this imports watchfiles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Generic, NamedTuple, TypeVar

from espsh.errors import EspshError, InterruptedByUserError, NotFoundError

Found = TypeVar("Found")

_STEP = 30
"""Milliseconds without another change after which a save is over. An editor that writes beside the file and renames
takes less than 5; one that saves all its files at once may need two steps."""
_BREATH = 1000
"""Milliseconds after which a folder is looked for that was moved away, of which some systems tell nothing."""


class Folder(NamedTuple):
    """A directory of the host that is watched, with all below it or by itself."""

    path: str
    recursive: bool = True


class Saves(Generic[Found]):
    """What ``look`` finds, looked for again at each save in ``folders``; a context in which they are watched.

    ``look`` returns a value of what counts: one that equals the last is no news. It is called in a thread of its own;
    its errors go to ``told``, but for a NotFoundError: what goes while it is read makes news by that. A folder that is
    gone, or that the system cannot watch, is an EspshError of :meth:`take`.
    """

    def __init__(
        self, folders: Sequence[Folder], look: Callable[[], Found], told: Callable[[EspshError], None]
    ) -> None:
        self._folders = folders
        self._look = look
        self._told = told
        self._last: Found | None = None
        self._news: Found | None = None
        self._ended: Exception | None = None
        self._cancel: Callable[[], None] | None = None
        self._state = threading.Lock()
        self._looking = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Saves[Found]:
        import watchfiles  # noqa: F401 - here and not first in a thread, where it would be news too late

        for folder in self._folders:
            begun = _Begun(self._stop)
            thread = threading.Thread(target=self._watch, args=(folder, begun), name="espsh-saves", daemon=True)
            self._threads.append(thread)
            thread.start()
            begun.wait()
        self._look_again()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def take(self) -> Found | None:
        """Return what was found last, if that was not taken yet. Raises the error that ended the watching."""
        with self._state:
            if self._ended is not None:
                raise self._ended
            found, self._news = self._news, None
            return found

    def during(self, work: Callable[[], None], cancel: Callable[[], None]) -> None:
        """Do ``work`` until there is news; ``cancel`` ends it with InterruptedByUserError.

        That error of anyone else goes on. ``work`` is to have no end of its own: a cancel that came just then would
        hit what is done next.
        """
        with self._state:
            if self._is_news:
                return
            self._cancel = cancel
        try:
            work()
        except InterruptedByUserError:
            if not self._is_news:
                raise
        finally:
            with self._state:
                self._cancel = None

    @property
    def _is_news(self) -> bool:
        return self._news is not None or self._ended is not None

    def _watch(self, folder: Folder, begun: _Begun) -> None:
        from watchfiles import watch

        try:
            for saved in watch(
                folder.path, watch_filter=None, step=_STEP, stop_event=begun, rust_timeout=_BREATH,
                yield_on_timeout=True, recursive=folder.recursive,
            ):  # fmt: skip
                if not Path(folder.path).is_dir():
                    break
                if saved:
                    self._look_again()
            self._end(EspshError(f"{folder.path} is gone"))
        except FileNotFoundError:
            self._end(EspshError(f"{folder.path} is gone"))
        except (OSError, RuntimeError) as error:  # RuntimeError: what watchfiles calls all else
            hint = "WATCHFILES_FORCE_POLLING=1 looks at the files themselves, again and again"
            self._end(EspshError(f"{folder.path} cannot be watched: {error}", hint))
        except Exception as error:  # noqa: BLE001 - a bug of a look is raised where its news is taken
            self._end(error)
        finally:
            begun.set()

    def _look_again(self) -> None:
        with self._looking:
            try:
                found = self._look()
            except NotFoundError:
                return  # it went while it was read, and that is another change
            except EspshError as error:
                self._told(error)
                return
            with self._state:
                if found != self._last:
                    self._last = self._news = found
                    self._wake()

    def _end(self, error: Exception) -> None:
        with self._state:
            self._ended = self._ended or error
            self._wake()

    def _wake(self) -> None:
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()


class _Begun:
    """The end of a watching as watchfiles asks for it, which it does only once it watches."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._asked = threading.Event()

    def is_set(self) -> bool:
        """Whether to end."""
        self._asked.set()
        return self._stop.is_set()

    def set(self) -> None:
        """Note that there is nothing to wait for."""
        self._asked.set()

    def wait(self) -> None:
        """Wait until changes are seen."""
        self._asked.wait()
