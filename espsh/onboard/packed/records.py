import gc
try:from binascii import crc32 as k
except ImportError:k=c
def w(t):global n;t='%s %d %s'%(l[0],n,t);n+=1;A=bytes(t,'utf8');print('\x1e%d %d %s'%(len(A),k(A),t))
def emit(v):w('+'+repr(v))
