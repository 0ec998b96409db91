"""Facts about released custom resources, one file per distinct schema; `index.json` says which release uses which."""
