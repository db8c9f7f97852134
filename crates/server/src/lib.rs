//! The staged start, embeddable, and the rolewright binary.
