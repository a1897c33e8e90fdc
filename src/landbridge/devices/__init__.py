"""Configurations for customer gateway devices: facts in, text out."""
