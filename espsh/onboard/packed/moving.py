import os
def move(source,path):
	B=source;A=path
	try:os.rename(B,A)
	except OSError as C:
		if C.args[0]!=17:raise
		os.remove(A);os.rename(B,A)
