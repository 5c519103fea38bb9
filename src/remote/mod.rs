//! Contract of a remote host: run commands, write files.
