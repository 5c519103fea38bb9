//! Reading files as a trait: the language and the configuration see nothing else of the disk.
