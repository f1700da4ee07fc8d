def search(p,text,low,m,*E):
	if not text:import re;p=re.compile(p)
	for C in range(len(E)):
		with open(E[C],'rb')as F:
			D=0
			while 1:
				A=F.readline(m)
				if not A:break
				D+=1
				if D%256==0:emit(0)
				B=A
				while B and B[-1]!=10:B=F.readline(m)
				A=A.rstrip(b'\r\n');B=A.lower()if low else A
				if p in B if text else p.search(B):
					if b'\x00'in A:emit((C,0,b''));break
					emit((C,D,A))
