import io,select
try:from deflate import RAW,DeflateIO
except ImportError:RAW=0
try:from _thread import allocate_lock,get_ident;turn=allocate_lock()
except ImportError:turn=None
asked=d.get('asked',0)
asking=None
patience=24
one=bytearray(1)
frame=d.get('frame')or memoryview(bytearray(16))
keys=select.poll()
keys.register(sys.stdin,1)
def hear(number):
	E=sys.stdin.buffer.readinto;D=1000 if patience>1 else 300;A=-1;B=0
	while True:
		for F in keys.ipoll(D):break
		else:return 0 if D==200 else None
		E(one);C=one[0];D=200
		if C==30:A=B=0
		elif A<0:0
		elif C==31:
			A-=4
			if A<3 or k(frame[:A])!=int.from_bytes(frame[A:A+4],'little'):return 0
			if frame[0]|frame[1]<<8==number:return A
			A=-1
		elif C==28:B=64
		elif A<len(frame):frame[A]=C^B;A+=1;B=0
def question(*E):
	global asked,patience;asked=B=asked+1&65535;A='%d %r'%(B,E);A='\x1e\x1e?%d %s\n'%(k(bytes(A,'utf8')),A);D=patience
	try:
		while D>0:
			sys.stdout.write(A);C=hear(B)
			if C:patience=24;return frame[2],bytes(frame[3:C])
			D-=4 if C is None else 1
	except KeyboardInterrupt:
		if hear(B)is None:patience=1
		raise
	patience=1;raise OSError(5)
def ask(*D):
	global asking;B=turn is None or asking==get_ident()
	if not B:turn.acquire();asking=get_ident()
	try:C,A=question(*D)
	finally:
		if not B:asking=None;turn.release()
	if C==2:raise OSError(A[0])
	return DeflateIO(io.BytesIO(A),RAW,10).read()if C else A
def make_room(size):
	global frame
	if len(frame)<size:frame=memoryview(bytearray(size))
	return bool(RAW)
