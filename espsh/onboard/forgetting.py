# What was imported and is to be imported anew: MicroPython keeps it by its name, wherever it came from.
import os


def imported():
    # The names of all that came from files; a package's stands for what is in it.
    return list({name.split(".")[0] for name, m in sys.modules.items() if hasattr(m, "__file__")})


def forget(names):
    # Returns those that were there.
    found = set()
    for name in list(sys.modules):
        top = name.split(".")[0]
        if top in names:
            del sys.modules[name]
            found.add(top)
    return sorted(found)


def forget_modules(point):
    # What was imported from there: by a path of its own, or from the cwd.
    here = os.getcwd().startswith(point)
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", "")
        if path.startswith(point) or path and here and path[0] != "/":
            del sys.modules[name]
