"""Files that pack what a slicer wrote: zip archives and binary G-code."""
