import os
def status(name):
	try:return os.stat(name)[:7]
	except OSError as A:
		if A.args[0]==5:raise
def pieces(f):
	A=1
	while A:
		A=f.read(512);yield A
		if f.tell()%32768==0:emit(0)
def alike(a,b):
	if status(a)==status(b):
		with open(a,'rb')as A,open(b,'rb')as B:return all(A==B.read(512)for A in pieces(A))
def copied(a,b):
	with open(a,'rb')as A,open(b,'wb')as B:
		for C in pieces(A):B.write(C)
	if not alike(a,b):raise OSError(5)
def complete(part,whole,fresh,note):
	D=fresh;B=whole
	with open(note,'rb')as E:A=E.read()
	C=A[-2:]==b'\n\n'
	if A[-1:]!=b'\n'or not status(D if C else B):return
	A=A.rstrip(b'\n').decode()
	if not C:
		if status(A)and not alike(B,A):return
		if status(A)or alike(B,part):
			copied(B,D)
			with open(note,'ab')as E:E.write(b'\n')
			C=True
	try:
		if C:sweep((part,B,A));copied(D,A)
		else:os.rename(B,A)
	except OSError as F:
		if F.args[0]not in(2,22):raise
def sweep_up(tops):
	for B in tops:
		A=[B+'/.espsh~'+A for A in('','ok','new','to')]
		if status(A[3]):complete(*A)
		sweep(A)
