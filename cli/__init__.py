"""The command line: speaks HTTP and Socket.IO to a relay, and knows nothing of its inside."""
