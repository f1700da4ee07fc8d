# A verified file put in its place. A FAT, which finds it in capitals as well, cannot replace a file in one step, and
# may leave both names of one that it renames: what the power cuts short there is finished by sweeping.py, which knows
# the target from a note. A note that is there already is of a file that is not in its place yet: EEXIST.
import os


def sweep(names):
    for name in names:
        try:
            os.remove(name)
        except OSError:
            pass


def settle(temporary, path):
    try:
        os.stat(temporary[:-6] + "ESPSH~")
    except OSError:
        return os.rename(temporary, path)
    with open(temporary + "to", "x") as f:
        f.write(path + "\n")
    os.rename(temporary, temporary + "ok")
    sweep((path,))
    os.rename(temporary + "ok", path)
    os.remove(temporary + "to")
