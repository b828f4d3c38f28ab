"""Random histories of a site that sometimes lies, and of the archive that follows it."""
