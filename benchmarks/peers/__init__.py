"""The programs that are compared, a file each."""
