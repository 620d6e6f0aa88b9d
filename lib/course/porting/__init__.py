"""The porting kit: is a port of arch2vec right, and if not, which step went wrong first?"""
