"""What a change does to environments, compared offline with an earlier revision."""
