"""The verbs of `sagemaker-platform`: what each asks for, and the help it shows.

A verb is a function `run` whose docstring is its help and whose result is the exit status. It
imports what it works with when it runs, so that the help and the other verbs do not wait for it.
"""
