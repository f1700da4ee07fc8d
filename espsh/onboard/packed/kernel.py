import gc
try:from binascii import crc32
except ImportError:crc32=c
try:l
except NameError:l='','',0
def w(t):global n;t='%s %d %s'%(l[0],n,t);n+=1;b=bytes(t,'utf8');print('\x1e%d %d %s'%(len(b),crc32(b),t))
def emit(v):w('+'+repr(v))
def failure(e):a=e.args;return repr(type(e)),str(e),a[0]if a and isinstance(a[0],int)else None
def call(s,q):
	global l,n;a=c(s);print(a)
	if a==q:
		o,f,*a=eval(s,d)
		if l[0]!=o:
			l=o,'?',0;n=0
			try:r='='+repr(f(*a))
			except Exception as e:sys.print_exception(e);r='!'+repr(failure(e))
			l=o,r,n
		n=l[2];w(l[1])
