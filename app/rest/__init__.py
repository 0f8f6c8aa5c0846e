"""The REST v1 edge: a sub-application of its own at `/api`, so that every answer under it is JSON."""
