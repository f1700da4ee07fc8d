import os
from binascii import b2a_base64
def survey(root,a):
	C=root;B=[];D=[]
	for A in os.ilistdir(C+a or'/'):
		if A[1]&16384:D.append(A[0])
		else:
			E=C+a+'/'+A[0];F=(A+(0,))[3]or os.stat(E)[6];B.append((A[0],F,str(b2a_base64(sha256(E)[:8])[:11],'utf8')))
			if len(B)==8:emit((a,B,()));B=[]
	emit((a,B,D))
	for A in D:survey(C,a+'/'+A)
