def keep(data,check):
	global code;A=c(data);print(A)
	if A==check:code=data
