"""Proof of permissions: whether AWS would authorize a call, decided from synthesized templates."""
