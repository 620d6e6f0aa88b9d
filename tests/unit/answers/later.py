TRUTHS = {"random edges": 75, "blind luck": 0.67}
WRONG = {"random edges": 45, "blind luck": 0.1}
RIGHT: dict = {}
FAULTS: list = []
