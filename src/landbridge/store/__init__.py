"""The store: what was asked for, what was observed, and the signal between the two processes."""
