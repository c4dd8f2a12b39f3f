"""Pages and figures for readers, made from stored tables alone."""
