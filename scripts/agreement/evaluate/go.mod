module evaluate

// Built inside a tree of OpenTofu, never here: what it imports is internal there.
