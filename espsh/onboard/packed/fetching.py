try:from binascii import b2a_base64
except ImportError:0
def fetch(path,offset,size,count,base64):
	C=count;B=offset
	with open(path,'rb')as D:
		if B:D.seek(B)
		while C:
			A=D.read(size)
			if not A:return
			emit(str(b2a_base64(A),'utf8').strip()if base64 else A);C-=1
