def send(path,offset,stop,size,whole):
	A=offset;D=sys.stdout.buffer.write;B=memoryview(bytearray(size+6))
	with open(path,'rb')as E:
		E.seek(A)
		while A<stop:
			C=E.readinto(B[6:6+min(size,stop-A)])
			if not C:break
			B[:4]=A.to_bytes(4,'little');B[4:6]=C.to_bytes(2,'little');D(b'\x1eB'+k(B[:C+6]).to_bytes(4,'little'));D(B[:C+6]);A+=C;d['b']=[]
	return A,whole and sha256(path)[:8]
