def has(a):
	try:
		a,*A=a.split('.');a=__import__(a)
		for A in A:a=getattr(a,A)
		return a
	except Exception:0
def about(q):
	gc.collect();B=[]
	for F in q.split():B+=[has(F)is not None]
	A=sys.implementation;C=has('machine.unique_id');D=has('os.uname');E=has('time.gmtime');return B,C and C(),D and D()[4]or getattr(A,'_machine',''),A[1],getattr(A,'_mpy',0),E and E(0)[0],gc.mem_free()
