import gc,hashlib,machine,os,select,sys,time
from binascii import*
os.rename,os.stat,os.statvfs,hashlib.sha256,a2b_base64,sys.stdin.buffer,select.poll
gc.collect()
i=sys.implementation
s='0 0 =%r%c%.600r'%((machine.unique_id(),i._machine,i[1],i._mpy,time.gmtime(0)[0],gc.mem_free()),9,list(os.ilistdir('/')))
b=s.encode()
print('%c%d %d %s'%(30,len(b),crc32(b),s))
