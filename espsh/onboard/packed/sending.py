def send(path,offset,stop,size):
	D=stop;A=offset;G=sys.stdout.buffer.write;B=memoryview(bytearray(size+6))
	with open(path,'rb')as E:
		F=E.seek(0,2);emit(F);E.seek(A);D=min(D,F)
		while A<D:
			C=E.readinto(B[6:6+min(size,D-A)])
			if not C:break
			B[:4]=A.to_bytes(4,'little');B[4:6]=C.to_bytes(2,'little');G(b'\x1eB'+k(B[:C+6]).to_bytes(4,'little'));G(B[:C+6]);A+=C;d['b']=[]
	return A,A>=F and sha256(path)[:8]
