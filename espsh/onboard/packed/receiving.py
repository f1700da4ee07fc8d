import hashlib,io,os,select
try:from deflate import RAW,DeflateIO
except ImportError:RAW=DeflateIO=None
def digest_of(path,block):
	A=block;B=hashlib.sha256()
	with open(path,'rb')as D:
		while True:
			C=D.readinto(A)
			if not C:return B.digest()[:8]
			B.update(A[:C]);d['b']=[]
def shut(f):
	try:f.close()
	except Exception:0
def volume(path,known):
	C=known
	for A in('',path[:path.find('/',1)+1].rstrip('/')):
		if A not in C:B=os.statvfs(A+'/');B=B[1]*B[2],B[0]*B[3];C[A]=C['']if A and B==C[''][1]else(A,B)
	return C[A][0],C[A][1][1]
def receive(patience,piece):
	gc.collect();F=gc.mem_free();F=0 if DeflateIO is None else 13 if F>90000 else 12 if F>60000 else 10;T=sys.stdin.buffer.readinto;J=sys.stdout.buffer.write;Q=select.poll();Q.register(sys.stdin,1);B=memoryview(bytearray(240));R=memoryview(bytearray(512));D=io.BytesIO();K=[];S=G=L=U=H=C=0;M=I=None;E='';b={}
	if F:c=DeflateIO(D,RAW,F).readinto
	def V():
		if not Q.poll(patience):raise OSError(110)
		T(B[:1])
	def W(sign):
		J(bytes((sign,)))
		while B[0]!=17:V()
	def X():
		nonlocal G,L;d['b']=[];V();D=B[0]-24
		if B[0]in(10,21):return
		if D>=0:
			A=0
			while A<D:
				E=min(A+piece,D)
				while A<E:A+=T(B[A:E])
				L+=1;J(bytes((128|L&63,)))
			A=int.from_bytes(B[:D],'little')^int.from_bytes(bytes(B[:2])*120,'little');C=A.to_bytes(240,'little')[2:D]
			if len(C)>3 and k(C[:-2])&65535==C[-2]|C[-1]<<8:
				A=C[0]|C[1]<<8
				if A%31==G:G=(G+1)%31;K.append((A//31,C[2:-2]));return
			B[0]=0
		if B[0]!=17:W(224|G)
		L=0;J(bytes((192|G,)))
	def Y():
		while len(K)<4 and Q.poll(0):X()
	def N(size):
		E=size;nonlocal S,M,C;A=0
		while A<E:
			while not C:
				while not K:X()
				C,F=K.pop(0)
				if C:B=D.read(S-D.tell());D.seek(0);S=D.write(B)+D.write(F);D.seek(0);M=c;C-=1
				else:M=io.BytesIO(F).readinto;C=len(F)
			B=M(R[A:min(E,A+C)]);A+=B;C-=B
		Y();return R[:E]
	def O(size):return int.from_bytes(N(size),'little')
	emit(F);J(b'\xc0')
	try:
		while True:
			A=O(2)
			if not A:return U
			Z=str(N(A),'utf8');A=O(4);a=O(1);E,e=volume(Z,b);E+='/.espsh~';H=A-e
			if H>0:raise OSError(28)
			H=A;I=open(E,'ab'if a else'wb')
			if a:A=I.seek(0,2);H-=A;emit(A)
			while True:
				P=O(2)
				if not P:break
				while P:
					A=min(P,512)
					if I.write(N(A))!=A:raise OSError(28)
					P-=A;H-=A
			I.close();f=bytes(N(8));A=digest_of(E,R)==f;Y()
			if A:settle(E,Z)
			else:os.remove(E)
			emit(A);U+=A
	except Exception as g:
		if g.args[:1]!=(110,):shut(I);sweep((E,));emit(H);B[0]=0;W(255)
		raise
	finally:shut(I)
