# The two bytes of state that this VM shares with its machine (espsh/sim/guard.py): its own count, and the answers to it.


class File:
    # In a file: two calls of the system for each access of the flash.
    def __init__(self, path):
        self._file = open(path, "r+b")
        self._count = bytearray(1)

    def step(self):
        self._count[0] = (self._count[0] + 1) & 255
        self._file.seek(0)
        self._file.write(self._count)

    def answers(self):
        self._file.seek(1)
        return self._file.read(1)[0]


class Mapped:
    # In memory that both have.
    def __init__(self, address):
        import uctypes

        self._state = uctypes.bytearray_at(address, 2)

    def step(self):
        self._state[0] = (self._state[0] + 1) & 255

    def answers(self):
        return self._state[1]


def open_guard(path, address=None):
    if address:
        try:
            return Mapped(int(address))
        except ImportError:
            pass
    return File(path)
