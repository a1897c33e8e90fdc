"""Thin drivers: each puts one kind of thing into Linux, and takes it out again."""
