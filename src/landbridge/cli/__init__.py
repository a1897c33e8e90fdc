"""The landbridge command."""
