"""Rehearsal: `cdk deploy` for real on this machine, against an AWS emulator on loopback."""
