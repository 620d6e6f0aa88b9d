TRUTHS: dict = {}
WRONG: dict = {}
RIGHT: dict = {}
FAULTS: list = []
