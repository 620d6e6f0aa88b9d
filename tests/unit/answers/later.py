TRUTHS = {"random edges": 75, "blind luck": 0.67, "equal colours": 0.5}
WRONG = {"random edges": 45, "blind luck": 0.1, "equal colours": 0}
RIGHT: dict = {}
FAULTS: list = []
