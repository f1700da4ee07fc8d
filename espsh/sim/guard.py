"""What a VM and its machine share: a few bytes of state, then the configuration. And when a VM may be interrupted."""

from __future__ import annotations

import json
import mmap
import os
from typing import Any

_ACCESSES, _ANSWERS = 0, 1
STATE_SIZE = 2
_SETTLE_NS = 200_000  # littlefs works for microseconds between two block accesses
_SETTLED_TRIES = 50  # then between two accesses will do: this program does nothing but write files


class Guard:
    """A file in memory that the VM opens by its ``path``."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.fd = os.memfd_create("espsh-guard")
        # (An argument may have 255 bytes at most, so the configuration is no argument.)
        os.write(self.fd, bytes(STATE_SIZE) + json.dumps(config).encode())
        self._state = mmap.mmap(self.fd, STATE_SIZE)

    @property
    def path(self) -> str:
        """The file's name for the VM, which inherits the descriptor."""
        return f"/proc/self/fd/{self.fd}"

    @property
    def accesses(self) -> int:
        """Twice the block accesses so far, modulo 256; odd while one is going on."""
        return self._state[_ACCESSES]

    def answer(self) -> None:
        """Tell the VM, which waits for it, that what it asked for is done (``ask`` in vmboot/vm_link.py)."""
        if not self._state.closed:  # the program may be gone meanwhile
            self._state[_ANSWERS] = (self._state[_ANSWERS] + 1) & 255

    def close(self) -> None:
        """Give the memory back."""
        self._state.close()
        os.close(self.fd)


class Lull:
    """Finds a moment outside of littlefs, for an interpreter that leaves any C code at once when it is interrupted.

    A guess: no block access for a while. (Between two accesses it would leave littlefs half done.)
    """

    def __init__(self) -> None:
        self._accesses = -1
        self._since = 0
        self._tries = 0

    def found(self, accesses: int, run_time: int, *, sleeping: bool) -> bool:
        """Take what is seen of the halted VM; return whether this is such a moment. ``run_time`` in nanoseconds."""
        quiet = accesses == self._accesses and run_time - self._since > _SETTLE_NS
        if accesses != self._accesses:
            self._accesses, self._since = accesses, run_time
        self._tries += 1
        return accesses % 2 == 0 and (sleeping or quiet or self._tries > _SETTLED_TRIES)
