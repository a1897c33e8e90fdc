"""The devices of each vendor, with the words of their algorithms."""
