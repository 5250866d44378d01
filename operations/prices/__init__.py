"""Renews the prices of a fork from AWS's public price list."""
