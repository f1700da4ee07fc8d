def has(name):
	try:A=name.split('.');return getattr(__import__(A[0]),A[1])
	except(ImportError,AttributeError):0
def about(names):gc.collect();A=sys.implementation;B=has('machine.unique_id');C=has('os.uname');D=has('time.gmtime');return[has(A)is not None for A in names.split()],B and B(),C and C()[4]or getattr(A,'_machine',''),A[1],getattr(A,'_mpy',0),D and D(0)[0],gc.mem_free()
