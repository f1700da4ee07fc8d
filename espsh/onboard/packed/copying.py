def duplicate(source,temporary,path):
	C=source;A=temporary;D=memoryview(bytearray(512))
	try:
		with open(C,'rb')as E,open(A,'wb')as F:
			B=512
			while B:
				B=E.readinto(D)
				if F.write(D[:B])!=B:raise OSError(28)
				if E.tell()%32768==0:emit(0)
		if sha256(C)!=sha256(A):raise OSError(5)
		settle(A,path)
	except BaseException:sweep((A,));raise
