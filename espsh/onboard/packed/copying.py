import os
def duplicate(source,path):
	D=source;C=path;E=C[:C.find('/',1)+1].rstrip('/');A=(''if os.statvfs(E or'/')==os.statvfs('/')else E)+'/.espsh~';F=memoryview(bytearray(512))
	try:
		with open(D,'rb')as G,open(A,'wb')as H:
			B=512
			while B:
				B=G.readinto(F)
				if H.write(F[:B])!=B:raise OSError(28)
				if G.tell()%32768==0:emit(0)
		if sha256(D)!=sha256(A):raise OSError(5)
		settle(A,C)
	except BaseException:sweep((A,));raise
