"""Asks an account, read-only, what a deployment needs to know before it begins."""
