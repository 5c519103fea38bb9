//! The remote host over OpenSSH.
