"""What the configuration languages of devices allow, as far as the files use them."""
