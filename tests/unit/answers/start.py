TRUTHS = {"same vector": False}
WRONG = {"same vector": True}
RIGHT: dict = {}
FAULTS: list = []
