"""What belongs to the notebooks: questions, the porting kit, results and the tables made of them.

Unlike the library this may need the repository, and is no part of a wheel.
"""
