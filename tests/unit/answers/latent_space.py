TRUTHS = {"random edges": 75}
WRONG = {"random edges": 45}
RIGHT: dict = {}
FAULTS: list = []
