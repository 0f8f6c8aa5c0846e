"""The outermost layers: what is refused before any application sees it."""
