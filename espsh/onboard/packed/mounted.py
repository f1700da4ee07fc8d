import io
from binascii import b2a_base64
unsent=[]
class HostFile(io.IOBase):
	def __init__(A,mount,path,mode):C=mount;B=ask(C,'open',path,mode);A.who=C,int.from_bytes(B[:4],'little');A.size=int.from_bytes(B[4:8],'little');A.block=B[8:];A.start=A.at=0;A.mode=mode;A.new=b''
	def fill(A):
		A.flush();B=A.at-A.start
		if not 0<=B<len(A.block):
			A.block=b'';A.start=A.at;B=0
			if A.at<A.size:A.block=ask(A.who[0],'read',A.who[1],A.at)
		return B
	def take(B,n):
		C=[]
		while n:
			D=B.fill();A=B.block[D:D+n if n>0 else None]
			if not A:break
			B.at+=len(A);n-=len(A);C.append(A)
		return b''.join(C)
	def shape(A,b):return b if'b'in A.mode else str(b,'utf8')
	def read(B,n=-1):
		C=B.take(n)
		if n>0 and'b'not in B.mode:
			while C:
				A=B.take(n-sum(A&192!=128 for A in C))
				if not A:break
				C+=A
			while True:
				A=B.take(1)
				if not A or A[0]&192!=128:break
				C+=A
			B.at-=len(A)
		return B.shape(C)
	def readinto(B,b):A=B.take(len(b));b[:len(A)]=A;return len(A)
	def readline(A,n=-1):
		B=b''
		while n and B[-1:]!=b'\n':
			D=A.fill();E=(A.block.find(b'\n',D)+1 or len(A.block))-D;C=A.take(E if n<0 else min(E,n))
			if not C:break
			B+=C;n-=len(C)
		return A.shape(B)
	def readlines(A):return list(A)
	def __iter__(A):return A
	def __next__(B):
		A=B.readline()
		if not A:raise StopIteration
		return A
	def write(A,b):
		if'r'in A.mode and'+'not in A.mode:raise OSError(9)
		B=bytes(b,'utf8')if isinstance(b,str)else bytes(b)
		if'a'in A.mode and A.at!=A.size:A.flush();A.at=A.size
		if not A.new:unsent.append(A)
		A.new+=B;A.at+=len(B);A.size=max(A.size,A.at);A.block=b''
		if len(A.new)>384:A.flush()
		return len(b)
	def flush(A):
		while A.new:
			ask(A.who[0],'write',A.who[1],A.at-len(A.new),b2a_base64(A.new[:384])[:-1]);A.new=A.new[384:]
			if not A.new:unsent.remove(A)
	def seek(A,to,whence=0):
		A.flush();to+=(0,A.at,A.size)[whence]
		if to<0:raise OSError(22)
		A.at=to;return to
	def tell(A):return A.at
	def close(A):A.flush();A.who=A.who[0],0;A.block=b'';A.size=A.at+1
	def ioctl(B,what,value):
		A=what
		if A==1:B.flush()
		elif A==4:B.close()
		elif A==11:return 255
		elif A!=3:return-22
		return value if A==3 else 0
	def __enter__(A):return A
	def __exit__(A,*B):A.close()
