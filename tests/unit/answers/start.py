TRUTHS = {"numbers that differ": 0}
WRONG = {"numbers that differ": 16}
RIGHT: dict = {}
FAULTS: list = []
