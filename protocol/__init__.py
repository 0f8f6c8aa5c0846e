"""C2CP v2: the words that relay, agents, command line and console share."""
