# A verified file put in its place.
import os


def sweep(names):
    for name in names:
        try:
            os.remove(name)
        except OSError:
            pass


def settle(temporary, path):
    try:
        os.rename(temporary, path)
    except OSError as e:
        if e.args[0] != 17:
            raise
        os.remove(path)
        os.rename(temporary, path)
