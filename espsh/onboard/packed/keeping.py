def keep(data,check):
	A=check;global code;B=c(data);print(B,A)
	if B==A:code=data
