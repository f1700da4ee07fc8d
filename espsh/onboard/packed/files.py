import os
def stat(path):A=os.stat(path);return A[0]&16384,A[6],A[8]
def makedirs(*B):
	for C in B:
		A=''
		for D in C.strip('/').split('/'):
			A+='/'+D
			try:os.mkdir(A)
			except OSError:
				if not os.stat(A)[0]&16384:raise OSError(20)
def remove(*B):
	for A in B:(os.rmdir if os.stat(A)[0]&16384 else os.remove)(A);emit(0)
def rmtree(path):
	A=path
	if os.stat(A)[0]&16384:
		for B in os.listdir(A):rmtree(A+'/'+B)
		emit(0)
	remove(A)
def space(path):A=os.statvfs(path);return A[1]*A[2],A[0]*A[3]
