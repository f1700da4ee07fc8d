def clock():
	try:from machine import RTC;return RTC().datetime()
	except(ImportError,AttributeError):0
	try:import time;A=time.localtime();return A[:3]+(A[6],)+A[3:6]+(0,)
	except(ImportError,AttributeError):0
def set_clock(*A):
	try:from machine import RTC
	except ImportError:return 1
	RTC().datetime(A)
def heap():gc.collect();return gc.mem_free(),gc.mem_alloc()
