"""Simulated customer sites, built from a downloaded configuration: the lab is a customer.

It knows what a customer knows: the public API and the file for the device. It shares with the
agent nothing but the drivers for Linux.
"""
