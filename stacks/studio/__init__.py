"""The Studio domain and its users."""
