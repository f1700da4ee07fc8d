import select,time,_thread
from machine import UART
def set_rate(rate):
	try:UART(0,rate)
	except OSError:0
def meet(rate):
	emit(0);time.sleep_ms(20);set_rate(rate);B=select.poll();B.register(sys.stdin,1);D=time.ticks_ms();A=0
	while A<16:
		C=500-time.ticks_diff(time.ticks_ms(),D)
		if C<0 or not B.poll(C):return False
		A=A+1 if sys.stdin.buffer.read(1)==b'\n'else 0
	sys.stdout.buffer.write(b'\x06\x16\x06\x16');return True
def watch(rate):
	A=0;B=d.get('b')
	while'r'in d:
		A=A+1 if d.get('b')is B else 0;B=d.get('b')
		if A>10:set_rate(rate);d.pop('r',0)
		time.sleep_ms(100)
def faster(rate,usual):
	A=usual;d['r']=A;B=False
	try:_thread.start_new_thread(watch,(A,));B=meet(rate);d['b']=[]
	finally:
		if not B:set_rate(A);d.pop('r',0)
	return B
def slower(usual):
	A=usual
	try:return meet(A)
	finally:set_rate(A);d.pop('r',0)
