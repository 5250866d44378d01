"""Measures how long synthesis takes compared with an empty CDK app: `make bench`."""
