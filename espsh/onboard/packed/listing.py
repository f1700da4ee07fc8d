import os
def listing(path,deep):
	for A in os.ilistdir(path):
		B=path+'/'+A[0];C=A[1]&16384;emit((B,C,0 if C else A[3]if len(A)>3 else os.stat(B)[6]))
		if C and deep:listing(B,1)
