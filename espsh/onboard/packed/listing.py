import os
def listing(a,deep):
	for A in os.ilistdir(a or'/'):
		B=a+'/'+A[0];C=A[1]&16384;emit((B,C,0 if C else(A+(0,))[3]or os.stat(B)[6]))
		if C and deep:listing(B,1)
