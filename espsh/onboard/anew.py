# A prompt as it is after a start, for what a program imports and calls by name. Timers, sockets that something else
# holds and the pins stay as they are.
def anew():
    for name in list(g):
        if name[0] != "_":
            del g[name]
    for name in list(sys.modules):
        if hasattr(sys.modules[name], "__file__"):
            del sys.modules[name]
    gc.collect()
