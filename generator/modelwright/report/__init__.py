"""How problems are shown: a file per format."""
