"""`python -m operations` is the program `sagemaker-platform`."""

from operations.cli import main

if __name__ == "__main__":
    main()
