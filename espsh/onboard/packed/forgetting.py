import os
def imported():return list({A.split('.')[0]for(A,B)in sys.modules.items()if hasattr(B,'__file__')})
def forget(names):
	A=set()
	for B in list(sys.modules):
		C=B.split('.')[0]
		if C in names:del sys.modules[B];A.add(C)
	return sorted(A)
def forget_modules(point):
	B=point;C=os.getcwd().startswith(B)
	for(D,E)in list(sys.modules.items()):
		A=getattr(E,'__file__','')
		if A.startswith(B)or A and C and A[0]!='/':del sys.modules[D]
