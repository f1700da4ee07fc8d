# The user's code, kept until it is whole.
def keep(data, check):
    global code
    a = c(data)
    print(a, check)
    if a == check:
        code = data
