//! The command line; the only place for stdout, environment, arguments and exit codes.
