"""Loaded into each Python function: `time.sleep` waits a hundredth of its argument.

What it waits for is ready at once in the emulator, unless a test has ordered otherwise.
"""

import os
import time

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _wait = time.sleep
    time.sleep = lambda seconds: _wait(seconds / 100)  # type: ignore[operator] # an index, too
