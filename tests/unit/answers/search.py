TRUTHS = {"blind luck": 0.67}
WRONG = {"blind luck": 0.1}
RIGHT: dict = {}
FAULTS: list = []
