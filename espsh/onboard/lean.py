# The user's code on boards with a small stack (a micro:bit's holds six levels of calls, and exec takes two): the
# host's command runs it at its own level, between begin and end.
try:
    code
except NameError:
    code = b""


def keep(data, check):
    global code
    a = c(data)
    print(a)
    if a == check:
        code = data


def begin(check):
    return c(code) == check


def end(e, value):
    global l
    if e is None:
        r = 0, value, "", ""
    else:
        emit(1)
        if not isinstance(e, SystemExit):
            sys.print_exception(e)
        r = (1,) + failure(e)
    l = l[0], "=" + repr(r), n
    w(l[1])
