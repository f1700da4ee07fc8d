import gc
try:from binascii import crc32
except ImportError:crc32=c
l='','',0
def w(t):global n;t='%s %d %s'%(l[0],n,t);n+=1;A=bytes(t,'utf8');print('\x1e%d %d %s'%(len(A),crc32(A),t))
def emit(v):w('+'+repr(v))
def failure(e):A=e.args;return repr(type(e)),str(e),A[0]if A and isinstance(A[0],int)else None
def call(o,f,*C):
	global l,n
	if l[0]!=o:
		l=o,'?',0;n=0
		try:A='='+repr(f(*C))
		except Exception as B:sys.print_exception(B);A='!'+repr(failure(B))
		l=o,A,n
	n=l[2];w(l[1])
