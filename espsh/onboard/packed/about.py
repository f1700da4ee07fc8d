def has(name):
	try:A=name.split('.');return getattr(__import__(A[0]),A[1])
	except(ImportError,AttributeError):0
def about(names):
	gc.collect();B=[]
	for F in names.split():B.append(has(F)is not None)
	A=sys.implementation;C=has('machine.unique_id');D=has('os.uname');E=has('time.gmtime');return B,C and C(),D and D()[4]or getattr(A,'_machine',''),A[1],getattr(A,'_mpy',0),E and E(0)[0],gc.mem_free()
