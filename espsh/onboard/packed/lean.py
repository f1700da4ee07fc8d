def begin(check):return c(d.get('code',b''))==check
def end(e,value):
	global l
	if e is None:A=0,value,'',''
	else:
		emit(1)
		if not isinstance(e,SystemExit):sys.print_exception(e)
		A=(1,)+failure(e)
	l=l[0],'='+repr(A),n;w(l[1])
