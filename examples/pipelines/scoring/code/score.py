"""Scores the rows of all files with a model of the starter `churn`."""

import csv
import json
import tarfile
from pathlib import Path

ROOT = Path("/opt/ml/processing")

with tarfile.open(ROOT / "model/model.tar.gz") as archive:
    archive.extractall(ROOT / "model", filter="data")
model = json.loads((ROOT / "model/model.json").read_text())
(ROOT / "scores").mkdir(parents=True, exist_ok=True)
for file in sorted((ROOT / "input/customers").rglob("*.csv")):
    with (ROOT / "scores" / file.name).open("w", newline="") as scores:
        for row in csv.reader(file.open()):
            # Column 0 of the training data is the label.
            leaves = float(row[model["column"] - 1]) > model["threshold"]
            csv.writer(scores).writerow([*row, int(leaves)])
