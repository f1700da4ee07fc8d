def anew():
	for A in list(g):
		if A[0]!='_':del g[A]
	for A in list(sys.modules):
		if hasattr(sys.modules[A],'__file__'):del sys.modules[A]
	gc.collect()
