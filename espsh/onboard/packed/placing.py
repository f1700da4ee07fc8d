import os
def sweep(names):
	for A in names:
		try:os.remove(A)
		except OSError:0
def settle(temporary,path):
	B=path;A=temporary
	try:os.stat(A[:-6]+'ESPSH~')
	except OSError:return os.rename(A,B)
	with open(A+'to','x')as C:C.write(B+'\n')
	os.rename(A,A+'ok');sweep((B,));os.rename(A+'ok',B);os.remove(A+'to')
