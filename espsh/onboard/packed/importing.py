class OneFile:
	module=None
	def mount(A,*B):0
	def umount(A):0
	def stat(A,path):
		if path!='/_espsh_run.mpy':raise OSError(2)
		return(32768,)+(0,)*9
	def open(B,*D):
		import io;B.module=C=sys.modules['_espsh_run'];take_away()
		for A in g:setattr(C,A,g[A])
		return io.BytesIO(d.pop('code'))
def run_mpy():
	import os;from binascii import a2b_base64 as D
	if not hasattr(os,'mount'):return 3,'','',''
	d['code']=D(d['code']);A=OneFile();take_away();os.mount(A,'/_espsh_run');sys.path.insert(0,'/_espsh_run')
	try:__import__('_espsh_run')
	except ImportError:
		if A.module:raise
		return 3,'','',''
	finally:
		take_away();B=A.module
		for C in dir(B)if B else():
			if C not in('__class__','__dict__'):g[C]=getattr(B,C)
	return 0,'','',''
def take_away():
	import os;sys.modules.pop('_espsh_run',None)
	try:os.umount('/_espsh_run')
	except OSError:0
	while'/_espsh_run'in sys.path:sys.path.remove('/_espsh_run')
