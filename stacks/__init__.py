"""The stacks of an environment, and the settings they are made from."""
