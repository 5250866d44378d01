"""Synthesizes the environments. The CDK CLI runs this file, and so can you: python app.py."""

import sys

from stacks.synthesis import synthesize

if __name__ == "__main__":
    sys.exit(synthesize())
