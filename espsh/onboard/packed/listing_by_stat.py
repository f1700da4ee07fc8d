import os
def listing(a,deep):
	for D in os.listdir(a or'/'):
		A=a+'/'+D;C=os.stat(A);B=C[0]&16384;emit((A,B,0 if B else C[6]))
		if B and deep:listing(A,1)
