"""Amazon EC2's operations for Site-to-Site VPN and for the VPCs that it connects."""
