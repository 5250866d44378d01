"""The entry of `sagemaker-platform`, also as `python -m operations`."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the program; an interrupt ends it quietly, also while it starts."""
    # Compiling the modules anew takes as long as `check` does. make does the same.
    sys.dont_write_bytecode = False
    try:
        from operations.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
