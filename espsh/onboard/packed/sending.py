def send(path,offset,stop,size):
	B=stop;A=offset;G=sys.stdout.buffer.write;C=memoryview(bytearray(size+6))
	with open(path,'rb')as F:
		E=F.seek(0,2);emit(E);F.seek(A);H=B>E;B=min(B,E)
		while A<B:
			D=F.readinto(C[6:6+min(size,B-A)])
			if not D:break
			C[:4]=A.to_bytes(4,'little');C[4:6]=D.to_bytes(2,'little');G(b'\x1eB'+k(C[:D+6]).to_bytes(4,'little'));G(C[:D+6]);A+=D;d['b']=[]
	return A,H and A>=E and sha256(path)[:8]
