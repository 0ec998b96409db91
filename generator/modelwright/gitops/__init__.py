"""The room that changes Git: compare with a branch, commit on top of it, move it; nothing is checked out."""
