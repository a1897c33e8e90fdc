"""Landbridge: a self-hosted Site-to-Site VPN service that speaks the Amazon EC2 API."""
