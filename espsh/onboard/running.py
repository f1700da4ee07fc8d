# The user's code, whole by now, run in the globals of the prompt.
def run(check, mode, name, argv):
    s = d.get("code", b"")
    d["code"] = b""
    if c(s) != check:
        return 2, "", "", ""
    if argv and hasattr(sys, "argv"):
        sys.argv[:] = argv
    emit(0)
    try:
        if mode == "mpy":
            d["code"], s = s, 0  # importing.py takes it, and frees it
            return run_mpy()
        try:
            s = compile(s, name, mode)
        except NameError:
            pass
        if mode == "eval":
            return 0, repr(eval(s, g)), "", ""
        exec(s, g)
        return 0, "", "", ""
    except BaseException as e:
        emit(1)
        if not isinstance(e, SystemExit):
            sys.print_exception(e)
        return (1,) + failure(e)
