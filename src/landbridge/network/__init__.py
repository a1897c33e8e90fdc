"""The privileged process: from intent to Linux, and back to what was observed."""
