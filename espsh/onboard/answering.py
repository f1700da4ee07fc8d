# What the host's expressions come to, each by itself: one that cannot be answered is left out.
def answer(*a):
    for i in range(len(a)):
        try:
            emit((i, eval(a[i], {})))
        except Exception:
            pass
