"""An empty CDK app in Python, the floor: python -m operations.bench.empty <folder> [checked]."""

import sys

from aws_cdk import App, Stack


def main() -> None:
    """Synthesize one empty stack; checked, with the validation that the CDK brings."""
    app = App(
        outdir=sys.argv[1],
        analytics_reporting=False,
        builtin_cloud_formation_validation="checked" in sys.argv,
    )
    Stack(app, "Empty")
    app.synth()


if __name__ == "__main__":
    main()
