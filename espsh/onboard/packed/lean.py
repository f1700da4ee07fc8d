try:code
except NameError:code=b''
def keep(data,check):
	global code;A=c(data);print(A)
	if A==check:code=data
def begin(check):return c(code)==check
def end(e,value):
	global l
	if e is None:A=0,value,'',''
	else:
		emit(1)
		if not isinstance(e,SystemExit):sys.print_exception(e)
		A=(1,)+failure(e)
	l=l[0],'='+repr(A),n;w(l[1])
