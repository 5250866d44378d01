"""What environments cost per month: reports, usage files, and figures for a review."""
