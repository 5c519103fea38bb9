//! Commands that combine engine and deploy: bootstrap and the like.
