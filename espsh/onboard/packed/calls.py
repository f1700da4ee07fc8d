def failure(e):return repr(type(e)),str(e),repr(e.args)
def call(s,q):
	global l,n;a=c(s);print(a,q)
	if a==q:
		o,f,*a=eval(s,d)
		if l[0]!=o:
			l=o,'?',0;n=0
			try:r='='+repr(f(*a))
			except Exception as e:sys.print_exception(e);r='!'+repr(failure(e))
			l=o,r,n
		n=l[2];w(l[1])
