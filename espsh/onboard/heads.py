# The first bytes of files.
def heads(paths, size):
    found = []
    for path in paths:
        with open(path, "rb") as f:
            found.append(f.read(size))
    return found
