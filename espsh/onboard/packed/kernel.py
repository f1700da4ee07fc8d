import gc
try:from binascii import crc32 as k
except ImportError:k=c
def w(t):global n;t='%s %d %s'%(l[0],n,t);n+=1;b=bytes(t,'utf8');print('\x1e%d %d %s'%(len(b),k(b),t))
def emit(v):w('+'+repr(v))
def failure(e):return repr(type(e)),str(e),repr(e.args)
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
