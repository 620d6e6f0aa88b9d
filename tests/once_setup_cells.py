"""Once: turns the old beginning of every set-up cell into the common one; to be removed afterwards.

    python tests/once_setup_cells.py && make stamp

Only sources change. What a notebook imports besides stays after the common lines.
"""

import json
from pathlib import Path

from experiments import stamp

root = Path(__file__).parents[1]

OLD = {"import sys", "from pathlib import Path", "", 'sys.path.insert(0, str(root / "lib"))'}
for path in sorted((root / "notebooks").glob("*.ipynb")):
    content = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in content["cells"] if c["cell_type"] == "code")
    text = "".join(cell["source"])
    if stamp.CALL in text + "\n":
        continue
    lines = text.split("\n")
    end = next(k for k, line in enumerate(lines) if line.startswith("sys.path"))
    kept = []
    for line in lines[: end + 1]:
        if line in OLD or line.startswith(("root = next(", "assert root")):
            continue
        if line == "import os, sys":
            kept.append("import os")
        elif line.startswith("sys.path[:0]"):
            kept.append('sys.path.insert(1, str(root / "notebooks/ports"))')
        elif line.startswith("import "):
            kept.append(line)
        else:
            raise SystemExit(f"{path.name}: by hand, please: {line!r}")
    tail = "\n".join(kept + lines[end + 1 :])
    cell["source"] = (stamp.OWN_CLONE + "\n" + tail).splitlines(keepends=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(cell['source'])} lines")
