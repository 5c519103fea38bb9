//! Contract of provisioners.
