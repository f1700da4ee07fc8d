def sha256(path):
	import hashlib as E;C=E.sha256();A=bytearray(512);D=0
	with open(path,'rb')as F:
		while True:
			B=F.readinto(A)
			if not B:return C.digest()
			C.update(A if B==512 else A[:B]);D+=1
			if D%64==0:emit(0);d['b']=[]
