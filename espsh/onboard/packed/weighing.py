import gc,sys
WORD=8 if sys.maxsize>>32 else 4
MARK=357913941,
def weigh(path,name,room):
	B,A=marked(room);F=gc.mem_alloc();C=dict(sys.modules);sys.modules.pop(name,0);sys.path.insert(0,path);D=None
	try:__import__(name);gc.collect();D=gc.mem_alloc()-F
	except MemoryError:0
	finally:
		sys.path.remove(path)
		for E in list(sys.modules):
			if E not in C:del sys.modules[E]
		sys.modules.update(C)
	gc.collect();return used(B,A),D,4*WORD*(A+8*(len(B)-A))
def marked(room):
	C=room;gc.collect();C=min(C,gc.mem_free()//2)//(4*WORD);D=C//4;A=[None]*(D+(C-D)//8)
	for B in range(len(A)):A[B]=MARK*(2 if B<D else 30)
	for B in range(len(A)):A[B]=id(A[B])
	gc.collect();return A,D
def used(pieces,small):
	A=pieces
	try:from uctypes import bytearray_at as F
	except ImportError:return
	B=min(min(A),id(MARK));C=F(B,max(max(A),id(MARK))-B+32*WORD);G=C[id(MARK)-B+2*WORD];D=0
	for E in range(len(A)):
		for H in range(1 if E<small else 8):
			if C[A[E]-B+4*WORD*H+3*WORD]!=G:D+=1
	return D*4*WORD
