def heads(paths,size):
	A=[]
	for B in paths:
		with open(B,'rb')as C:A.append(C.read(size))
	return A
