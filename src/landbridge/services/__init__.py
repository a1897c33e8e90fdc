"""What each API operation does: a package per AWS service, a module per resource family."""
