# Calls that run once, whatever the line does. Stands on records.py.
def failure(e):
    return repr(type(e)), str(e), repr(e.args)


def call(s, q):
    # s: "(nonce, function, *arguments)". The same nonce again is the same call: its answer is repeated, it does not
    # run twice. Not through x: a micro:bit's stack holds six levels of calls, and exec takes two.
    global l, n
    a = c(s)
    print(a, q)
    if a == q:
        o, f, *a = eval(s, d)
        if l[0] != o:
            l = o, "?", 0
            n = 0
            try:
                r = "=" + repr(f(*a))
            except Exception as e:
                sys.print_exception(e)
                r = "!" + repr(failure(e))
            l = o, r, n
        n = l[2]
        w(l[1])
