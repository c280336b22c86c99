//! An Alice made by hand, of whom everything is known.
