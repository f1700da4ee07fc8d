try:from binascii import a2b_base64,b2a_base64
except ImportError:0
try:handle
except NameError:handle=None
def start(path,mode):global handle;finish();handle=open(path,mode)
def put(data):
	if handle.write(data)!=len(data):raise OSError(28)
def put64(text):put(a2b_base64(text))
def finish():
	global handle
	if handle:handle.close()
	handle=None
def fetch(path,offset,size,count,base64):
	C=count;B=offset
	with open(path,'rb')as D:
		if B:D.seek(B)
		while C:
			A=D.read(size)
			if not A:return
			emit(str(b2a_base64(A),'utf8').strip()if base64 else A);C-=1
def sha256(path):
	import hashlib as E;C=E.sha256();A=bytearray(512);D=0
	with open(path,'rb')as F:
		while True:
			B=F.readinto(A)
			if not B:return C.digest()
			C.update(A if B==512 else A[:B]);D+=1
			if D%64==0:emit(0)
def settle(temporary,path):
	B=temporary;A=path
	try:os.rename(B,A)
	except OSError as C:
		if C.args[0]!=17:raise
		os.remove(A);os.rename(B,A)
def drop(path):
	finish()
	try:os.remove(path)
	except OSError:0
