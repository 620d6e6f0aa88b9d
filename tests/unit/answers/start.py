TRUTHS = {"four ways": 3}
WRONG = {"four ways": 4}
RIGHT: dict = {}
FAULTS: list = []
