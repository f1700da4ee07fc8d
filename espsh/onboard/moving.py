# A file or a directory moved, over a file that is there. What is moved keeps its name until the end.
import os


def move(source, path):
    try:
        os.rename(source, path)
    except OSError as e:
        if e.args[0] != 17:
            raise
        os.remove(path)
        os.rename(source, path)
