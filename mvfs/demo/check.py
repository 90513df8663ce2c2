"""Evaluates a model file on a data file, and knows nothing of mvfs: ``python check.py MODEL DATA``."""

import sys

import joblib
import numpy as np

if __name__ == "__main__":
    model = joblib.load(sys.argv[1])
    with np.load(sys.argv[2]) as data:
        print(repr(float((model.predict(data["images"]) == data["labels"]).mean())))
