import json,os
class HostFolder:
	def __init__(A,number):A.number=number;A.cwd='/'
	def mount(A,*B):0
	def umount(A):0
	def ask(B,what,path,*C):A=path;return ask(B.number,what,A if A[:1]=='/'else B.cwd+A,*C)
	def open(B,path,mode):A=path;return HostFile(B.number,A if A[:1]=='/'else B.cwd+A,mode)
	def chdir(A,path):A.cwd='/'if path=='/'else str(A.ask('chdir',path),'utf8')
	def getcwd(A):return A.cwd[:-1]or'/'
	def stat(B,path):C,D,A=json.loads(B.ask('stat',path));return C,0,0,0,0,0,D,A,A,A
	def statvfs(A,path):return tuple(json.loads(A.ask('statvfs',path)))
	def ilistdir(C,path):
		A=''
		while A is not None:
			D,A=json.loads(C.ask('list',path,A))
			for B in D:yield(B[0],B[1],0,B[2])
	def mkdir(A,path):A.ask('mkdir',path)
	def rmdir(A,path):A.ask('rmdir',path)
	def remove(A,path):A.ask('remove',path)
	def rename(A,path,to):A.ask('rename',path,to if to[:1]=='/'else A.cwd+to)
def mount_host(number,point,room):
	A=point
	try:
		try:os.stat(A)
		except OSError as B:
			if B.args[0]!=19:raise
			forget_modules(A);os.umount(A);os.stat(A)
		raise OSError(17)
	except OSError as B:
		if B.args[0]!=2:raise
	C=make_room(room);os.mount(HostFolder(number),A);os.chdir(A);return C
def unmount_host(point):
	A=point
	for B in list(unsent):B.flush()
	forget_modules(A)
	try:os.umount(A)
	except OSError:0
