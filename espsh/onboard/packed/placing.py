import os
def sweep(names):
	for A in names:
		try:os.remove(A)
		except OSError:0
def settle(temporary,path):
	B=temporary;A=path
	try:os.rename(B,A)
	except OSError as C:
		if C.args[0]!=17:raise
		os.remove(A);os.rename(B,A)
