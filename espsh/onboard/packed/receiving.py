import hashlib,io,os,select
try:from deflate import RAW,DeflateIO
except ImportError:RAW=DeflateIO=None
def digest_of(path,block):
	A=block;B=hashlib.sha256()
	with open(path,'rb')as D:
		while True:
			C=D.readinto(A)
			if not C:return B.digest()[:8]
			B.update(A[:C])
def shut(f):
	try:f.close()
	except Exception:0
def store(f,data):
	if f.write(data)!=len(data):raise OSError(28)
def space_of(path):A=os.statvfs(path);return A[1]*A[2],A[0]*A[3]
def volume(path,known):
	A=known;B=path[:path.find('/',1)+1].rstrip('/')
	if B not in A:C=space_of(B);A[B]=A['']if C==A[''][1]else(B,C)
	return A[B][0],A[B][1][1]
def receive(patience):
	S=patience;gc.collect();M=0 if DeflateIO is None else 12 if gc.mem_free()>60000 else 10;N=sys.stdin.buffer.readinto;K=sys.stdout.buffer.write;O=select.poll();O.register(sys.stdin,1);C=memoryview(bytearray(240));P=memoryview(bytearray(512));E=io.BytesIO();T=J=Q=U=H=0;D=None;F='';Y={'':('',space_of('/'))}
	if M:Z=DeflateIO(E,RAW,M).readinto
	def V(sign):
		K(bytes((sign,)))
		while C[0]!=17:
			if not O.poll(S):raise OSError(110)
			N(C[:1])
	emit(M);K(b'\xc0')
	try:
		while True:
			if not O.poll(S):raise OSError(110)
			N(C[:1])
			if C[0]in(10,21):continue
			G=C[0]-24
			if G>=0:
				B=0
				while B<G:
					I=min(B+64,G)
					while B<I:B+=N(C[B:I])
					Q+=1;K(bytes((128|Q&63,)))
				A=bytes(C[:G])
				if b'\x10'in A:
					for B in b'\x01\x02\x03\x04\n\r\x11\x10':A=A.replace(bytes((16,B|64)),bytes((B,)))
				if len(A)>2 and k(A[:-2])&65535==A[-2]|A[-1]<<8 and A[0]&31==J:
					J=(J+1)%31;L=A[0]>>5;A=A[1:-2]
					if L==0:store(D,A);H-=len(A)
					elif L==1:
						a=E.read(T-E.tell());E.seek(0);E.write(a);E.write(A[2:]);T=E.tell();E.seek(0);G=A[0]|A[1]<<8
						while G:I=Z(P[:min(G,512)]);store(D,P[:I]);G-=I;H-=I
					elif L==2:
						W=str(A[5:],'utf8');F,X=volume(W,Y);F+='/.espsh~';H=int.from_bytes(A[1:5],'little')-X
						if H>0:raise OSError(28)
						H+=X;D=open(F,'ab'if A[0]else'wb')
						if A[0]:B=D.seek(0,2);H-=B;emit(B)
					elif L==3:
						D.close();D=None;R=digest_of(F,P)==A
						if R:settle(F,W)
						else:os.remove(F)
						emit(R);U+=R
					else:
						if D:shut(D);sweep((F,))
						return U
					continue
				C[0]=0
			if C[0]!=17:V(224|J)
			Q=0;K(bytes((192|J,)))
	except Exception as b:
		if b.args[:1]!=(110,):
			shut(D);sweep((F,));emit(H)
			try:C[0]=0;V(255)
			except OSError:0
		raise
	finally:shut(D)
