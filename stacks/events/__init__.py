"""Notices of events."""
