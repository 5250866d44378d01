"""Measures how long synthesis takes, beside what the CDK itself takes: `make bench`."""
